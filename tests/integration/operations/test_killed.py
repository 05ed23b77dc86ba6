"""An action's process is killed at every named point; two sweeps later all has an end and the registry is true."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest
from cryptography.fernet import Fernet

from manage_instance.handler import build
from reconciler.outcome import Scope
from reconciler.sweep import sweep
from sambung.domain.probe_instance import PROBED_WITHIN
from sambung.edge.api import serve
from sambung.edge.keyring import Keyring
from sambung.edge.settings import Settings
from sambung.edge.wiring import GatewayOpener, Parts, utc_now
from sambung.store.connection import Database
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.vendor import ask, create_there

ROOT = Path(__file__).parents[3]
SPEED = 100.0
STATUS = {"open": "connected", "connecting": "connecting", "close": "disconnected"}

# Each action with the calls it makes, on 1.x and on 2.x where they differ; every call has a point before and after it.
CALLS = {
    "create": ("create", "set-webhook"),
    "connect": ("connect",),
    "restart": ("restart",),
    "logout": ("logout",),
    "delete": ("logout", "delete"),
    "recreate": ("logout", "delete", "create", "set-webhook", "connect"),
    "set-webhook": ("set-webhook",),
    "release": ("set-webhook",),
    "sync": ("set-webhook",),
}
# What 1.x does in its own way; of the rest one generation tells both.
DIFFERENT_ON_1 = ("create", "restart", "logout", "delete")
BEGIN_OPEN = {"restart", "logout", "delete", "recreate", "release"}


@dataclass
class Job:
    """One action on one instance, killed at one point."""

    action: str
    point: str
    name: str
    path: str = ""
    body: dict[str, Any] | None = None


@dataclass
class World:
    """A registry with one simulated server, and processes that act on it."""

    parts: Parts
    api: Api
    gateway: SimulatorProcess
    environment: Mapping[str, str]
    server_id: str = ""
    client_id: str = ""
    jobs: list[Job] = field(default_factory=list)

    def act(self, requests: list[tuple[str, str, dict[str, Any] | None, str | None]]) -> list[dict[str, Any]]:
        """Each request (method, path, body, failpoint) in a process of its own."""
        jobs = [{"event": event(method, path, body), "failpoint": point} for method, path, body, point in requests]
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.integration.operations.worker"],
            input=json.dumps(jobs), capture_output=True, text=True, cwd=ROOT, env=dict(self.environment), check=False,
            timeout=150,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        results: list[dict[str, Any]] = json.loads(done.stdout)
        return results

    def operations(self) -> list[dict[str, Any]]:
        with self.parts.database.transaction() as connection:
            return connection.execute("SELECT * FROM operations ORDER BY created_at").fetchall()

    def time_goes_by(self) -> None:
        """Every invocation that is still open in the journal is over."""
        with self.parts.database.transaction() as connection:
            connection.execute("UPDATE probe_instances SET held_until = now() - interval '1 s'")
            connection.execute("UPDATE operations SET deadline_at = now() - interval '1 s' WHERE ended_at IS NULL")


def event(method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    """The event HTTP API would send."""
    caught: list[dict[str, Any]] = []

    def catch(sent: dict[str, Any], _: object) -> dict[str, Any]:
        caught.append(sent)
        return {"statusCode": 200}

    Api(catch)(method, path, body)
    return caught[0]


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
    with SimulatorProcess(request.param, speed=SPEED) as gateway:
        gateway.control("webhooks", {"deliver": False})
        gateway.control("settings", {"qr_refresh_s": 100_000})
        made = World(parts, Api(lambda e, c: serve(app, e, c)), gateway, environment)
        server = {"name": "v", "kind": "evolution", "base_url": gateway.url, "api_key": gateway.api_key}
        made.server_id = made.api.post("/api/servers", server).json["id"]
        made.client_id = made.api.get("/api/clients").json["items"][0]["id"]
        yield made
    parts.close()


@pytest.mark.parametrize(("world", "actions"), [("2.3.6", CALLS), ("1.8.2", DIFFERENT_ON_1)], indirect=["world"])
def test_whatever_is_killed_wherever_two_sweeps_later_it_has_ended_and_the_registry_is_true(
    world: World, actions: Iterable[str]
) -> None:
    prepare(world, actions)
    died = world.act([(method(job), job.path, job.body, f"{job.point}:{job.action}") for job in world.jobs])
    alive = [job.name for job, result in zip(world.jobs, died, strict=True) if result["signal"] != SIGKILL]
    assert not alive, "these points were not reached"
    settle(world)
    world.time_goes_by()
    for _ in range(2):
        result = sweep(world.parts, Scope(), seconds=30)
        assert result.counts()["unreadable"] == 0
    assert_every_operation_ended(world)
    assert_registry_is_true(world)


@pytest.mark.parametrize("world", ["2.3.6"], indirect=True)
def test_a_probe_of_a_killed_action_is_removed_by_the_next_one_or_by_the_sweep(world: World) -> None:
    create_there(world.gateway, "toko")
    made = world.api.post("/api/instances/sync", sync_of(world, ["toko"])).json["synced"][0]["instance_id"]
    for point in ("before-create", "after-delete", "after-create"):
        died = world.act([("POST", f"/api/instances/{made}/set-webhook", None, f"{point}:set-webhook")])
        assert died[0]["signal"] == SIGKILL, point
        world.time_goes_by()
        sweep(world.parts, Scope(), seconds=30)
    assert len(world.gateway.instances()) == len(["toko", "what the last one left"])
    world.parts.now = lambda: utc_now() + PROBED_WITHIN + timedelta(seconds=5)
    sweep(world.parts, Scope(), seconds=30)
    settle(world)
    assert list(world.gateway.instances()) == ["toko"]
    assert {row["state"] for row in world.operations() if row["action"] == "set-webhook"} == {"succeeded"}


def prepare(world: World, actions: Iterable[str]) -> None:
    """An instance for each point of each action, in the state the action begins with."""
    world.jobs = [Job(action, point, f"{action}-{point}") for action in actions for point in points(action)]
    for number, job in enumerate(world.jobs):
        if job.action == "create":
            continue
        create_there(world.gateway, job.name)
        if job.action in BEGIN_OPEN:
            ask(world.gateway, "GET", f"/instance/connect/{job.name}", expected={200})
            pair = {"number": f"62812{number:08}1", "direct": True}
            world.gateway.control(f"instances/{job.name}/pair", pair)
    ours = [job.name for job in world.jobs if job.action not in {"create", "sync"}]
    for begin in range(0, len(ours), 50):
        body = sync_of(world, ours[begin : begin + 50])
        assert world.api.post("/api/instances/sync", body).json["failed"] == []
    ids = {i["instance_name"]: i["id"] for i in world.api.get("/api/instances?limit=500").json["items"]}
    for job in world.jobs:
        one = f"/api/instances/{ids.get(job.name, '')}"
        if job.action == "create":
            job.path = "/api/instances"
            job.body = {"client_id": world.client_id, "instance_name": job.name, "server_id": world.server_id}
        elif job.action == "sync":
            job.path, job.body = "/api/instances/sync", sync_of(world, [job.name])
        else:
            job.path = one if job.action == "delete" else f"{one}/{job.action}"


def sync_of(world: World, names: list[str]) -> dict[str, Any]:
    return {"client_id": world.client_id, "server_id": world.server_id, "instance_names": names}


def points(action: str) -> list[str]:
    around = [f"{when}-{call}" for call in CALLS[action] for when in ("before", "after")]
    return ["row", *around, "read-back", "outcome"]


def method(job: Job) -> str:
    return "DELETE" if job.action == "delete" else "POST"


def settle(world: World) -> None:
    """Wait until the server has done what it was told."""
    before: object = None
    for _ in range(50):
        time.sleep(0.2)
        now = {name: one["memory"] for name, one in world.gateway.instances().items()}
        if now == before and None not in now.values():
            return
        before = now


def assert_every_operation_ended(world: World) -> None:
    for row in world.operations():
        assert row["state"] in {"succeeded", "failed", "needs_operator"}, (row["instance_name"], row["state"])


def assert_registry_is_true(world: World) -> None:
    real = {name: one["memory"] for name, one in world.gateway.instances().items()}
    items = world.api.get("/api/instances?limit=500").json["items"]
    ours = {item["instance_name"]: item for item in items}
    ended = {row["instance_name"]: row["state"] for row in world.operations() if row["action"] != "connect"}
    for job in world.jobs:
        item, memory = ours.get(job.name), real.get(job.name)
        if item is None:
            assert memory is None or (job.action, ended[job.name]) == ("release", "succeeded"), job
        elif memory is None:
            told = (item["status"], (item["last_error"] or {}).get("code"))
            assert told == ("error", "instance_not_found_on_server"), job
        else:
            assert item["status"] == STATUS[memory], job
            assert item["open_operation"] is None, job
