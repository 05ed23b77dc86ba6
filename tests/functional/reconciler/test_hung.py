"""One hung server of ten delays none of the others, nor those that have to be looked for."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
import pytest

from sambung.edge.wiring import Parts
from sambung.gateways.http import Patience
from sambung.gateways.shape import Gateway, Listed, Memory, Ok, Result
from sambung.store.connection import Connection
from sambung.store.servers import Server
from tests import rows
from tests.functional.reconciler.conftest import Reconciler

SERVERS = 10
OTHERS_SWEPT = f"SELECT count(*) >= {SERVERS - 1} FROM server_sweeps WHERE completed_at IS NOT NULL"
ONE_FOLLOWED = "SELECT count(*) > 0 FROM sync_events WHERE outcome = 'moved'"


@dataclass
class Node:
    """A node with its sessions. `hangs_until`: it answers nothing before this is true in the database."""

    database_url: str
    sessions: dict[str, Memory] = field(default_factory=dict)
    hangs_until: str = "SELECT true"

    async def instances(self) -> Result[tuple[Listed, ...]]:
        await self._hang()
        return Ok(tuple(Listed(name, memory, "6281234567890") for name, memory in self.sessions.items()))

    async def memory(self, name: str, _: str | None = None) -> Result[Memory | None]:
        await self._hang()
        return Ok(self.sessions.get(name))

    async def _hang(self) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as outside:
            while outside.execute(self.hangs_until).fetchone() != (True,):  # noqa: ASYNC110 - the database tells
                await asyncio.sleep(0.02)


@dataclass
class Ten:
    """Ten nodes by name, each with one instance assigned to it and open there."""

    nodes: dict[str, Node]
    plain: Connection

    def place(self, name: str) -> str:
        row = self.plain.execute(
            "SELECT s.name FROM wa_sessions w JOIN servers s ON s.id = w.server_id WHERE w.instance_name = %s", [name]
        ).fetchone()
        assert row is not None
        return str(row["name"])


@pytest.fixture
def ten(parts: Parts, plain: Connection, database_url: str) -> Iterator[Ten]:
    nodes = {f"node-{n}": Node(database_url, {f"toko-{n}": Memory.OPEN}) for n in range(SERVERS)}
    client = plain.execute("SELECT id FROM clients").fetchone()
    assert client is not None
    for n, name in enumerate(nodes):
        rows.instance(plain, client["id"], rows.server(plain, name), f"toko-{n}")
    plain.execute("UPDATE servers SET kind = 'webjs'")

    def gateway_for(server: Server, patience: Patience | None = None) -> Gateway:
        return nodes[server.name]  # type: ignore[return-value]

    opener, parts.gateway_for = parts.gateway_for, gateway_for
    yield Ten(nodes, plain)
    parts.gateway_for = opener


def test_nine_are_swept_and_written_while_the_tenth_says_nothing(ten: Ten, reconciler: Reconciler) -> None:
    ten.nodes["node-0"].hangs_until = OTHERS_SWEPT
    found = reconciler.scheduled()
    assert (found["unreadable"], found["changed"]) == (0, SERVERS)


def test_a_session_that_moved_among_the_nine_is_followed_while_the_tenth_says_nothing(
    ten: Ten, reconciler: Reconciler
) -> None:
    ten.nodes["node-0"].hangs_until = ONE_FOLLOWED
    ten.nodes["node-9"].sessions["toko-1"] = ten.nodes["node-1"].sessions.pop("toko-1")
    assert reconciler.scheduled()["moved"] == 1
    assert ten.place("toko-1") == "node-9"
