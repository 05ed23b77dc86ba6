"""Runs what is slow once: the replays, and one simulator of each generation for tests that need no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from simulator.process import SimulatorProcess
from tests.contract.simulator import scenarios
from tests.contract.simulator.receiver import Receiver
from tests.contract.simulator.replay import Replayed, replay
from tests.contract.simulator.user import User

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEED = 20


@pytest.fixture(scope="session")
def replayed() -> dict[str, Replayed]:
    """Replay all groups, each on its own server, at once: they mostly wait."""
    with ThreadPoolExecutor(len(scenarios.GROUPS)) as pool:
        return dict(zip((group.name for group in scenarios.GROUPS), pool.map(replay, scenarios.GROUPS), strict=True))


@pytest.fixture(scope="session")
def processes() -> Iterator[dict[str, SimulatorProcess]]:
    with SimulatorProcess("1.8.2", speed=SPEED) as v1, SimulatorProcess("2.3.6", speed=SPEED) as v2:
        yield {"1.8.2": v1, "2.3.6": v2}


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    with Receiver(SPEED) as receiver:
        yield receiver


@pytest.fixture
def v1(processes: dict[str, SimulatorProcess]) -> Iterator[User]:
    with User(processes["1.8.2"]) as user:
        yield user


@pytest.fixture
def v2(processes: dict[str, SimulatorProcess]) -> Iterator[User]:
    with User(processes["2.3.6"]) as user:
        yield user


@pytest.fixture(params=["1.8.2", "2.3.6"])
def either(request: pytest.FixtureRequest, processes: dict[str, SimulatorProcess]) -> Iterator[User]:
    with User(processes[request.param]) as user:
        yield user
