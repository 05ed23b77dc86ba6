"""Our webhook address as a gateway finds it: a loopback server before the real webhook function."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, Self

from local.events import Request, http_event
from local.routes import Match
from local.template import Route

if TYPE_CHECKING:
    from types import TracebackType

    from webhook.handler import Door

PATIENCE_S = 10.0


class Doorstep:
    """Takes webhooks in as long as the context lasts. `door` is put behind it before the first one comes."""

    door: Door

    def __init__(self) -> None:
        self._heard: list[tuple[str, str, str]] = []
        self._more = threading.Condition()
        # One after the other: the door has one database connection.
        self._server = HTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, request: Request) -> int:
        """Let the function answer, then tell who waits."""
        match = Match(Route(request.method, request.path, "test", authorized=False), {})
        answer = self.door.answer(http_event(request, match, None, "test", datetime.now(UTC)))
        body = json.loads(request.body)
        with self._more:
            state = str((body.get("data") or {}).get("state", "")) if isinstance(body.get("data"), dict) else ""
            self._heard.append((body["instance"], body["event"], state))
            self._more.notify_all()
        return int(answer["statusCode"])

    def wait_for(self, name: str, event: str, state: str = "", *, count: int = 1) -> None:
        """Until so many such events of the instance were answered."""
        with self._more:
            came = self._more.wait_for(lambda: self._heard.count((name, event, state)) >= count, PATIENCE_S)
        assert came, f"not {count} x {event} {state} of {name}: {self._heard}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(doorstep: Doorstep) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers["content-length"]))
            status = doorstep.take(Request("POST", path, query, list(self.headers.items()), body, "127.0.0.1"))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    return Handler
