"""The demo fleet shows the main job done: servers known, numbers connected, and the same fleet at every start."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.local_stack import StackProcess, running_stack

PAIRED = {"layanan", "toko-utama"}


def connected(stack: StackProcess) -> set[str]:
    return {name for name, item in fleet(stack).items() if item["status"] == "connected"}


def fleet(stack: StackProcess) -> dict[str, dict[str, Any]]:
    """Instances by name, once the fleet is there."""
    deadline = time.monotonic() + 90
    while "fleet" not in (output := stack.output.read_text()):
        assert time.monotonic() < deadline, output
        time.sleep(0.2)
    assert "The demo fleet is ready." in output
    with stack.client() as api:
        return {item["instance_name"]: item for item in api.get("/api/instances").json()["items"]}


@pytest.mark.timeout(300)
def test_the_fleet_connects_and_is_the_same_after_a_restart(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running_stack(home, demo=True) as stack:
        first = fleet(stack)
        deadline = time.monotonic() + 60
        while connected(stack) != PAIRED:
            assert time.monotonic() < deadline, json.dumps(fleet(stack), indent=1)
            time.sleep(0.5)
    with running_stack(home, demo=True) as stack:
        assert {name: item["id"] for name, item in fleet(stack).items()} == {
            name: item["id"] for name, item in first.items()
        }
        with stack.client() as api:
            assert len(api.get("/api/servers").json()["items"]) == 2
