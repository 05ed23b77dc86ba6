"""The health check in process over a real PostgreSQL and simulated gateways, with short deadlines."""

import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from uuid import UUID

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from health_check.courier import Letter
from health_check.handler import build
from sambung.edge.api import serve
from sambung.edge.keyring import Keyring
from sambung.edge.settings import Settings
from sambung.edge.wiring import Parts
from sambung.gateways import open_gateway
from sambung.gateways.http import GatewayHttp, Patience
from sambung.gateways.shape import Gateway
from sambung.store.connection import Connection, Database
from sambung.store.servers import Server
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.vendor import delete_there

PUBLIC_URL = "http://127.0.0.1:8400"
# Long enough for a busy machine, short enough to wait for.
SHORT = Patience(connect_s=1.0, read_s=1.5, repeats=0)


class Clock:
    """A time that the test moves."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


def undelivered(letters: Sequence[Letter], seconds: float) -> list[str | None]:
    """Channels that nobody has."""
    raise AssertionError(f"{len(letters)} letters in {seconds} s, but there is no channel")


@dataclass
class Post:
    """Channels that keep what they get, and fail as they are told."""

    failure: str | None = None
    letters: list[Letter] = field(default_factory=list)

    def __call__(self, letters: Sequence[Letter], seconds: float) -> list[str | None]:
        assert seconds > 0
        self.letters += letters
        return [self.failure] * len(letters)

    def take(self) -> list[str]:
        """The titles since the last call."""
        found = [one.title for one in self.letters if not one.only_read]
        self.letters.clear()
        return found


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def parts(database_url: str, clock: Clock) -> Iterator[Parts]:
    """A laptop's parts whose gateways are given up soon."""
    settings = Settings("local", database_url, (Fernet.generate_key().decode(),), PUBLIC_URL, None, None)
    keyring = Keyring(settings.keys)
    http = GatewayHttp(local=True)

    def gateway_for(server: Server, patience: Patience | None = None) -> Gateway:
        key = keyring.unseal(server.api_key_sealed)
        return open_gateway(
            server.kind,
            server.base_url,
            key,
            version=server.version,
            webhook_shape=None,
            http=http,
            patience=patience or SHORT,
        )

    made = Parts(settings, Database(database_url), keyring, gateway_for, clock)
    yield made
    made.run(http.aclose())
    made.close()


@pytest.fixture
def api(parts: Parts, post: Post) -> Api:
    """The function as an admin sees it."""
    app = build(parts, post)
    return Api(
        lambda event, context: serve(app, event, context, is_open=lambda method, path: (method, path) == OPEN_ROUTE)
    )


OPEN_ROUTE = ("GET", "/health")


@pytest.fixture
def plain(database_url: str) -> Iterator[Connection]:
    """A look from outside."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture(scope="module", params=["1.8.2", "2.3.6"])
def gateway(request: pytest.FixtureRequest) -> Iterator[SimulatorProcess]:
    """A simulated Evolution server, once for each generation."""
    with SimulatorProcess(request.param, speed=50.0) as running:
        yield running


@pytest.fixture
def clean_gateway(gateway: SimulatorProcess) -> Iterator[SimulatorProcess]:
    """The server with nothing on it and nothing wrong with it."""
    gateway.control("faults", method="DELETE")
    gateway.control("webhooks", {"deliver": False})
    yield gateway
    gateway.control("faults", method="DELETE")
    for name in gateway.state()["instances"]:
        delete_there(gateway, name)


AddServer = Callable[..., UUID]
AddInstance = Callable[..., UUID]


@pytest.fixture
def add_server(parts: Parts, plain: Connection) -> AddServer:
    """Puts a server into the registry."""

    def add(name: str, url: str, api_key: str = "lab-key", kind: str = "evolution") -> UUID:
        row = plain.execute(
            """
            INSERT INTO servers (name, kind, base_url, announced_url, api_key_sealed, key_id)
            VALUES (%s, %s, %s, %s, %s, %s) RETURNING id
            """,
            [name, kind, url, url, parts.keyring.seal(api_key), parts.keyring.primary],
        ).fetchone()
        assert row is not None
        return UUID(str(row["id"]))

    return add


@pytest.fixture
def add_instance(plain: Connection, clock: Clock) -> AddInstance:
    """Puts an instance into the registry, just read and disconnected, unless told otherwise."""

    def add(server_id: UUID, name: str, **columns: object) -> UUID:
        row = plain.execute(
            """
            INSERT INTO wa_sessions (client_id, server_id, instance_name, last_read_at)
            SELECT id, %s, %s, %s FROM clients ORDER BY created_at LIMIT 1 RETURNING id
            """,
            [server_id, name, clock.now],
        ).fetchone()
        assert row is not None
        for column, value in columns.items():
            plain.execute(f"UPDATE wa_sessions SET {column} = %s WHERE id = %s", [value, row["id"]])
        return UUID(str(row["id"]))

    return add


@pytest.fixture
def closed_port() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def hung() -> Iterator[str]:
    """An address that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


class _BadGateway(BaseHTTPRequestHandler):
    """A proxy whose Evolution is down."""

    def do_GET(self) -> None:
        self.send_response(502)
        self.end_headers()
        self.wfile.write(b"<html><h1>502 Bad Gateway</h1>nginx</html>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def bad_proxy() -> Iterator[str]:
    """An address where only the proxy is alive."""
    with HTTPServer(("127.0.0.1", 0), _BadGateway) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
