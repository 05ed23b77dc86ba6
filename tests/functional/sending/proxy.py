"""Stands before a gateway, counts the messages that arrive, and cuts the line where a test wants it cut."""

import http.client
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.functional.sending.conftest import SENDS

PEEKED = 200


class Fate(StrEnum):
    """What becomes of a message: passed on and answered; cut before it was read, after it was read, after it was passed
    on, within the answer; or passed on and answered too late."""

    PASSED = "passed"
    UNREAD = "unread"
    LOST = "lost"
    SWALLOWED = "swallowed"
    TORN = "torn"
    LATE = "late"


class Proxy:
    """A line to `upstream`; everything but messages passes. `arrived`: how many messages came as far as here.

    `fates` decides of each message; without it all have the present `fate`.
    """

    def __init__(self, upstream: str, fates: Callable[[], Fate] | None = None) -> None:
        self.fate = Fate.PASSED
        self._fates = fates or (lambda: self.fate)
        self.arrived = 0
        self.over = Event()
        self.lines: list[socket.socket] = []
        self._upstream = urlsplit(upstream)
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Listen, again on the same port where it was closed."""
        proxy = self

        class Line(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            fate = Fate.PASSED

            def setup(self) -> None:
                super().setup()
                proxy.lines.append(self.connection)

            def handle_one_request(self) -> None:
                with suppress(ConnectionError):
                    head = self.connection.recv(PEEKED, socket.MSG_PEEK).decode()
                    self.fate = proxy.next_fate() if proxy.is_message(head) else Fate.PASSED
                    if self.fate is not Fate.UNREAD:
                        super().handle_one_request()
                        return
                    proxy.arrived += 1
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True

            def do_GET(self) -> None:
                proxy.serve(self, self.fate)

            def do_POST(self) -> None:
                proxy.serve(self, self.fate)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Line)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """End every connection and refuse new ones."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        while self.lines:
            with suppress(OSError):
                self.lines.pop().shutdown(socket.SHUT_RDWR)

    @staticmethod
    def is_message(request_line: str) -> bool:
        return any(f" {part}" in request_line.partition("\r\n")[0] for part in SENDS)

    def next_fate(self) -> Fate:
        return self._fates()

    def serve(self, line: BaseHTTPRequestHandler, fate: Fate) -> None:
        body = line.rfile.read(int(line.headers.get("content-length") or 0))
        self.arrived += self.is_message(line.requestline)
        line.close_connection = fate is not Fate.PASSED
        if fate is Fate.LOST:
            return
        status, kind, answer = self._pass_on(line, body)
        if fate is Fate.LATE:
            self.over.wait(30)
        if fate in {Fate.PASSED, Fate.TORN}:
            line.send_response(status)
            line.send_header("content-type", kind)
            line.send_header("content-length", str(len(answer)))
            line.end_headers()
            line.wfile.write(answer if fate is Fate.PASSED else answer[: len(answer) // 2])

    def _pass_on(self, line: BaseHTTPRequestHandler, body: bytes) -> tuple[int, str, bytes]:
        upstream = http.client.HTTPConnection(str(self._upstream.hostname), self._upstream.port, timeout=30)
        kept = {name: value for name, value in line.headers.items() if name.lower() not in {"host", "connection"}}
        upstream.request(line.command, line.path, body, kept)
        reply = upstream.getresponse()
        answer = reply.read()
        upstream.close()
        return reply.status, reply.headers.get("content-type", ""), answer

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.close()
