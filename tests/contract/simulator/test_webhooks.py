"""Webhooks have the recorded shapes, addresses, order and retries."""

from __future__ import annotations

import datetime as dt
import json
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from simulator.process import SimulatorProcess
from tests.contract import recordings
from tests.contract.simulator import exclusions, scenarios
from tests.contract.simulator.receiver import Receiver
from tests.contract.simulator.replay import strange_orders
from tests.contract.simulator.user import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.contract.simulator.receiver import Received
    from tests.contract.simulator.replay import Replayed

recordings.require()

FOLDERS = ("evolution-1.8.2", "evolution-2.3.6")
Kind = tuple[str, str, bool]


def kind(body: dict[str, Any]) -> Kind:
    """What an event is: its name, the state or notice in it, and whether a sender is named."""
    data = body["data"] if isinstance(body["data"], dict) else {}
    detail = data.get("state") or ("limit" if "statusCode" in data else "")
    return body["event"], detail, "sender" in body


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


def shapes(bodies: Iterable[dict[str, Any]]) -> dict[Kind, set[str]]:
    found: dict[Kind, set[str]] = {}
    for body in bodies:
        found.setdefault(kind(body), set()).add(json.dumps(shape(body)))
    return found


def sent(replayed: dict[str, Replayed], folder: str) -> Iterator[Received]:
    for group in scenarios.GROUPS:
        if group.folder == folder:
            yield from replayed[group.name].webhooks


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_webhook_sent_has_a_recorded_shape(replayed: dict[str, Replayed], folder: str) -> None:
    recorded = shapes(webhook.body for webhook in recordings.webhooks(folder))
    ours = shapes(received.body for received in sent(replayed, folder))

    strange = {name: found - recorded.get(name, set()) for name, found in ours.items()}
    assert {name: found for name, found in strange.items() if found} == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_recorded_kind_of_webhook_is_sent(replayed: dict[str, Replayed], folder: str) -> None:
    recorded = shapes(webhook.body for webhook in recordings.webhooks(folder))
    ours = shapes(received.body for received in sent(replayed, folder))

    assert {name for name in recorded if (folder, name[0]) not in exclusions.KINDS} - set(ours) == set()


@pytest.mark.parametrize("group", scenarios.GROUPS, ids=lambda group: str(group.name))
def test_an_instance_tells_its_states_in_the_recorded_order(
    replayed: dict[str, Replayed], group: scenarios.Group
) -> None:
    assert strange_orders(group, replayed[group.name]) == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_webhooks_go_to_recorded_addresses_with_recorded_headers(replayed: dict[str, Replayed], folder: str) -> None:
    transport = {"accept", "accept-encoding", "connection", "content-length", "host", "user-agent"}
    recorded = {(hook.path, *sorted(hook.headers.keys() - transport)) for hook in recordings.webhooks(folder)}
    ours = {(received.path, *sorted(received.headers.keys() - transport)) for received in sent(replayed, folder)}

    assert ours - recorded == set()


# --- retries ---

RETRY_SPEED = 1000
DEAD_PORT = "http://127.0.0.1:9/x"
TRIES_RECORDED = {
    row["path"].split("/")[2]: row["attempts"]
    for row in recordings.load("evolution-2.3.6", "webhook_retries.json")
    if row["path"].startswith("/c/") and row["event"] == "instance.create" and row["path"] != "/c/500/t4"
}


@pytest.fixture(scope="module")
def hurried() -> Iterator[SimulatorProcess]:
    """A server whose twenty minutes of retries take little more than a second."""
    with SimulatorProcess("2.3.6", speed=RETRY_SPEED) as process:
        yield process


@pytest.fixture(scope="module")
def tried(hurried: SimulatorProcess, receiver: Receiver) -> dict[str, list[Received]]:
    """Every try of one delivery to each kind of receiver, by what it answers."""
    with User(hurried) as user:
        for answer in TRIES_RECORDED:
            user.create(webhook={"url": f"{receiver.url}/c/{answer}/tries", "events": ["INSTANCE_CREATE"]})
        return {answer: receiver.wait_for(count, f"/c/{answer}/tries") for answer, count in TRIES_RECORDED.items()}


