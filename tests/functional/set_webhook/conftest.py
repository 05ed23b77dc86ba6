"""Setting webhooks over a real PostgreSQL, with gateways that deliver to the real webhook function."""

from collections.abc import Iterator

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from manage_instance.handler import build
from sambung.edge.api import serve
from sambung.edge.keyring import Keyring
from sambung.edge.settings import Settings
from sambung.edge.wiring import GatewayOpener, Parts
from sambung.store.connection import Database
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.functional.diagnosis.doorstep import Doorstep
from tests.functional.diagnosis.stage import Clock
from tests.functional.set_webhook.shop import Shop
from tests.vendor import delete_there
from webhook.handler import Door

SPEED = 50.0


@pytest.fixture(scope="session")
def old() -> Iterator[SimulatorProcess]:
    """A server that tells nothing of an instance's making."""
    with SimulatorProcess("1.8.2", speed=SPEED) as running:
        yield running


@pytest.fixture(scope="session")
def modern() -> Iterator[SimulatorProcess]:
    """A server that does."""
    with SimulatorProcess("2.3.6", speed=SPEED) as running:
        yield running


@pytest.fixture
def shop(database_url: str, old: SimulatorProcess, modern: SimulatorProcess) -> Iterator[Shop]:
    """Nothing registered; the servers empty, and their webhooks under way at once."""
    with Doorstep() as doorstep, psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as plain:
        settings = Settings("local", database_url, (Fernet.generate_key().decode(),), doorstep.url, None, None)
        keyring, database, clock = Keyring(settings.keys), Database(database_url), Clock()
        parts = Parts(settings, Database(database_url), keyring, GatewayOpener(settings, keyring), clock)
        app = build(parts)
        doorstep.door = Door(database, keyring)
        yield Shop(parts, Api(lambda event, context: serve(app, event, context)), doorstep, clock, plain)
        for gateway in (old, modern):
            gateway.control("webhooks", {"deliver": False})
            for name in gateway.instances():
                delete_there(gateway, name)
            gateway.control("webhooks", {"deliver": True})
        parts.close()
    database.close()
