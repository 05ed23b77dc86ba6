"""The client and the simulator agree: the main job, and what goes wrong in it, on a 1.8 and a 2.3 that run."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID, uuid4

import pytest

from sambung.domain.errors import Code
from sambung.domain.instance import Seen
from sambung.gateways import open_gateway
from sambung.gateways.evolution.webhooks import parse_webhook
from sambung.gateways.http import GatewayHttp, Patience
from sambung.gateways.shape import (
    ConnectAnswer,
    Created,
    Failed,
    Gateway,
    Kind,
    Memory,
    Ok,
    Result,
    Sent,
    ServerInfo,
    WebhookSet,
    WebhookShape,
    WebhookTarget,
)
from simulator.process import SimulatorProcess
from tests.contract.simulator.receiver import Receiver

T = TypeVar("T")

VERSIONS: Final = ("1.8.2", "2.3.6")
KEY: Final = "lab-key"
BEARER: Final = {"Authorization": "Bearer canary"}
SERVER_ID: Final = UUID("0b3f2f0e-3c5f-4f0e-9d5c-6a1f5f1f9b11")
PHONE: Final = "6281200000007"


@dataclass(frozen=True)
class Lab:
    """A running server of one version and somebody who takes its webhooks."""

    version: str
    process: SimulatorProcess
    receiver: Receiver

    def target(self, name: str) -> WebhookTarget:
        return WebhookTarget(f"{self.receiver.url}/webhooks/{name}?i=x.1", BEARER)


@pytest.fixture(params=VERSIONS, scope="module")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with SimulatorProcess(request.param, api_key=KEY, speed=50) as process, Receiver() as receiver:
        yield Lab(request.param, process, receiver)


@pytest.fixture
def name() -> str:
    return f"toko-{uuid4().hex[:8]}"


@pytest.fixture
def faultless(lab: Lab) -> Iterator[None]:
    yield
    lab.process.control("faults", method="DELETE")


def with_gateway(
    lab: Lab,
    story: Callable[[Gateway], Awaitable[T]],
    *,
    key: str = KEY,
    patience: Patience | None = None,
) -> T:
    """Run one story against the simulator."""

    async def run() -> T:
        async with GatewayHttp(local=True) as http:
            return await story(
                open_gateway(
                    "evolution",
                    lab.process.url,
                    key,
                    version=lab.version,
                    webhook_shape=None,
                    http=http,
                    patience=patience,
                )
            )

    return asyncio.run(run())


def value(result: Result[T]) -> T:
    assert isinstance(result, Ok), result
    return result.value


def failed(result: Result[object]) -> Failed:
    assert isinstance(result, Failed)
    return result


async def until(read: Callable[[], Awaitable[Result[Memory | None]]], wanted: Memory | None) -> None:
    """Read the memory until it says so; the test's own time limit ends a wait in vain."""
    while value(await read()) is not wanted:  # noqa: ASYNC110 - another process; there is no event to wait for
        await asyncio.sleep(0.02)


def test_a_number_is_created_paired_used_and_deleted(lab: Lab, name: str) -> None:
    async def story(gateway: Gateway) -> None:
        assert value(await gateway.info()) == ServerInfo(lab.version)
        assert value(await gateway.memory(name)) is None
        assert value(await gateway.create(name, f"token-{name}")) == Created(name, own_token=True)
        assert value(await gateway.memory(name, f"token-{name}")) is Memory.CLOSE
        assert isinstance(value(await gateway.set_webhook(name, lab.target(name))), WebhookSet)
        setting = value(await gateway.webhook(name))
        assert setting is not None
        assert (setting.url, setting.enabled, setting.missing_events) == (lab.target(name).url, True, ())
        assert setting.bearer is (lab.version == "2.3.6")
        offered = value(await gateway.connect(name))
        assert offered.qr is not None
        assert offered.qr.code
        lab.process.control(f"instances/{name}/pair", {"number": PHONE})
        await until(lambda: gateway.memory(name), Memory.OPEN)
        assert value(await gateway.connect(name)) == ConnectAnswer(None, open=True)
        listed = value(await gateway.instance(name))
        assert listed is not None
        assert listed.phone_number == PHONE
        assert isinstance(value(await gateway.send_text(name, "6281300000001", "halo")), Sent)
        assert value(await gateway.logout(name)) is None
        await until(lambda: gateway.memory(name), Memory.CLOSE)
        assert value(await gateway.logout(name)) is None
        assert value(await gateway.delete(name)) is None
        await until(lambda: gateway.memory(name), None)
        assert value(await gateway.instance(name)) is None
        assert all(row.name != name for row in value(await gateway.instances()))

    with_gateway(lab, story)


