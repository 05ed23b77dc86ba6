"""The backend of simulated nodes: keeps what they post, answers what it is told, and names the sessions to restore."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

PATIENCE_SECONDS = 10.0
DOOR = "/api/whatsapp/webhooks/webjs"
ACTIVE = "/api/whatsapp/accounts/active"


@dataclass(frozen=True)
class Received:
    """One request; `headers` have lower-case names, `raw` are the bytes that came."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    at: float

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw) if self.raw else {}
        return found

    @property
    def event(self) -> str:
        return str(self.body.get("event", ""))

    @property
    def session(self) -> str:
        return str(self.body.get("data", {}).get("session_id", ""))


class Backend:
    """`statuses` of an (event, session) are answered one after the other, the last one for ever; all else is taken."""

    def __init__(
        self,
        statuses: Mapping[tuple[str, str], Sequence[int]] | None = None,
        *,
        active: list[dict[str, Any]] | int | None = None,
    ) -> None:
        self.received: list[Received] = []
        self._statuses = {wanted: list(answers) for wanted, answers in (statuses or {}).items()}
        self._active: list[dict[str, Any]] | int = [] if active is None else active
        self._more = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, received: Received) -> tuple[int, dict[str, Any]]:
        """Keep a request, and say how it is answered."""
        with self._more:
            self.received.append(received)
            self._more.notify_all()
            if received.path == ACTIVE:
                return self._restorable()
            statuses = self._statuses.get((received.event, received.session), [200])
            return (statuses.pop(0) if len(statuses) > 1 else statuses[0]), {"status": "received"}

    def _restorable(self) -> tuple[int, dict[str, Any]]:
        if isinstance(self._active, int):
            return self._active, {}
        return 200, {"success": True, "sessions": self._active, "count": len(self._active)}

    def events(self, name: str = "") -> list[Received]:
        return [r for r in self.received if r.path == DOOR and name in {"", r.event}]

    def wait_for(self, count: int, wanted: Callable[[Received], bool]) -> list[Received]:
        """The requests that are wanted, once there are `count` of them."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        with self._more:
            while len(found := [r for r in self.received if wanted(r)]) < count:
                left = deadline - time.monotonic()
                assert left > 0, (
                    f"only {len(found)} of {count} came; in all {[r.event or r.path for r in self.received]}"
                )
                self._more.wait(left)
        return found

    def wait_event(self, name: str, count: int = 1) -> list[Received]:
        return self.wait_for(count, lambda received: received.event == name)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def _handler(backend: Backend) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            self._take()

        def do_GET(self) -> None:
            self._take()

        def _take(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = backend.take(Received(self.command, self.path, headers, raw, time.time()))
            content = json.dumps(body).encode()
            self.send_response(status)
            if status in range(300, 400):
                self.send_header("Location", f"{backend.url}/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    return Handler
