"""Messages reach real channels through Apprise, in time, nowhere they must not go, and are tried until they arrive."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from health_check.alerting import deliver, evaluate
from health_check.courier import Letter, deliverer
from health_check.handler import scheduled
from sambung.edge.wiring import Parts
from sambung.store.connection import Connection
from tests.calling import Api
from tests.functional.health_check.conftest import AddInstance, AddServer, Clock, Post

# A busy machine needs long to start a process.
PATIENT_S = 60.0


class Receiver(ThreadingHTTPServer):
    """Somebody's webhook: keeps what it gets, and refuses below /refuses."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        super().__init__(("127.0.0.1", 0), _Keeps)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Keeps(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.got.append((self.path, body))
        self.send_response(401 if self.path == "/refuses" else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Evolution(BaseHTTPRequestHandler):
    """As much of a gateway as a look needs."""

    def do_GET(self) -> None:
        body = b"[]" if "fetchInstances" in self.path else b'{"status":200,"version":"2.3.6"}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Drips(BaseHTTPRequestHandler):
    """Says another byte ever again: no wait of a client for the next one runs out."""

    def do_POST(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        with suppress(OSError):  # who listened was killed
            while True:
                self.wfile.write(b"x")
                time.sleep(0.2)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[ThreadingHTTPServer]:
    with server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    with serving(running):
        yield running


def test_each_letter_ends_by_itself_and_tells_why(receiver: Receiver, hung: str) -> None:
    ended = deliverer(local=True)(
        [
            Letter(f"json://{receiver.address}/takes", "Judul", "isi", "failure"),
            Letter(f"json://{receiver.address}/refuses", "Judul", "isi"),
            Letter("nonsense", "Judul", "isi"),
            Letter("json://169.254.169.254/latest", "Judul", "isi"),
            Letter("json://[::ffff:169.254.169.254]/latest", "Judul", "isi"),
            Letter(hung.replace("http:", "json:"), "Judul", "isi"),
            Letter("tgram://123456789:abcdefg_hijklmnop/-100", only_read=True),
        ],
        PATIENT_S,
    )
    assert ended == [None, "http_401", "url", "refused", "refused", "rejected", None]
    assert sorted(path for path, _ in receiver.got) == ["/refuses", "/takes"]
    _, body = max(receiver.got)
    assert (body["title"], body["message"], body["type"]) == ("Judul", "isi", "failure")


def test_in_production_this_machine_and_its_network_are_not_dialled(receiver: Receiver) -> None:
    names = [receiver.address, f"localhost:{receiver.server_port}", "10.0.0.1"]
    ended = deliverer(local=False)([Letter(f"json://{name}/x", "Judul", "isi") for name in names], PATIENT_S)
    assert ended == ["refused"] * 3
    assert receiver.got == []


def test_who_takes_too_long_is_given_up_at_the_deadline() -> None:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), _Drips)) as slow:
        letter = Letter(f"json://127.0.0.1:{slow.server_port}", "Judul", "isi")
        # Longer than Apprise itself waits for a byte.
        assert deliverer(local=True)([letter], 6.0) == ["timeout"]


def test_a_server_that_falls_silent_is_told_to_a_real_channel_and_so_is_its_return(
    api: Api,
    parts: Parts,
    add_server: AddServer,
    add_instance: AddInstance,
    closed_port: str,
    receiver: Receiver,
    clock: Clock,
) -> None:
    for n in range(3):
        add_instance(add_server("vps", closed_port) if n == 0 else _only_server(parts), f"toko-{n}")
    channel = {"name": "Webhook", "url": f"json://{receiver.address}/hook", "language": "id"}
    assert api("PUT", "/api/alert-channels", {"items": [channel]}).status == 200
    send = deliverer(local=True)

    def minute() -> dict[str, int]:
        clock.pass_(minutes=1)
        return scheduled(parts, send, seconds=PATIENT_S)

    assert [minute()["alerts_opened"] for _ in range(2)] == [0, 0]
    assert minute()["messages_sent"] == 1
    ((path, message),) = receiver.got
    assert (path, message["title"]) == ("/hook", "[GENTING] Server vps tidak bisa dihubungi, 3 nomor terdampak")
    assert "Pihak: server gateway\nLangkah: periksa server" in message["message"]
    port = urlsplit(closed_port).port or 0
    with serving(ThreadingHTTPServer(("127.0.0.1", port), _Evolution)):
        told = [minute() for _ in range(5)]
    assert [one.get("messages_sent", 0) for one in told] == [0, 0, 0, 1, 0]
    assert receiver.got[-1][1]["title"] == "[SELESAI] Server vps tidak bisa dihubungi, 3 nomor terdampak"
    assert len(receiver.got) == 2


