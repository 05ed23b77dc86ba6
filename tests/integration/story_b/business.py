"""A business with one number on four webjs nodes, seen from outside: its API, its log, and what each node was asked."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import LiteralString

    import httpx

    from simulator.process import SimulatorProcess
    from tests.local_stack import StackProcess

NUMBER = "6281234567890"
CUSTOMER = "6281300000009"
PATIENCE_S = 60.0
BUSY_S = 15.0
OK = 200


@dataclass
class Business:
    """`nodes` and `server_ids` are in the same order."""

    stack: StackProcess
    api: httpx.Client
    nodes: Sequence[SimulatorProcess]
    secrets: Sequence[str]
    server_ids: list[str] = field(default_factory=list)

    def open(self) -> None:
        """Add the nodes, each known by what it calls itself."""
        for at, (node, secret) in enumerate(zip(self.nodes, self.secrets, strict=True), start=1):
            body = {"name": f"node {at}", "kind": "webjs", "base_url": node.url, "api_key": node.api_key}
            reply = self.api.post(
                "/api/servers", json={**body, "webhook_secret": secret, "announced_url": localhost(node)}
            )
            assert reply.status_code == 201, reply.text
            self.server_ids.append(reply.json()["id"])

    def announced_as(self, told: Callable[[SimulatorProcess], str]) -> None:
        """Say what each node's webhooks call it, rightly or not."""
        for server_id, node in zip(self.server_ids, self.nodes, strict=True):
            reply = self.api.patch(f"/api/servers/{server_id}", json={"announced_url": told(node)})
            assert reply.status_code == 200, reply.text

    def loses_webhooks(self) -> None:
        """What nodes tell from now on comes nowhere."""
        for node in self.nodes:
            node.control("webhooks", {"deliver": False})

    def number(self, on: int = 0) -> Number:
        """A number that was created on a node, whose code was scanned, and that is known to be connected."""
        name = f"webjs_1_{uuid4().hex[:10]}"
        client_id = self.api.get("/api/clients").json()["items"][0]["id"]
        body = {"client_id": client_id, "instance_name": name, "server_id": self.server_ids[on]}
        reply = self.api.post("/api/instances", json=body)
        assert reply.status_code == 201, reply.text
        made = Number(self, name, reply.json()["id"], on)
        eventually(lambda: self.nodes[on].instances()[name]["qr_count"] > 0)
        self.nodes[on].control(f"sessions/{name}/pair", {"number": NUMBER})
        self.settles(lambda: made.shown()["status"] == "connected")
        return made

    def settles(self, found: Callable[[], bool]) -> None:
        """Until it is so. The wake-up that a busy queue did not take is made good by the next sweep: here is one."""
        ends = time.monotonic() + BUSY_S
        while not found():
            if time.monotonic() > ends:
                assert self.api.post("/api/reconcile", json={}).status_code == OK
                eventually(found)
                return
            time.sleep(0.1)

    def told(self, event: str, number: Number) -> list[tuple[str, str]]:
        """The named events in the log about a number: old and new address."""
        lines = [json.loads(line) for line in self.stack.logs(event)]
        return [(line["old_url"], line["new_url"]) for line in lines if line["instance_id"] == number.id]

    def rows(self, query: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        """A look into the database."""
        with psycopg.connect(self.stack.database_url) as connection:
            return connection.execute(query, values).fetchall()

    def synced(self) -> dict[str, Any]:
        """The sync metrics of the last day."""
        found: dict[str, Any] = self.api.get("/api/metrics/sync?window=24h").json()
        return found


@dataclass
class Number:
    """One number, and the node where its session really is."""

    business: Business
    name: str
    id: str
    at: int

    def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = self.business.api.get(f"/api/instances/{self.id}").json()
        return found

    def doubtful(self) -> bool:
        """Whether somebody still has to look at it."""
        return self.business.rows("SELECT id FROM wa_sessions WHERE id = %s AND needs_check", self.id) != []

    def assigned(self) -> int:
        """The node its row says."""
        return self.business.server_ids.index(self.shown()["server_id"])

    def moves(self, to: int) -> None:
        """The session leaves its node without a word and lives on another one."""
        nodes = self.business.nodes
        nodes[self.at].control(f"sessions/{self.name}/vanish")
        nodes[to].control(f"sessions/{self.name}/appear", {"number": NUMBER})
        self.at = to

    def send(self, text: str) -> httpx.Response:
        return self.business.api.post(f"/api/instances/{self.id}/messages", json={"to": CUSTOMER, "text": text})

    def rests(self) -> None:
        """A quiet minute goes by: nothing that was seen of it is fresh any more."""
        with psycopg.connect(self.business.stack.database_url) as connection:
            connection.execute(
                "UPDATE wa_sessions SET observed_at = observed_at - interval '1 minute',"
                " last_read_at = last_read_at - interval '1 minute',"
                " last_send_ok_at = last_send_ok_at - interval '1 minute' WHERE id = %s",
                [self.id],
            )

    def sent(self) -> list[list[str]]:
        """The texts that each node has sent for it."""
        return [self._sent_by(node) for node in self.business.nodes]

    def _sent_by(self, node: SimulatorProcess) -> list[str]:
        done = [r["body"] for r in node.state()["requests"] if r["path"] == "/api/messages/send" and r["status"] == OK]
        return [body["message"] for body in done if body["session_id"] == self.name]

    def sync_events(self) -> list[tuple[str, str, str, str]]:
        """How each change of its assignment was found, what it was, and from where to where."""
        query: LiteralString = "SELECT found_by, outcome, old_url, new_url FROM sync_events WHERE session_id = %s"
        return [(str(a), str(b), str(c), str(d)) for a, b, c, d in self.business.rows(query, self.id)]

    def moved(self, found_by: str, old: int, new: int) -> tuple[str, str, str, str]:
        """A sync event as it should be."""
        nodes = self.business.nodes
        return (found_by, "moved", nodes[old].url, nodes[new].url)


def localhost(node: SimulatorProcess) -> str:
    """What every node calls itself, wherever it runs."""
    return f"http://localhost:{urlsplit(node.url).port}"


def its_address(node: SimulatorProcess) -> str:
    """What nobody told it to call itself."""
    return node.url


def eventually(found: Callable[[], bool]) -> None:
    """Until it is so; a busy machine is given its time."""
    ends = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.1)
