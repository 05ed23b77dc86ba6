"""The wizard over real simulated gateways of both generations, its waits shortened."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet

from manage_instance import connecting, ending, proving, reconnecting, restarting
from manage_instance.handler import build
from sambung.edge.api import serve
from sambung.edge.keyring import Keyring
from sambung.edge.settings import Settings
from sambung.edge.wiring import GatewayOpener, Parts
from sambung.store.connection import Database
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.functional.reconnect.wizard import VERSIONS, World
from tests.integration.promises.conftest import seed

__all__ = ["seed"]

SPEED = 100.0
# Nobody listens there: what a webhook would tell is found by reading.
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="session")
def gateways() -> Iterator[dict[str, SimulatorProcess]]:
    """One server of each generation."""
    with SimulatorProcess(VERSIONS[0], speed=SPEED) as old, SimulatorProcess(VERSIONS[1], speed=SPEED) as new:
        for gateway in (old, new):
            gateway.control("webhooks", {"deliver": False})
            gateway.control("settings", {"qr_refresh_s": 100_000})
        yield {VERSIONS[0]: old, VERSIONS[1]: new}


@pytest.fixture
def world(database_url: str, gateways: dict[str, SimulatorProcess], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A registry with both servers in it."""
    monkeypatch.setattr(connecting, "RETRY_AFTER_S", (0.1, 0.2, 0.3))
    monkeypatch.setattr(restarting, "BACK_WITHIN_S", 1.5)
    monkeypatch.setattr(proving, "PROOF_WITHIN_S", 0.3)
    monkeypatch.setattr(ending, "CLOSED_WITHIN_S", 1.5)
    monkeypatch.setattr(reconnecting, "LOOK_WITHIN_S", 3.0)
    settings = Settings("local", database_url, (Fernet.generate_key().decode(),), NOWHERE, None, None)
    keyring = Keyring(settings.keys)
    parts = Parts(settings, Database(database_url), keyring, GatewayOpener(settings, keyring))
    app = build(parts)
    yield World(parts, Api(lambda event, context: serve(app, event, context)), gateways)
    parts.close()
