"""A message's process is killed at every point of its way: its row ends truly, and it is never sent twice."""

import json
import os
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL
from typing import Any

from reconciler.outcome import Scope
from reconciler.running import run
from sambung.store.connection import Connection
from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.functional.sending.conftest import Fleet, sent

ROOT = Path(__file__).parents[3]
# Where it dies; how its row ends; what a repetition is answered; how many messages have reached the node by then.
POINTS = (
    ("row", ("failed", "overloaded"), 201, 1),
    ("before-send", ("needs_operator", "action_not_confirmed"), 504, 0),
    ("after-send", ("needs_operator", "action_not_confirmed"), 504, 1),
    ("outcome", ("succeeded", None), 504, 1),
)


def event(path: str, key: str) -> dict[str, Any]:
    """The event HTTP API would send."""
    caught: list[dict[str, Any]] = []

    def catch(sent: dict[str, Any], _: object) -> dict[str, Any]:
        caught.append(sent)
        return {"statusCode": 200}

    Api(catch).post(path, {"to": "081234567890", "text": "halo"}, headers={"idempotency-key": key})
    return caught[0]


def test_a_killed_message_ends_truly_and_is_sent_once_at_most(
    fleet: Fleet, nodes: list[SimulatorProcess], plain: Connection
) -> None:
    numbers = {point: fleet.number(f"mati_{at}", fleet.ids[0]) for at, (point, *_) in enumerate(POINTS)}
    jobs = []
    for point, number in numbers.items():
        nodes[0].control(f"sessions/{number.name}/appear", {"number": "628111222333"})
        sends = event(f"/api/instances/{number.id}/messages", point)
        jobs.append({"event": sends, "failpoint": f"{point}:send"})
    done = _act(fleet, jobs)
    assert [one["signal"] for one in done] == [SIGKILL] * len(POINTS), done
    plain.execute("UPDATE operations SET deadline_at = now() - interval '1 s' WHERE ended_at IS NULL")
    plain.execute("UPDATE idempotency_keys SET created_at = created_at - interval '3 min'")
    run(fleet.parts, Scope(), seconds=20)
    for point, ended, status, reached in POINTS:
        number = numbers[point]
        assert fleet.operations(number) == [ended], point
        again = fleet.send(number, key=point, to="081234567890")
        assert again.status == status, (point, again.text)
        assert ("may have been sent" in again.text) == (status != 201), point
        assert len(sent(nodes[0], number.name)) == reached, point


def _act(fleet: Fleet, jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each request in a process of its own, killed where it says."""
    settings = fleet.parts.settings
    environment = {
        **os.environ,
        "SAMBUNG_STAGE": "local",
        "SAMBUNG_DATABASE_URL": settings.database_url,
        "SAMBUNG_KEYS": ",".join(settings.keys),
        "SAMBUNG_PUBLIC_URL": settings.public_url,
        "PYTHONPATH": "functions:layers/common:.",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.functional.sending.worker"],
        input=json.dumps(jobs), capture_output=True, text=True, cwd=ROOT, env=environment, check=False, timeout=150,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results
