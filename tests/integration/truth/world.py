"""A small world to find the truth in: the real functions, a real PostgreSQL, two simulated gateways, one clock."""

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Self
from uuid import uuid4

import psycopg
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from local.events import Request, http_event
from local.routes import Match
from local.template import Route
from manage_instance.handler import build as build_admin
from reconciler.handler import build as build_reconciler
from reconciler.handler import handle
from sambung.edge.api import serve
from sambung.edge.keyring import Keyring
from sambung.edge.settings import Settings
from sambung.edge.wiring import GatewayOpener, Parts, utc_now
from sambung.store.connection import Database
from simulator.process import SimulatorProcess
from tests.calling import Api, FakeContext
from webhook.door import Door

VERSIONS = ("1.8.2", "2.3.6")
SPEED = 50.0
ACTION_MS = 7_000
SWEEP_MS = 30_000
# What two sweeps have to bring the registry to: the status for each state of a gateway's memory.
_STATUS = {
    "open": {"connected"},
    "connecting": {"connecting"},
    "close": {"disconnected"},
    "refused": {"disconnected"},
    "dialling": {"connecting", "disconnected"},
}
_CLOSED_FOR_GOOD = {("error", "account_banned")}
_TABLES = ("operations", "webhook_events", "wa_ops_logs", "idempotency_keys", "wa_sessions", "servers")