@pytest.mark.parametrize("answer", TRIES_RECORDED)
def test_a_delivery_is_tried_as_often_as_recorded(tried: dict[str, list[Received]], answer: str) -> None:
    assert len(tried[answer]) == TRIES_RECORDED[answer]
    assert {json.dumps(each.body) for each in tried[answer]} == {json.dumps(tried[answer][0].body)}


def test_the_waits_between_tries_double_up_to_five_minutes(tried: dict[str, list[Received]]) -> None:
    gaps = [(later.at - former.at) * RETRY_SPEED for former, later in pairwise(tried["503"])]

    shortest = [5.0, 8.0, 16.0, 32.0, 64.0, 128.0, 240.0, 240.0, 240.0]
    assert [gap for gap, least in zip(gaps, shortest, strict=True) if gap < least] == []


def test_a_refused_connection_is_tried_ten_times(hurried: SimulatorProcess) -> None:
    with User(hurried) as user:
        name = user.create(webhook={"url": DEAD_PORT, "events": ["INSTANCE_CREATE"]})
        deadline = time.monotonic() + 10
        while len(tries := [each for each in hurried.state()["delivered"] if each["instance"] == name]) < 10:
            assert time.monotonic() < deadline, f"only {len(tries)} tries"
            time.sleep(0.05)

    assert [each["status"] for each in tries] == [None] * 10


def test_an_instance_lives_on_while_its_removal_is_not_taken(hurried: SimulatorProcess, receiver: Receiver) -> None:
    path = "/c/500/removal"
    with User(hurried) as user:
        name = user.create(webhook={"url": f"{receiver.url}{path}", "events": ["REMOVE_INSTANCE"]})

        assert user.client.delete(f"/instance/delete/{name}").status_code == 200
        receiver.wait_for(1, path)
        user.until(name, memory="close")
        deadline = time.monotonic() + 10
        # At this speed an answer may come before its code.
        while user.connect(name)["count"] < 1:
            assert time.monotonic() < deadline, "it gives no code"
            time.sleep(0.05)

        receiver.wait_for(10, path)
        user.gone(name)


def test_1_8_2_never_tries_again(v1: User, receiver: Receiver) -> None:
    name = v1.create(f"{receiver.url}/fail500/once")
    v1.connect(name)

    first = receiver.wait_for(2, "/fail500/once")

    assert [each.body["event"] for each in first] == ["connection.update", "qrcode.updated"]


def test_the_time_in_a_webhook_is_local_with_a_false_z(either: User, receiver: Receiver) -> None:
    either.process.control("webhooks", {"clock_offset_s": -10800})
    path = f"/clock/{either.process.url[-5:]}"
    either.connect(either.create(f"{receiver.url}{path}"))

    [told, *_] = receiver.wait_for(1, path)

    claimed = dt.datetime.fromisoformat(told.body["date_time"])
    assert -10805 < (claimed - dt.datetime.fromtimestamp(told.at, dt.UTC)).total_seconds() < -10795


def test_a_global_webhook_hears_of_every_instance_without_custom_headers(v2: User, receiver: Receiver) -> None:
    v2.process.control("webhooks", {"global_url": f"{receiver.url}/everyone", "global_by_events": True})
    name = v2.create()
    v2.hook(name, f"{receiver.url}/own", headers={"X-Own": "1"})
    v2.connect(name)

    [told] = receiver.wait_for(1, "/everyone/connection-update")

    assert told.body["instance"] == name
    assert "x-own" not in told.headers


def test_nothing_is_delivered_when_delivery_is_off(either: User, receiver: Receiver) -> None:
    either.process.control("webhooks", {"deliver": False})
    path = f"/off/{either.process.url[-5:]}"
    either.connect(either.create(f"{receiver.url}{path}"))

    assert receiver.at(path) == []
