"""A fleet of simulated servers of one kind, put into the registry without the admin API, and what happens to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sambung.edge.wiring import Parts
from sambung.store.connection import Connection
from simulator.process import SimulatorProcess
from tests import rows

NUMBER = "6281200000001"
TOKEN = "our own token"


@dataclass
class Nodes:
    """Servers in the order they were added; the registry's instances are assigned to the first unless told."""

    parts: Parts
    plain: Connection
    running: Sequence[SimulatorProcess]
    ids: Sequence[UUID]

    def session(self, name: str = "toko-1", *, on: int = 0, status: str = "connected", number: str = NUMBER) -> UUID:
        """An instance as the registry believes it to be."""
        client = self.plain.execute("SELECT id FROM clients").fetchone()
        assert client is not None
        session_id = rows.instance(self.plain, client["id"], self.ids[on], name)
        self.plain.execute(
            """
            UPDATE wa_sessions SET status = %s, phone_number = %s, opened_since_pairing = true,
                   instance_token_sealed = %s, assigned_instance_url = %s, webhook_looked_at = now()
            WHERE id = %s
            """,
            [status, number, self.parts.keyring.seal(TOKEN), self.running[on].url, session_id],
        )
        return session_id

    def row(self, session_id: UUID) -> dict[str, Any]:
        row = self.plain.execute("SELECT * FROM wa_sessions WHERE id = %s", [session_id]).fetchone()
        assert row is not None
        return row

    def place(self, session_id: UUID) -> int:
        """On which of the servers it is assigned now."""
        return self.ids.index(self.row(session_id)["server_id"])

    def events(self) -> list[tuple[str, str]]:
        """Every sync event: its outcome, and by whom."""
        found = self.plain.execute("SELECT outcome, found_by FROM sync_events ORDER BY id").fetchall()
        return [(row["outcome"], row["found_by"]) for row in found]

    def heard_elsewhere(self, session_id: UUID, on: int) -> None:
        """A webhook from a server where it is not assigned said that it is open there."""
        self.plain.execute(
            """
            INSERT INTO webhook_events (dedupe_key, server_id, session_id, instance_name, event, received_at, outcome,
                                        facts)
            SELECT uuid_send(gen_random_uuid()), %s, id, instance_name, 'session_ready', now(), 'foreign_server', %s
            FROM wa_sessions WHERE id = %s
            """,
            [self.ids[on], Jsonb({}), session_id],
        )
        self.wish(session_id)

    def wish(self, session_id: UUID) -> None:
        """Somebody asks for a check."""
        self.plain.execute("UPDATE wa_sessions SET needs_check = true WHERE id = %s", [session_id])


def register(parts: Parts, plain: Connection, kind: str, running: Sequence[SimulatorProcess]) -> Nodes:
    """The running servers, added."""
    ids = []
    for at, one in enumerate(running):
        server_id = rows.server(plain, f"node-{at + 1}")
        plain.execute(
            "UPDATE servers SET kind = %s, base_url = %s, announced_url = %s, api_key_sealed = %s, key_id = %s"
            " WHERE id = %s",
            [kind, one.url, one.url, parts.keyring.seal(one.api_key), parts.keyring.primary, server_id],
        )
        ids.append(server_id)
    return Nodes(parts, plain, running, ids)


def appear(node: SimulatorProcess, name: str = "toko-1", number: str = NUMBER) -> None:
    """The session is on this webjs node, connected, and no webhook tells."""
    node.control(f"sessions/{name}/appear", {"number": number})


def vanish(node: SimulatorProcess, name: str = "toko-1") -> None:
    """The session is no longer on this webjs node, and no webhook tells."""
    node.control(f"sessions/{name}/vanish")


def sessions(node: SimulatorProcess) -> Mapping[str, Any]:
    """What a webjs node has."""
    return node.control("sessions", method="GET")