class World:
    """Everything at once. What was created on the gateways stays there, unmanaged, for the stories that follow."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._stack = ExitStack()
        self._ahead = timedelta()
        self._names = 0

    def __enter__(self) -> Self:
        keys = (Fernet.generate_key().decode(),)
        door_url = self._stack.enter_context(_ServedDoor(self._database_url, Keyring(keys))).url
        settings = Settings("local", self._database_url, keys, door_url, None, None)
        keyring = Keyring(settings.keys)
        parts = Parts(settings, Database(settings.database_url), keyring, GatewayOpener(settings, keyring), self._now)
        self._stack.callback(parts.close)
        self.parts = parts
        admin, self._reconcile = build_admin(parts), build_reconciler(parts)
        self.api = Api(lambda event, _: serve(admin, event, FakeContext(ACTION_MS)))  # type: ignore[arg-type]
        self.plain = self._stack.enter_context(
            psycopg.connect(self._database_url, autocommit=True, row_factory=dict_row)
        )
        self.gateways = [self._stack.enter_context(SimulatorProcess(v, speed=SPEED)) for v in VERSIONS]
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _now(self) -> datetime:
        return utc_now() + self._ahead

    def begin(self) -> None:
        """A new story: an empty registry with the two servers, which forget their faults."""
        self._ahead = timedelta()
        self.dialling: set[str] = set()
        for table in _TABLES:
            self.plain.execute(f"DELETE FROM {table}")
        for number, gateway in enumerate(self.gateways):
            self.mend(number)
            gateway.control("webhooks", {"deliver": True, "clock_offset_s": -10800})
            # Codes that never wear out: else a waiting number changes while it is compared.
            gateway.control("settings", {"qr_refresh_s": 1e6})
            body = {"name": f"VPS {number}", "kind": "evolution", "base_url": gateway.url, "api_key": gateway.api_key}
            reply = self.api.post("/api/servers", body)
            assert reply.status == 201, reply.text
        rows = self.plain.execute("SELECT id FROM servers ORDER BY name").fetchall()
        self.server_ids = [str(row["id"]) for row in rows]
        self.client_id = self.api.get("/api/clients").json["items"][0]["id"]

    def new_name(self) -> str:
        """A name nobody had."""
        self._names += 1
        return f"toko-{self._names}-{uuid4().hex[:6]}"

    def create(self, server: int) -> None:
        """Our own operator creates an instance."""
        body = {"client_id": self.client_id, "instance_name": self.new_name(), "server_id": self.server_ids[server]}
        self.api.post("/api/instances", body)

    def registry(self) -> Sequence[Mapping[str, Any]]:
        """Every registered instance, with the number of its gateway."""
        rows = self.plain.execute("SELECT * FROM wa_sessions ORDER BY instance_name").fetchall()
        return [{**row, "gateway": self.server_ids.index(str(row["server_id"]))} for row in rows]

    def mend(self, server: int) -> None:
        """End this server's faults."""
        self.gateways[server].control("faults", method="DELETE")

    def scheduled(self, *, minutes_later: float = 0) -> None:
        """One scheduled sweep."""
        self._ahead += timedelta(minutes=minutes_later)
        event = {"source": "aws.events"}
        handle(self.parts, self._reconcile, event, FakeContext(SWEEP_MS))  # type: ignore[arg-type]

    def woken(self) -> None:
        """What the queue brings for every wish there is."""
        rows = self.plain.execute("SELECT id FROM wa_sessions WHERE needs_check ORDER BY id").fetchall()
        body = '{"check": [' + ", ".join(f'"{row["id"]}"' for row in rows) + "]}"
        records = [{"messageId": "1", "receiptHandle": "r", "body": body, "eventSource": "aws:sqs", "attributes": {}}]
        answer = handle(self.parts, self._reconcile, {"Records": records}, FakeContext(SWEEP_MS))  # type: ignore[arg-type]
        assert answer == {"batchItemFailures": []}

    def differences(self) -> list[str]:
        """Where the registry says otherwise than the gateways' memory, after two sweeps of a world that stood still."""
        for _ in range(5):
            before = self.settle()
            self.scheduled(minutes_later=5)
            self.scheduled(minutes_later=5)
            if self._reality() == before:
                return [found for row in self.registry() if (found := self._difference(row, before[row["gateway"]]))]
        return ["the world never stood still"]

    def _reality(self) -> list[dict[str, Any]]:
        """Each gateway's memory; what dials in vain is closed for a moment between its tries."""
        return [
            {
                name: {"memory": self._memory(name, one["memory"]), "loaded": one["loaded"]}
                for name, one in gateway.instances().items()
            }
            for gateway in self.gateways
        ]

    def _memory(self, name: str, state: str | None) -> str | None:
        return "dialling" if name in self.dialling and state in {"connecting", "close"} else state

    def _difference(self, row: Mapping[str, Any], there: Mapping[str, Any]) -> str | None:
        found = there.get(row["instance_name"])
        said = (row["status"], row["error_code"])
        if found is None or not found["loaded"]:
            right = said == ("error", "instance_not_found_on_server")
        else:
            right = found["memory"] is None or said[0] in _STATUS[found["memory"]] or said in _CLOSED_FOR_GOOD
            right = right and not (said in _CLOSED_FOR_GOOD and found["memory"] in {"open", "connecting"})
        return None if right else f"{row['instance_name']}: registry {said}, gateway {row['gateway']} {found}"

    def settle(self) -> list[dict[str, Any]]:
        """Wait until reality was the same for a while; what it is."""
        last, same, ends = self._reality(), 0, time.monotonic() + 10
        while same < 4 and time.monotonic() < ends:
            time.sleep(0.05)
            now = self._reality()
            same, last = (same + 1 if now == last else 0), now
        return last


class _Listener(HTTPServer):
    """A gateway that is restarted hangs up in the middle."""

    def handle_error(self, *_: object) -> None:
        error = sys.exc_info()[1]
        assert isinstance(error, ConnectionError), error


class _ServedDoor:
    """The webhook function behind a plain HTTP server, as API Gateway would call it."""

    def __init__(self, database_url: str, keyring: Keyring) -> None:
        self._database = Database(database_url)
        self._server = _Listener(("127.0.0.1", 0), _handler(Door(self._database, keyring).answer))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._database.close()


def _handler(answer: Callable[[dict[str, object]], dict[str, Any]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            location, _, query = self.path.partition("?")
            request = Request("POST", location, query, list(self.headers.items()), body, "127.0.0.1")
            match = Match(Route("POST", location, "test", authorized=False), {})
            given = answer(http_event(request, match, None, str(uuid4()), datetime.now(UTC)))
            content = str(given["body"]).encode()
            self.send_response(given["statusCode"])
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
