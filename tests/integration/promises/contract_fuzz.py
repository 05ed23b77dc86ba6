"""Asks every route of docs/openapi.json what its schema allows and forbids; the functions run in process."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

import psycopg
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from psycopg.rows import dict_row
from schemathesis import GenerationMode
from schemathesis.core import NotSet
from schemathesis.core.result import Ok
from schemathesis.openapi import from_path

from health_check.handler import build as build_health_check
from local.settings import ROOT
from manage_instance.handler import build as build_manage_instance
from reconciler.handler import build as build_reconciler
from sambung.domain.errors import CATALOGUE, Code, GatewayFailed
from sambung.edge.api import Answer, Event, serve
from sambung.edge.keyring import Keyring
from sambung.edge.settings import Settings
from sambung.edge.wiring import Parts
from sambung.store.connection import Connection, Database
from sambung.store.servers import Server
from tests import postgres, rows
from tests.calling import Api, Reply

SCHEMA = from_path(ROOT / "docs" / "openapi.json")
OPERATIONS = {one.ok().label: one.ok() for one in SCHEMA.get_all_operations() if isinstance(one, Ok)}
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
# Whole requests that no schema makes.
RAW = (b"", b"{", b"null", b"[]", b'"x"', b"\xff", b'{"a":NaN}', b'{"a":1,"a":2}', b'{"a":"\\u0000"}', b"[" * 5000)
HEADERS: tuple[Mapping[str, str], ...] = (
    {},
    {"content-type": "text/plain"},
    {"accept-language": "\x00"},
    {"idempotency-key": "k"},
    {"idempotency-key": "x" * 5000},
    {"if-none-match": "*"},
)


class House:
    """All functions with a route, over one database whose servers cannot be reached."""

    def __init__(self, database_url: str, plain: Connection) -> None:
        key = Fernet.generate_key().decode()
        settings = Settings("local", database_url, (key,), "http://127.0.0.1:8400", None, None)
        self.parts = Parts(settings, Database(database_url), Keyring(settings.keys), unreachable)
        self.ids = _registry(plain)
        manage, health, reconcile = (
            build(self.parts) for build in (build_manage_instance, build_health_check, build_reconciler)
        )

        def answer(event: Event, context: Any) -> Answer:
            path = str(event["rawPath"])
            if path.startswith("/api/reconcile"):
                return serve(reconcile, event, context)
            if path == "/health" or path.startswith(("/api/health-check", "/api/alert", "/api/metrics")):
                return serve(health, event, context, is_open=lambda method, at: (method, at) == ("GET", "/health"))
            return serve(manage, event, context)

        self.api = Api(answer)


@contextmanager
def house(cluster: postgres.Cluster) -> Iterator[House]:
    """All routes over one database: what one request leaves behind, the next one meets."""
    address = cluster.create()
    with psycopg.connect(address, autocommit=True, row_factory=dict_row) as plain:
        built = House(address, plain)
    yield built
    built.parts.close()
    cluster.drop(address)


def unreachable(_server: Server, _patience: object = None) -> NoReturn:
    """No gateway answers, and no address that a request made up is ever called."""
    raise GatewayFailed(Code.SERVER_UNREACHABLE, transient=True, maybe_done=False, params={"cause": "refused"})


def _registry(plain: Connection) -> dict[str, str]:
    registry = rows.registry(plain)
    operation = plain.execute(
        "INSERT INTO operations (session_id, instance_name, action, state, actor, correlation_id) "
        "VALUES (%s, 'toko-1', 'connect', 'succeeded', 'ani', 'c') RETURNING id",
        [registry.instance_id],
    ).fetchone()
    assert operation is not None
    return {
        "client_id": str(registry.client_id),
        "server_id": str(registry.server_id),
        "instance_id": str(registry.instance_id),
        "operation_id": str(operation["id"]),
    }


def requests(label: str, ids: Mapping[str, str]) -> st.SearchStrategy[Callable[[Api], Reply]]:
    """Requests to one route: as its schema says, as it forbids, as no schema could say; half of them to what exists."""
    operation = OPERATIONS[label]
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in MODES])
    raw = st.none() | st.sampled_from(RAW)
    return st.builds(
        lambda case, real, raw, headers: lambda api: _send(api, case, ids if real else {}, raw, headers),
        cases,
        st.booleans(),
        raw,
        st.sampled_from(HEADERS),
    )


def _send(api: Api, case: Any, ids: Mapping[str, str], raw: bytes | None, headers: Mapping[str, str]) -> Reply:
    path = str(case.path)
    for name, value in {**(case.path_parameters or {}), **ids}.items():
        path = path.replace("{" + name + "}", quote(str(value), safe=""))
    if case.query:
        path += "?" + urlencode(case.query, doseq=True, errors="surrogatepass")
    return api(str(case.method), path, raw=_body(case.body) if raw is None else raw, headers=headers)


def _body(given: object) -> bytes:
    if isinstance(given, NotSet):
        return b""
    return given if isinstance(given, bytes) else json.dumps(given).encode()


def fault_of_ours(reply: Reply) -> bool:
    """A 5xx that is not the catalogue's own answer to what a gateway did."""
    if reply.status < 500:
        return False
    code = reply.json.get("code")
    return reply.status == 500 or code not in {one.value for one in Code} or CATALOGUE[Code(code)].http != reply.status


def holds(house: House, label: str, *, seed: int, examples: int) -> None:
    """No request to the route makes its function fail."""

    @seeded(seed)
    @settings(max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(request=requests(label, house.ids))
    def asked(request: Callable[[Api], Reply]) -> None:
        reply = request(house.api)
        assert not fault_of_ours(reply), reply

    asked()
