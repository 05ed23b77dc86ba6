"""A webhook receiver that answers as the laboratory's own did, by the path it is called at."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

PATIENCE_SECONDS = 5.0


@dataclass(frozen=True)
class Received:
    """One webhook; `headers` have lower-case names."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float


class Receiver:
    """`/c/500/..` answers 500, `/slow/5/..` after 5 s (divided by `speed`), `/moved` redirects, all else 200."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.received: list[Received] = []
        self._more = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def keep(self, received: Received) -> None:
        with self._more:
            self.received.append(received)
            self._more.notify_all()

    def wait_for(self, count: int, path: str = "") -> list[Received]:
        """The webhooks whose path starts with `path`, once there are `count` of them."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        with self._more:
            while len(found := self.at(path)) < count:
                left = deadline - time.monotonic()
                assert left > 0, f"only {len(found)} of {count} webhooks came to {path!r}"
                self._more.wait(left)
        return found

    def at(self, path: str) -> list[Received]:
        return [received for received in self.received if received.path.startswith(path)]

    def answer(self, path: str) -> int:
        """The status for a path, after as long as it says."""
        match path.partition("?")[0].strip("/").split("/"):
            case ["c", code, *_]:
                return int(code)
            case ["slow", seconds, *_]:
                time.sleep(float(seconds) / self.speed)
            case ["fail500", *_]:
                return 500
            case ["moved" | "redirect", *_]:
                return 302
        return 200

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
    # The default of 5 makes a burst of deliveries wait a second for its second try to connect.
    request_queue_size = 256


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # A status line and headers in two packets cost 40 ms each without this.
        wbufsize = -1

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.keep(Received(self.path, headers, json.loads(raw), time.time()))
            self._answer(receiver.answer(self.path))

        def do_GET(self) -> None:
            self._answer(200)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            if self.path.startswith(("/moved", "/redirect")):
                self.send_header("Location", f"{receiver.url}/redirected")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    return Handler