def _only_server(parts: Parts) -> UUID:
    with parts.database.transaction() as connection:
        row = connection.execute("SELECT id FROM servers").fetchone()
    assert row is not None
    return UUID(str(row["id"]))


# ---------------------------------------------------------------- the outbox


@pytest.fixture
def alarm(api: Api, parts: Parts, plain: Connection, clock: Clock, add_server: AddServer) -> UUID:
    """A server that is down, and a channel that waits for it."""
    assert api("PUT", "/api/alert-channels", {"items": [{"name": "a", "url": "json://alerts.example"}]}).status == 200
    server_id = add_server("vps", "http://127.0.0.1:1")
    clock.pass_(minutes=5)
    plain.execute("UPDATE servers SET unreachable_since = %s", [clock.now])
    clock.pass_(minutes=2)
    evaluate(parts, {})
    return server_id


def test_a_message_that_was_not_taken_is_tried_again_ever_more_seldom_and_then_given_up(
    alarm: UUID, parts: Parts, plain: Connection, post: Post, clock: Clock
) -> None:
    post.failure = "http_500"
    began, tries = clock.now, []
    post.take()
    for _ in range(250):
        deliver(parts, post, seconds=30)
        tries += [int((clock.now - began).total_seconds() // 60)] * len(post.take())
        clock.pass_(minutes=1)
    assert tries == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]
    (row,) = plain.execute("SELECT state, failure, tries FROM alert_outbox").fetchall()
    assert row == {"state": "dead", "failure": "http_500", "tries": 10}


def test_the_end_never_overtakes_the_beginning(
    alarm: UUID, parts: Parts, plain: Connection, post: Post, clock: Clock
) -> None:
    post.failure = "timeout"
    deliver(parts, post, seconds=30)
    plain.execute("UPDATE servers SET unreachable_since = NULL")
    for _ in range(5):
        clock.pass_(seconds=50)
        evaluate(parts, {})
    plain.execute("UPDATE alert_outbox SET next_try_at = %s WHERE kind = 'opened'", [clock.now])
    post.failure = None
    post.take()
    deliver(parts, post, seconds=30)
    assert [title.split("]")[0] for title in post.take()] == ["[GENTING", "[SELESAI"]


def test_a_channel_that_died_in_the_middle_has_only_delayed_its_message(
    alarm: UUID, parts: Parts, post: Post, clock: Clock
) -> None:
    def dies(letters: object, seconds: float) -> list[str | None]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(parts, dies, seconds=30)
    post.take()
    assert deliver(parts, post, seconds=30) == {}
    clock.pass_(minutes=1)
    assert deliver(parts, post, seconds=30) == {"messages_sent": 1, "messages_failed": 0}


def test_a_channel_hears_only_what_is_grave_enough_for_it(
    api: Api, parts: Parts, plain: Connection, post: Post, clock: Clock
) -> None:
    items = [
        {"name": "all", "url": "json://all.example", "language": "en"},
        {"name": "grave", "url": "json://grave.example", "least_severity": "critical"},
        {"name": "off", "url": "json://off.example", "enabled": False},
    ]
    assert api("PUT", "/api/alert-channels", {"items": items}).status == 200
    post.take()
    plain.execute("INSERT INTO refusal_minutes VALUES (%s, 99)", [clock.now])
    evaluate(parts, {"work-dead": 1})
    deliver(parts, post, seconds=30)
    assert [(urlsplit(one.url).hostname, one.title) for one in post.letters] == [
        ("all.example", "[CRITICAL] 2 alerts"),
        ("grave.example", "[GENTING] 1 pesan menunggu di antrean gagal work-dead"),
    ]


def test_nothing_leaves_through_a_socket_of_this_process(
    alarm: UUID, parts: Parts, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a message must not leave through a gateway's client")

    monkeypatch.setattr(parts, "gateway_for", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    assert deliver(parts, post, seconds=30)["messages_sent"] == 1