def test_the_webhooks_of_the_main_job_tell_the_same_story(lab: Lab, name: str) -> None:
    async def story(gateway: Gateway) -> None:
        value(await gateway.create(name, f"token-{name}"))
        value(await gateway.set_webhook(name, lab.target(name)))
        value(await gateway.connect(name))
        lab.process.control(f"instances/{name}/pair", {"number": PHONE})
        await until(lambda: gateway.memory(name), Memory.OPEN)

    with_gateway(lab, story)
    expected = [Seen.CONNECTING, Seen.QR, *([Seen.CLOSE] if lab.version == "1.8.2" else []), Seen.CONNECTING, Seen.OPEN]
    received = lab.receiver.wait_for(len(expected), f"/webhooks/{name}")
    events = [
        parse_webhook(json.dumps(one.body).encode(), server_id=SERVER_ID, version=lab.version) for one in received
    ]
    assert sorted(event.seen for event in events) == sorted(expected)
    assert {event.phone_number for event in events if event.seen is Seen.OPEN} == {PHONE}
    assert all(event.reconnects for event in events if event.seen is Seen.CLOSE)
    bearers = {one.headers.get("authorization") for one in received}
    assert bearers == ({BEARER["Authorization"]} if lab.version == "2.3.6" else {None})


def test_a_name_in_use_is_told(lab: Lab, name: str) -> None:
    async def story(gateway: Gateway) -> None:
        value(await gateway.create(name, "token-a" + name))
        assert failed(await gateway.create(name, "token-b" + name)).code is Code.INSTANCE_EXISTS
        assert failed(await gateway.memory(name, "token-b" + name)).cause == "not_ours"

    with_gateway(lab, story)


def test_a_wrong_key_is_told_by_the_list(lab: Lab) -> None:
    async def story(gateway: Gateway) -> Result[object]:
        return await gateway.instances()

    assert failed(with_gateway(lab, story, key="wrong")).code is Code.SERVER_KEY_REJECTED


def test_what_is_not_there_is_absent_for_every_call(lab: Lab, name: str) -> None:
    async def story(gateway: Gateway) -> list[Result[object]]:
        return [
            await gateway.connect(name),
            await gateway.restart(name),
            await gateway.logout(name),
            await gateway.delete(name),
            await gateway.set_webhook(name, lab.target(name)),
            await gateway.webhook(name),
            await gateway.send_text(name, "6281300000001", "halo"),
        ]

    found = {failed(result).code for result in with_gateway(lab, story)}
    assert found == {Code.INSTANCE_NOT_FOUND_ON_SERVER}


def test_a_qr_that_does_not_come_is_no_failure(lab: Lab, name: str) -> None:
    lab.process.control(f"instances/{name}/qr", {"mode": "none"})

    async def story(gateway: Gateway) -> None:
        value(await gateway.create(name, f"token-{name}"))
        assert value(await gateway.connect(name)) == ConnectAnswer(None)
        assert value(await gateway.memory(name)) is Memory.CONNECTING

    with_gateway(lab, story)


def test_a_send_to_a_number_that_was_never_connected_provably_did_not_leave(lab: Lab, name: str) -> None:
    async def story(gateway: Gateway) -> Result[object]:
        value(await gateway.create(name, f"token-{name}"))
        return await gateway.send_text(name, "6281300000001", "halo")

    done = failed(with_gateway(lab, story))
    assert (done.kind, done.code) == (Kind.PERMANENT, Code.NOT_CONNECTED)


@pytest.mark.parametrize(
    ("fault", "code", "cause"),
    [
        ({"status": 503}, Code.SERVER_ERROR, "fault"),
        ({"garbage": True}, Code.SERVER_ERROR, "garbage"),
        ({"lie": True}, Code.SERVER_ERROR, "error_in_200"),
        ({"truncate": True}, Code.SERVER_ERROR, None),
        ({"slow_s": 5}, Code.SERVER_TIMEOUT, "timeout"),
        ({"license_required": True}, Code.LICENSE_REQUIRED, None),
        ({"key": "another"}, Code.SERVER_KEY_REJECTED, None),
    ],
    ids=str,
)
@pytest.mark.usefixtures("faultless")
def test_every_fault_of_a_server_is_a_typed_failure(
    lab: Lab, fault: dict[str, object], code: Code, cause: str | None
) -> None:
    lab.process.control("faults", fault)

    async def story(gateway: Gateway) -> Result[object]:
        return await gateway.instances()

    done = failed(with_gateway(lab, story, patience=Patience(read_s=1, repeats=0)))
    assert done.code is code
    assert cause is None or done.cause == cause


@pytest.mark.parametrize("known", list(WebhookShape))
def test_whatever_shape_is_remembered_the_webhook_gets_set(lab: Lab, name: str, known: WebhookShape) -> None:
    async def run() -> tuple[Result[WebhookSet], Result[object]]:
        async with GatewayHttp(local=True) as http:
            gateway = open_gateway(
                "evolution", lab.process.url, KEY, version=lab.version, webhook_shape=known, http=http
            )
            value(await gateway.create(name, f"token-{name}"))
            return await gateway.set_webhook(name, lab.target(name)), await gateway.webhook(name)

    done, found = asyncio.run(run())
    assert value(done).attempts[0].shape is known
    assert getattr(value(found), "url", None) == lab.target(name).url
