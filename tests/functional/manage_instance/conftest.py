"""The admin API over a real PostgreSQL and real simulated gateways, in process."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet

from manage_instance.handler import build
from sambung.edge.api import serve
from sambung.edge.keyring import Keyring
from sambung.edge.settings import Settings
from sambung.edge.wiring import GatewayOpener, Parts
from sambung.store.connection import Database
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.vendor import delete_there

SPEED = 50.0
VERSIONS = ["1.8.2", "2.3.6"]
PUBLIC_URL = "http://127.0.0.1:8400"


@pytest.fixture
def parts(database_url: str) -> Iterator[Parts]:
    """The real parts of a laptop."""
    settings = Settings("local", database_url, (Fernet.generate_key().decode(),), PUBLIC_URL, None, None)
    keyring = Keyring(settings.keys)
    made = Parts(settings, Database(database_url), keyring, GatewayOpener(settings, keyring))
    yield made
    made.close()


@pytest.fixture
def api(parts: Parts) -> Api:
    """The admin API as an admin sees it."""
    app = build(parts)
    return Api(lambda event, context: serve(app, event, context))


@pytest.fixture(scope="module", params=VERSIONS)
def gateway(request: pytest.FixtureRequest) -> Iterator[SimulatorProcess]:
    """A simulated Evolution server, once for each generation."""
    with SimulatorProcess(request.param, speed=SPEED) as running:
        yield running


@pytest.fixture
def clean_gateway(gateway: SimulatorProcess) -> Iterator[SimulatorProcess]:
    """The server without faults, and told that nobody listens at our public address."""
    gateway.control("faults", method="DELETE")
    gateway.control("webhooks", {"deliver": False})
    yield gateway
    gateway.control("faults", method="DELETE")
    for name in gateway.state()["instances"]:
        delete_there(gateway, name)


@pytest.fixture
def server(api: Api, clean_gateway: SimulatorProcess) -> dict[str, Any]:
    """The simulated server, added."""
    reply = api.post(
        "/api/servers",
        {"name": "VPS 1", "kind": "evolution", "base_url": clean_gateway.url, "api_key": clean_gateway.api_key},
    )
    assert reply.status == 201, reply.text
    added: dict[str, Any] = reply.json
    return added


@pytest.fixture
def client_id(api: Api) -> str:
    """The first client, which is there from the start."""
    return str(api.get("/api/clients").json["items"][0]["id"])


@pytest.fixture
def create(api: Api, server: dict[str, Any], client_id: str) -> Callable[..., dict[str, Any]]:
    """Creates an instance on the simulated server."""

    def made(name: str, **more: object) -> dict[str, Any]:
        body = {"client_id": client_id, "instance_name": name, "server_id": server["id"], **more}
        reply = api.post("/api/instances", body)
        assert reply.status == 201, reply.text
        instance: dict[str, Any] = reply.json
        return instance

    return made
