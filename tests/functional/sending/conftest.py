"""Numbers on several servers: webjs nodes and Evolution servers of both generations, and what each was told to send."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from manage_instance import delivering
from sambung.edge.wiring import Parts
from sambung.store.connection import Connection
from simulator.process import SimulatorProcess
from tests import rows
from tests.calling import Api, Reply
from tests.functional.manage_instance.conftest import api, client_id, parts
from tests.vendor import ask, delete_there

__all__ = ["api", "client_id", "parts"]

RECIPIENT = "6281234567890"
SENDS = ("/api/messages/send", "/message/sendText/")


@dataclass(frozen=True)
class Number:
    """One instance of ours."""

    id: UUID
    name: str


class Fleet:
    """Our servers, in the order they were added, each with the simulator behind it."""

    def __init__(self, api: Api, parts: Parts, plain: Connection) -> None:
        self.api = api
        self.parts = parts
        self.plain = plain
        self.ids: list[UUID] = []

    def add(self, server: SimulatorProcess, kind: str, *, url: str | None = None) -> UUID:
        """Register a server; `url`: what stands before it."""
        body = {"name": f"VPS {len(self.ids) + 1}", "kind": kind, "base_url": url or server.url, "api_key": "lab-key"}
        reply = self.api.post("/api/servers", body)
        assert reply.status == 201, reply.text
        self.ids.append(UUID(reply.json["id"]))
        return self.ids[-1]

    def number(self, name: str, server_id: UUID, **columns: object) -> Number:
        """A number whose row says that it is assigned there, and nothing more."""
        client = self.plain.execute("SELECT id FROM clients LIMIT 1").fetchone()
        assert client is not None
        made = Number(rows.instance(self.plain, client["id"], server_id, name), name)
        self.change(made, **columns)
        return made

    def change(self, number: Number, **columns: object) -> None:
        for column, value in columns.items():
            self.plain.execute(f"UPDATE wa_sessions SET {column} = %s WHERE id = %s", [value, number.id])

    def proven(self, number: Number) -> None:
        """It was just seen connected where it is assigned."""
        self.change(number, status="connected", observed_at=self.parts.now(), needs_check=False)

    def send(self, number: Number, text: str = "halo", *, to: str = RECIPIENT, key: str | None = None) -> Reply:
        headers = {} if key is None else {"idempotency-key": key}
        return self.api.post(f"/api/instances/{number.id}/messages", {"to": to, "text": text}, headers=headers)

    def row(self, number: Number) -> dict[str, Any]:
        row = self.plain.execute("SELECT * FROM wa_sessions WHERE id = %s", [number.id]).fetchone()
        assert row is not None
        return row

    def operations(self, number: Number) -> list[tuple[str, str | None]]:
        """State and error of each message, oldest first."""
        found = self.plain.execute(
            "SELECT state, error_code FROM operations WHERE session_id = %s AND action = 'send' ORDER BY created_at",
            [number.id],
        ).fetchall()
        return [(row["state"], row["error_code"]) for row in found]

    def sync_events(self, number: Number) -> list[dict[str, Any]]:
        return self.plain.execute("SELECT * FROM sync_events WHERE session_id = %s ORDER BY id", [number.id]).fetchall()


def sent(server: SimulatorProcess, name: str | None = None) -> list[str]:
    """The texts a server was asked to send, taken or not; of one number, or of all."""
    told = [r for r in server.state()["requests"] if any(part in r["path"] for part in SENDS)]
    return [_text(r["body"]) for r in told if name is None or name in (r["path"] + str(r["body"].get("session_id")))]


def _text(body: dict[str, Any]) -> str:
    return str(body.get("message") or body.get("text") or body.get("textMessage", {}).get("text"))


def reads(server: SimulatorProcess, name: str) -> int:
    """How often a server was asked for the state of a number."""
    asked = [r["path"] for r in server.state()["requests"] if r["method"] == "GET" and f"/{name}" in r["path"]]
    return len(asked)


@pytest.fixture(autouse=True)
def busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that runs many tests is slow, and no server hangs for that."""
    monkeypatch.setattr(delivering, "HEAD_START_S", 2.0)


@pytest.fixture
def plain(database_url: str) -> Iterator[Connection]:
    """A look from outside."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture
def fleet(api: Api, parts: Parts, plain: Connection) -> Fleet:
    """No servers yet."""
    return Fleet(api, parts, plain)


@pytest.fixture(scope="session")
def three_nodes() -> Iterator[list[SimulatorProcess]]:
    """Three webjs nodes, started once."""
    with ExitStack() as running:
        yield [running.enter_context(SimulatorProcess("1", kind="webjs", speed=50)) for _ in range(3)]


@pytest.fixture
def nodes(three_nodes: list[SimulatorProcess], fleet: Fleet) -> Iterator[list[SimulatorProcess]]:
    """Three webjs nodes with no session and no fault, registered."""
    for node in three_nodes:
        fleet.add(node, "webjs")
    yield three_nodes
    for node in three_nodes:
        node.control("faults", method="DELETE")
        for name in node.instances():
            node.control(f"sessions/{name}/vanish")


@pytest.fixture(scope="session")
def three_servers() -> Iterator[list[SimulatorProcess]]:
    """Two present Evolution servers and one of the old generation, started once."""
    with ExitStack() as running:
        started = [SimulatorProcess(version, speed=50) for version in ("2.3.6", "2.3.6", "1.8.2")]
        yield [running.enter_context(server) for server in started]


@pytest.fixture
def evolutions(three_servers: list[SimulatorProcess], fleet: Fleet) -> Iterator[list[SimulatorProcess]]:
    """Three Evolution servers without instances or faults, registered; the last one is of the old generation."""
    for server in three_servers:
        server.control("webhooks", {"deliver": False})
        fleet.add(server, "evolution")
    yield three_servers
    for server in three_servers:
        server.control("faults", method="DELETE")
        server.control("settings", {"refuse_sends": False})
        for name in server.instances():
            delete_there(server, name)


def connect_there(server: SimulatorProcess, name: str, token: str) -> None:
    """A session of this name and key comes to life on a server."""
    body = {"instanceName": name, "integration": "WHATSAPP-BAILEYS", "token": token}
    ask(server, "POST", "/instance/create", body, expected={201})
    path = quote(name, safe="")
    ask(server, "GET", f"/instance/connect/{path}", expected={200})
    server.control(f"instances/{path}/pair", {"number": "628111222333", "direct": True})


Owned = Callable[..., Number]


@pytest.fixture
def owned(fleet: Fleet, evolutions: list[SimulatorProcess]) -> Owned:
    """A number assigned to one Evolution server and open on another, if any, by our own key."""

    def made(name: str, assigned: int, open_on: int | None, **columns: object) -> Number:
        token = f"token of {name}"
        if open_on is not None:
            connect_there(evolutions[open_on], name, token)
        sealed, known = fleet.parts.keyring.seal(token), {"phone_number": "628111222333", **columns}
        return fleet.number(name, fleet.ids[assigned], instance_token_sealed=sealed, **known)

    return made
