"""The whole local stack, and four webjs nodes that speak to it."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from simulator.process import SimulatorProcess
from tests.integration.story_b.business import Business
from tests.local_stack import running_stack

SPEED = 20.0
# Two nodes share a secret, as processes do that one file configures; the others have their own.
SECRETS = ("one-for-two", "one-for-two", "third", "fourth")


@pytest.fixture(scope="session")
def port() -> int:
    """Where the stack is, one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def nodes(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[SimulatorProcess]]:
    """Four nodes, started at once, which share the folder of their pairings."""
    common = ("--backend", f"http://127.0.0.1:{port}", "--state", str(tmp_path_factory.mktemp("pairings")))
    made = [SimulatorProcess("1", kind="webjs", speed=SPEED, options=("--secret", one, *common)) for one in SECRETS]
    with ExitStack() as running, ThreadPoolExecutor(len(made)) as at_once:
        yield list(at_once.map(running.enter_context, made))


@pytest.fixture(scope="module")
def business(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, port: int, nodes: list[SimulatorProcess]
) -> Iterator[Business]:
    """The four nodes are registered with a stack; a module's SCHEDULES say what runs in it by itself."""
    env = {"PORT": str(port), **request.module.SCHEDULES}
    with running_stack(tmp_path_factory.mktemp("story") / "home", env=env) as stack, stack.client() as api:
        made = Business(stack, api, nodes, SECRETS)
        made.open()
        yield made


@pytest.fixture(autouse=True)
def healthy(nodes: list[SimulatorProcess]) -> Iterator[None]:
    """Nothing of a former story is left."""
    yield
    for node in nodes:
        node.control("faults", method="DELETE")
        node.control("webhooks", {"deliver": True})
        for name in node.instances():
            node.control(f"sessions/{name}/vanish")
