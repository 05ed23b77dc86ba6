"""P12: every route of the published API answers every role as the one table says; a route without a row fails."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet

from health_check.handler import build as build_health_check
from manage_instance.handler import build as build_manage_instance
from reconciler.handler import build as build_reconciler
from sambung.edge.access import ROUTES, Role
from sambung.edge.api import serve
from sambung.edge.keyring import Keyring
from sambung.edge.settings import Settings
from sambung.edge.wiring import GatewayOpener, Parts
from sambung.store.connection import Database
from tests.calling import Api, Reply

PUBLISHED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "docs" / "openapi.json").read_text(encoding="utf-8")
)["paths"]
OPEN = {("GET", "/health")}
EVERY = sorted((method.upper(), path) for path, methods in PUBLISHED.items() for method in methods)
GUARDED = [route for route in EVERY if route not in OPEN]
CALLERS = {"no token": None, "no role": "[]", "viewer": "[viewer]", "operator": "[operator]", "admin": "[admin]"}
RANK = {"no role": 0, "viewer": Role.VIEWER, "operator": Role.OPERATOR, "admin": Role.ADMIN}


def test_every_published_route_has_a_row_and_every_row_a_route() -> None:
    assert set(GUARDED) == set(ROUTES)


def test_the_published_role_is_the_tables() -> None:
    published = {route: PUBLISHED[route[1]][route[0].lower()]["x-role"] for route in GUARDED}
    assert published == {route: role.name.lower() for route, role in ROUTES.items()}


class Functions:
    """All three functions of the admin API, each request to the one that has the route."""

    def __init__(self, parts: Parts) -> None:
        self._apis = []
        for build in (build_manage_instance, build_health_check, build_reconciler):
            app = build(parts)
            paths = json.loads(app.get_openapi_json_schema())["paths"]
            self._apis.append((paths, Api(lambda event, context, app=app: serve(app, event, context))))  # type: ignore[misc]

    def __call__(self, method: str, path: str, groups: str | None) -> Reply:
        (api,) = [api for paths, api in self._apis if method.lower() in paths.get(path, {})]
        return api.as_(groups)(method, filled(path))


def filled(path: str) -> str:
    """The route with ids of things that do not exist."""
    return "/".join(str(uuid4()) if part.startswith("{") else part for part in path.split("/"))


@pytest.fixture
def functions(database_url: str) -> Iterator[Functions]:
    settings = Settings("local", database_url, (Fernet.generate_key().decode(),), "http://127.0.0.1:9", None, None)
    keyring = Keyring(settings.keys)
    parts = Parts(settings, Database(database_url), keyring, GatewayOpener(settings, keyring))
    yield Functions(parts)
    parts.close()


def test_every_cell_of_the_table_answers_as_it_says(functions: Functions) -> None:
    wrong = []
    for caller, groups in CALLERS.items():
        for method, path in GUARDED:
            reply = functions(method, path, groups)
            if not as_the_table_says(reply, caller, ROUTES[method, path]):
                wrong.append((method, path, caller, reply.status, reply.text[:200]))
    assert wrong == []


def as_the_table_says(reply: Reply, caller: str, needed: Role) -> bool:
    """Refused with a whole problem document, or let through to what the request deserves, but no failure of ours."""
    if caller == "no token" or RANK[caller] < needed:
        status, code = (401, "unauthorized") if caller == "no token" else (403, "forbidden")
        whole = reply.headers["content-type"] == "application/problem+json" and reply.json["title"]
        return bool(whole) and (reply.status, reply.json["code"]) == (status, code)
    return reply.status not in {401, 403, 405, 500}
