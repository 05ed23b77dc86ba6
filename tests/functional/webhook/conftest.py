"""The webhook function in process over a real PostgreSQL, and a gateway that speaks to it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from local.events import Request, http_event
from local.routes import Match
from local.template import Route
from sambung.edge.keyring import Keyring
from sambung.store.connection import Connection, Database
from tests import rows
from tests.calling import Reply
from tests.rows import Registry
from webhook.door import Door
from webhook.outage import Outage

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def plain(database_url: str) -> Iterator[Connection]:
    """A look from outside."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture
def registry(plain: Connection) -> Registry:
    """A server with one instance, `toko-1`."""
    return rows.registry(plain)


@pytest.fixture
def keyring() -> Keyring:
    return Keyring([Fernet.generate_key().decode()])


@pytest.fixture
def door(database_url: str, keyring: Keyring) -> Iterator[Door]:
    """The function's inside."""
    database = Database(database_url)
    # A minute passes between any two looks at the clock: an outage is over as soon as the database is back.
    yield Door(database, keyring, outage=Outage(clock=count(step=60).__next__))
    database.close()


@dataclass(frozen=True)
class Gateway:
    """An Evolution server that sends to our door; `headers` and `path` are what it was told."""

    door: Door
    server_id: UUID
    instance_name: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def sends(self, event: str, data: object, *, at: float = 0, delay: float = 0.01, **envelope: object) -> Reply:
        """An event that happened `at` seconds after NOW and arrives `delay` s later."""
        happened = NOW + timedelta(seconds=at)
        body = {
            "event": event,
            "instance": self.instance_name,
            "data": data,
            "destination": "http://hook.example" + self.path,
            "date_time": happened.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "server_url": "http://evo.example",
            "apikey": "canary-api-key",
            **envelope,
        }
        return self.posts(json.dumps(body).encode(), received=happened + timedelta(seconds=delay))

    def posts(
        self,
        body: bytes,
        *,
        path: str | None = None,
        headers: Mapping[str, str] | None = None,
        received: datetime = NOW,
        method: str = "POST",
        changed: Mapping[str, object] | None = None,
    ) -> Reply:
        """Any request; `changed` parts of the event come as they are, whatever HTTP API would make of them."""
        location, _, query = (self.path if path is None else path).partition("?")
        sent = {
            "content-type": "application/json",
            "host": "hook.example",
            **(self.headers if headers is None else headers),
        }
        request = Request(method, location, query, list(sent.items()), body, "127.0.0.1")
        event = http_event(request, Match(Route(method, location, "test", authorized=False), {}), None, "r-1", received)
        answer = self.door.answer({**event, **(changed or {})})
        return Reply(answer["statusCode"], {k.lower(): v for k, v in answer["headers"].items()}, answer["body"])

    def connection(self, state: str, *, at: float = 0, delay: float = 0.01, reason: int = 200, **more: Any) -> Reply:
        """connection.update"""
        data = {"instance": self.instance_name, "state": state, "statusReason": reason, **more}
        return self.sends("connection.update", data, at=at, delay=delay, sender="6281234567890@s.whatsapp.net")

    def qr(self, code: str, *, at: float = 0, delay: float = 0.01) -> Reply:
        """qrcode.updated"""
        picture = {
            "instance": self.instance_name,
            "pairingCode": None,
            "code": code,
            "base64": "data:image/png;base64,AA==",
        }
        return self.sends("qrcode.updated", {"qrcode": picture}, at=at, delay=delay)


@pytest.fixture
def modern(door: Door, keyring: Keyring, registry: Registry) -> Gateway:
    """A 2.x server: its secret is in a header."""
    path = f"/webhooks/{registry.server_id}?i={registry.instance_id}.1"
    headers = {"Authorization": f"Bearer {keyring.bearer(registry.server_id)}"}
    return Gateway(door, registry.server_id, registry.instance_name, path, headers)


@pytest.fixture
def old(door: Door, keyring: Keyring, registry: Registry) -> Gateway:
    """A 1.x server: its secret is in the path, and it appends the event behind the query."""
    token = keyring.path_token(registry.server_id)
    path = f"/webhooks/{registry.server_id}/t/{token}?i={registry.instance_id}.1/connection-update"
    return Gateway(door, registry.server_id, registry.instance_name, path)


@pytest.fixture(params=["modern", "old"])
def gateway(request: pytest.FixtureRequest, modern: Gateway, old: Gateway) -> Gateway:
    """Both generations."""
    return modern if request.param == "modern" else old


@pytest.fixture
def instance(plain: Connection) -> "Look":
    """The instance's row as it is now."""
    return Look(plain)


@dataclass(frozen=True)
class Look:
    """Looks into the database from outside."""

    plain: Connection

    def __call__(self) -> dict[str, Any]:
        row = self.plain.execute("SELECT * FROM wa_sessions WHERE instance_name = 'toko-1'").fetchone()
        assert row is not None
        return row

    def events(self) -> list[dict[str, Any]]:
        return self.plain.execute("SELECT * FROM webhook_events ORDER BY received_at").fetchall()


def elsewhere(gateway: Gateway, keyring: Keyring, plain: Connection) -> Gateway:
    """Another registered server that names the same instance."""
    other = rows.server(plain, "evo-2")
    path = gateway.path.replace(str(gateway.server_id), str(other))
    path = path.replace(keyring.path_token(gateway.server_id), keyring.path_token(other))
    headers = {"Authorization": f"Bearer {keyring.bearer(other)}"} if gateway.headers else {}
    return replace(gateway, server_id=other, path=path, headers=headers)
