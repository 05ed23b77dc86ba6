"""The client and a simulated node understand each other over real connections, up to the node's death."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

import pytest

from sambung.domain.errors import Code
from sambung.gateways import open_gateway
from sambung.gateways.http import GatewayHttp, Patience
from sambung.gateways.shape import ConnectAnswer, Failed, Gateway, Kind, Listed, Memory, Ok, ServerInfo
from simulator.process import SimulatorProcess

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from sambung.gateways.shape import Result

T = TypeVar("T")
KEY, NUMBER = "canary-node-key", "62811801641"


@pytest.fixture
def running() -> Iterator[SimulatorProcess]:
    with SimulatorProcess("1", kind="webjs", api_key=KEY, speed=100) as node:
        node.control("settings", {"qr_refresh_s": 3600})
        yield node


def ask(node: SimulatorProcess, call: Callable[[Gateway], Awaitable[Result[T]]], key: str = KEY) -> Result[T]:
    async def run() -> Result[T]:
        async with GatewayHttp(local=True) as http:
            patience = Patience(connect_s=5, read_s=10, action_s=20)
            gateway = open_gateway(
                "webjs", node.url, key, version=None, webhook_shape=None, http=http, patience=patience
            )
            return await call(gateway)

    return asyncio.run(run())


def offered(answer: Result[ConnectAnswer]) -> ConnectAnswer:
    assert isinstance(answer, Ok)
    return answer.value


def failure(answer: Result[T]) -> Failed:
    assert isinstance(answer, Failed)
    return answer


def settle(node: SimulatorProcess, name: str, memory: Memory) -> None:
    """Read until the session is as it will be."""
    ends = time.monotonic() + 10
    while (found := ask(node, lambda g: g.memory(name))) != Ok(memory):
        assert time.monotonic() < ends, found


def test_a_session_lives_from_its_creation_to_its_deletion(running: SimulatorProcess) -> None:
    assert ask(running, lambda g: g.info()) == Ok(ServerInfo("1.0.0"))
    assert ask(running, lambda g: g.instances()) == Ok(())
    assert failure(ask(running, lambda g: g.instances(), key="wrong")).code is Code.SERVER_KEY_REJECTED
    assert isinstance(ask(running, lambda g: g.create("toko", "token")), Ok)
    assert failure(ask(running, lambda g: g.create("toko", "token"))).code is Code.INSTANCE_EXISTS
    assert failure(ask(running, lambda g: g.send_text("toko", "628123456789", "halo"))).code is Code.NOT_CONNECTED
    code = offered(ask(running, lambda g: g.connect("toko"))).qr
    assert code is not None
    assert code.image is not None

    running.control("sessions/toko/pair", {"number": NUMBER})
    settle(running, "toko", Memory.OPEN)
    assert ask(running, lambda g: g.instances()) == Ok((Listed("toko", Memory.OPEN, NUMBER),))
    assert offered(ask(running, lambda g: g.connect("toko"))) == ConnectAnswer(None, open=True)
    assert isinstance(ask(running, lambda g: g.send_text("toko", "628123456789", "halo")), Ok)

    running.control("sessions/toko/drop", {"reason": "CONFLICT"})
    settle(running, "toko", Memory.CLOSE)
    assert offered(ask(running, lambda g: g.connect("toko"))).open is False
    settle(running, "toko", Memory.OPEN)

    assert ask(running, lambda g: g.delete("toko")) == Ok(None)
    assert ask(running, lambda g: g.memory("toko")) == Ok(None)
    assert failure(ask(running, lambda g: g.delete("toko"))).code is Code.INSTANCE_NOT_FOUND_ON_SERVER
    assert failure(ask(running, lambda g: g.connect("toko"))).code is Code.INSTANCE_NOT_FOUND_ON_SERVER
    assert running.instances() == {}


def test_a_node_that_dies_under_a_send_leaves_it_undecided_and_is_then_gone(running: SimulatorProcess) -> None:
    running.control("sessions/toko/appear", {"number": NUMBER})
    running.control("settings", {"names_in_health": True})
    running.control("faults", {"status": 404, "routes": ["sessions"]})
    assert ask(running, lambda g: g.instances()) == Ok((Listed("toko", Memory.UNKNOWN),)), "by the older health report"

    running.control("sessions/toko/hang")
    died = failure(ask(running, lambda g: g.send_text("toko", "628123456789", "halo")))
    assert (died.kind, died.cause) == (Kind.AMBIGUOUS, "broken_off")
    gone = failure(ask(running, lambda g: g.memory("toko")))
    assert (gone.code, gone.cause) == (Code.SERVER_UNREACHABLE, "refused")
