"""P9: a delete-all whose worker is killed at any child is gone on with, touches only what was previewed, and ends."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest
from cryptography.fernet import Fernet

from manage_instance.handler import build
from reconciler.outcome import Scope
from reconciler.sweep import sweep
from sambung.edge.api import serve
from sambung.edge.keyring import Keyring
from sambung.edge.settings import Settings
from sambung.edge.wiring import GatewayOpener, Parts, utc_now
from sambung.store.connection import Database
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.vendor import ask, create_there

ROOT = Path(__file__).parents[3]
CHILDREN = 3
# Where a worker dies: around each call, at the read-back, and when the first, second or last child has just ended.
POINTS = (
    "row:delete", "row:delete:2", "before-logout:delete", "after-logout:delete:2", "before-delete:delete",
    "after-delete:delete:2", "read-back:delete", "outcome:delete", "outcome:delete:2", "outcome:delete:3",
)  # fmt: skip


@dataclass
class World:
    """A registry with one simulated server, and workers in processes of their own."""

    parts: Parts
    api: Api
    gateway: SimulatorProcess
    environment: Mapping[str, str]
    server_id: str

    def work(self, turns: Sequence[tuple[str, str | None]]) -> list[dict[str, Any]]:
        """A turn for each operation, with where its process dies."""
        jobs = [{"event": message(operation_id), "failpoint": point} for operation_id, point in turns]
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.integration.bulk.worker"],
            input=json.dumps(jobs), capture_output=True, text=True, cwd=ROOT, env=dict(self.environment), check=False,
            timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        results: list[dict[str, Any]] = json.loads(done.stdout)
        return results

    def time_goes_by(self) -> None:
        """Whoever held anything is surely over."""
        with self.parts.database.transaction() as connection:
            connection.execute("UPDATE operations SET deadline_at = now() - interval '1 s' WHERE ended_at IS NULL")
            connection.execute("UPDATE operations SET held_until = now() - interval '1 s' WHERE ended_at IS NULL")

    def time_stands_still(self) -> None:
        """Whoever holds anything holds it for longer than a crowded machine can pause."""
        with self.parts.database.transaction() as connection:
            connection.execute("UPDATE operations SET held_until = held_until + interval '1 h' WHERE ended_at IS NULL")

    def progress(self, operation_id: str) -> Any:
        return self.api.get(f"/api/operations/{operation_id}").json


def message(operation_id: str) -> dict[str, Any]:
    body = json.dumps({"work": [operation_id]})
    record = {"messageId": "m", "receiptHandle": "r", "body": body, "eventSource": "aws:sqs", "attributes": {}}
    return {"Records": [record]}


@pytest.fixture
def world(request: pytest.FixtureRequest, database_url: str) -> Iterator[World]:
    key = Fernet.generate_key().decode()
    settings = Settings("local", database_url, (key,), "http://127.0.0.1:9", None, None)
    keyring = Keyring(settings.keys)
    parts = Parts(settings, Database(database_url), keyring, GatewayOpener(settings, keyring))
    app = build(parts)
    environment = {
        **os.environ,
        "SAMBUNG_STAGE": "local",
        "SAMBUNG_DATABASE_URL": database_url,
        "SAMBUNG_KEYS": key,
        "SAMBUNG_PUBLIC_URL": settings.public_url,
        "PYTHONPATH": "functions:layers/common:.",
    }
    with SimulatorProcess(request.param, speed=100.0) as gateway:
        gateway.control("webhooks", {"deliver": False})
        api = Api(lambda event, context: serve(app, event, context))
        server = {"name": "v", "kind": "evolution", "base_url": gateway.url, "api_key": gateway.api_key}
        yield World(parts, api, gateway, environment, api.post("/api/servers", server).json["id"])
    parts.close()


def prepare(world: World, number: int) -> str:
    """A client with some open instances, and its delete-all; the operation's id."""
    client = world.api.post("/api/clients", {"name": f"c{number}"}).json["id"]
    names = [f"c{number}-{child}" for child in range(CHILDREN)]
    for child, name in enumerate(names):
        create_there(world.gateway, name)
        ask(world.gateway, "GET", f"/instance/connect/{name}", expected={200})
        world.gateway.control(f"instances/{name}/pair", {"number": f"62812{number:04}{child}", "direct": True})
    body = {"client_id": client, "server_id": world.server_id, "instance_names": names}
    assert world.api.post("/api/instances/sync", body).json["failed"] == []
    shown = world.api.post("/api/instances/delete-all/preview", {"client_id": client}).json
    confirmed = {"confirm_token": shown["confirm_token"], "confirm_count": shown["count"]}
    return str(world.api.post("/api/instances/delete-all", confirmed).json["operation_id"])


@pytest.mark.parametrize(("world", "points"), [("2.3.6", POINTS), ("1.8.2", POINTS[::3])], indirect=["world"])
def test_whichever_child_its_worker_dies_at_the_next_turn_ends_it(world: World, points: Sequence[str]) -> None:
    create_there(world.gateway, "stranger")
    operations = {point: prepare(world, number) for number, point in enumerate(points)}
    died = world.work([(operation_id, point) for point, operation_id in operations.items()])
    assert [one["signal"] for one in died] == [SIGKILL] * len(points)
    assert {world.progress(one)["state"] for one in operations.values()} == {"running"}
    world.time_stands_still()
    assert all(one["signal"] is None for one in world.work([(one, None) for one in operations.values()])), "held"
    assert {world.progress(one)["state"] for one in operations.values()} == {"running"}, "taken from its holder"
    world.time_goes_by()
    world.work([(one, None) for one in operations.values()])
    for point, operation_id in operations.items():
        found = world.progress(operation_id)
        told = (found["state"], found["done"], found["failed"], found["unknown"])
        assert told == ("succeeded", CHILDREN, [], []), (point, found)
    assert list(world.gateway.instances()) == ["stranger"]
    assert world.api.get("/api/instances").json["items"] == []


@pytest.mark.parametrize("world", ["1.8.2"], indirect=True)
def test_when_sweeps_come_first_they_and_the_next_turn_end_it_all_the_same(world: World) -> None:
    points = ("row:delete", "before-delete:delete", "after-delete:delete:2")
    operations = {point: prepare(world, number) for number, point in enumerate(points)}
    world.work([(operation_id, point) for point, operation_id in operations.items()])
    world.time_goes_by()
    for _ in range(2):
        sweep(world.parts, Scope(), seconds=20)
    world.parts.now = lambda: utc_now() + timedelta(minutes=1)
    world.time_goes_by()
    world.work([(one, None) for one in operations.values()])
    for point, operation_id in operations.items():
        found = world.progress(operation_id)
        assert (found["state"], found["done"]) == ("succeeded", CHILDREN), (point, found)
    assert list(world.gateway.instances()) == []
