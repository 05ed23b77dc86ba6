"""The demo fleet shows every known trouble once, and is the same fleet at every start."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.demo.fleet import FLEET, Trouble
from tests.local_stack import StackProcess, running_stack

Fleet = dict[str, dict[str, Any]]
# What the page shows of each trouble once the fleet stands; the others need their time.
SHOWN: dict[Trouble | None, Callable[[dict[str, Any]], bool]] = {
    None: lambda seen: seen["status"] == "connected",
    Trouble.NEW: lambda seen: seen["view"]["label"] == "waiting_qr",
    Trouble.STUCK: lambda seen: seen["status"] == "connecting" and not seen["qr_ready"],
    Trouble.LOGGED_OUT: lambda seen: (seen["last_error"] or {}).get("code") == "logged_out_by_phone",
    Trouble.ELSEWHERE: lambda seen: seen["webhook"]["state"] == "elsewhere",
    Trouble.PARKED: lambda seen: seen["view"]["label"] == "parked",
    Trouble.MOVED: lambda seen: seen["status"] == "connected",
}


def fleet(stack: StackProcess) -> Fleet:
    """Instances by name."""
    with stack.client() as api:
        return {item["instance_name"]: item for item in api.get("/api/instances").json()["items"]}


def stands(stack: StackProcess) -> None:
    """Wait until the demo says that it is ready."""
    deadline = time.monotonic() + 120
    while "fleet" not in (output := stack.output.read_text()):
        assert time.monotonic() < deadline, output
        time.sleep(0.2)
    assert "The demo fleet is ready." in output


def troubled_as_told(seen: Fleet) -> list[str]:
    """The numbers that do not show what ails them."""
    return [
        number.name
        for gateway in FLEET
        for number in gateway.numbers
        if (shows := SHOWN.get(number.trouble)) and not (number.name in seen and shows(seen[number.name]))
    ]


@pytest.mark.timeout(300)
def test_the_fleet_shows_its_troubles_and_is_the_same_after_a_restart(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running_stack(home, demo=True) as stack:
        stands(stack)
        deadline = time.monotonic() + 120
        while missing := troubled_as_told(first := fleet(stack)):
            # What the schedules do: they are off, so that they do not come in between.
            with stack.client() as api:
                api.post("/api/health-check", json={})
                api.post("/api/reconcile", json={})
            assert time.monotonic() < deadline, [*missing, json.dumps(first, indent=1)]
    with running_stack(home, demo=True) as stack:
        stands(stack)
        assert {name: item["id"] for name, item in fleet(stack).items()} == {
            name: item["id"] for name, item in first.items()
        }
        with stack.client() as api:
            assert len(api.get("/api/servers").json()["items"]) == len(FLEET)
