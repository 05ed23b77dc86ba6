"""The diagnosis over a real PostgreSQL, with three gateways of both generations and webhooks that really come."""

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
from tests.functional.diagnosis.stage import Clock, Stage
from webhook.handler import Door

SPEED = 50.0


@pytest.fixture(scope="session")
def gateways() -> Iterator[tuple[SimulatorProcess, SimulatorProcess, SimulatorProcess]]:
    """Two servers of 2.3.6 and one of 1.8.2."""
    with (
        SimulatorProcess("2.3.6", speed=SPEED) as home,
        SimulatorProcess("2.3.6", speed=SPEED) as away,
        SimulatorProcess("1.8.2", speed=SPEED) as old,
    ):
        yield home, away, old


@pytest.fixture
def stage(database_url: str, gateways: tuple[SimulatorProcess, SimulatorProcess, SimulatorProcess]) -> Iterator[Stage]:
    """Nothing registered, no fault anywhere."""
    for gateway in gateways:
        gateway.control("faults", method="DELETE")
    with Doorstep() as doorstep, psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as plain:
        settings = Settings("local", database_url, (Fernet.generate_key().decode(),), doorstep.url, None, None)
        keyring = Keyring(settings.keys)
        opener, clock, database = GatewayOpener(settings, keyring), Clock(), Database(database_url)
        parts = Parts(settings, Database(database_url), keyring, opener, clock)
        app = build(parts)
        doorstep.door = Door(database, keyring)
        home, away, old = gateways
        yield Stage(
            parts,
            Api(lambda event, context: serve(app, event, context)),
            doorstep,
            clock,
            home,
            away,
            old,
            plain,
        )
        parts.gateway_for = opener
        parts.close()
        for gateway in gateways:
            gateway.control("webhooks", {"deliver": False})
            gateway.control("faults", method="DELETE")
    database.close()
