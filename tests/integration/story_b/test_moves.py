"""A session moves from one webjs node to another while its row says the first, and messages go on by themselves."""

import json
import time

import httpx
import pytest

from sambung.gateways.signatures import sign
from tests.integration.story_b.business import Business, Number, eventually, its_address, localhost
from tests.integration.story_b.conftest import SECRETS

SCHEDULES = {"SAMBUNG_SCHEDULES": "off"}


def test_a_moved_session_tells_of_itself_and_messages_go_on(business: Business) -> None:
    number = business.number(on=0)
    assert number.send("before").status_code == 201
    number.moves(to=1)
    business.settles(lambda: number.assigned() == 1)
    reply = number.send("after")
    assert (reply.status_code, reply.json()["moved"]) == (201, False), reply.text
    assert number.sent() == [["before"], ["after"], [], []]
    # What is doubted already may be looked at before the webhook is there.
    assert [event[1:] for event in number.sync_events()] == [number.moved("webhook", 0, 1)[1:]]


def test_with_webhooks_lost_the_next_message_finds_it_and_heals_the_row(business: Business) -> None:
    number = business.number(on=0)
    before = business.synced()
    business.loses_webhooks()
    number.moves(to=1)
    number.rests()
    assert number.assigned() == 0
    reply = number.send("halo")
    assert (reply.status_code, reply.json()["moved"], reply.json()["server_id"]) == (201, True, business.server_ids[1])
    assert (number.sent(), number.assigned()) == ([[], ["halo"], [], []], 1)
    assert number.sync_events() == [number.moved("send", 0, 1)]
    urls = (business.nodes[0].url, business.nodes[1].url)
    assert business.told("assignment_auto_synced", number) == [urls]
    assert business.told("instance_sync_successful", number) == [urls]
    assert business.synced()["sync_events"] == before["sync_events"] + 1


def test_a_message_right_after_the_move_is_refused_by_the_old_node_and_leaves_from_the_new_one(
    business: Business,
) -> None:
    number = business.number(on=0)
    assert number.send("before").status_code == 201
    business.loses_webhooks()
    number.moves(to=1)
    reply = number.send("after")
    assert (reply.status_code, reply.json()["moved"]) == (201, True), reply.text
    assert number.sent() == [["before"], ["after"], [], []]


def test_with_its_node_hung_the_message_still_leaves_once(business: Business) -> None:
    number = business.number(on=0)
    business.loses_webhooks()
    number.moves(to=1)
    number.rests()
    business.nodes[0].control("faults", {"slow_s": 30})
    reply = number.send("halo")
    assert reply.status_code == 201, reply.text
    assert reply.json()["moved"]
    assert number.sent() == [[], ["halo"], [], []]
    assert number.sync_events() == [number.moved("send", 0, 1)]


@pytest.mark.parametrize(("old", "new"), [(0, 1), (2, 3)], ids=["one secret for both", "a secret for each"])
def test_nodes_that_call_themselves_localhost_are_followed(business: Business, old: int, new: int) -> None:
    business.announced_as(its_address)
    try:
        number = business.number(on=old)
        number.moves(to=new)
        business.settles(lambda: number.assigned() == new)
        assert number.send("halo").json()["moved"] is False
        assert number.sent()[new] == ["halo"]
        assert [event[1:] for event in number.sync_events()] == [number.moved("webhook", old, new)[1:]]
    finally:
        business.announced_as(localhost)


def test_a_node_that_starts_again_among_four_takes_no_number_with_it(business: Business) -> None:
    numbers = [business.number(on=at) for at in (0, 3)]
    for node in business.nodes:
        node.control("process-restart")
    # Each node restores every session there is, and says of each that it is ready.
    names = {number.name for number in numbers}
    eventually(lambda: all(names <= connected(business, at) for at in range(4)))
    business.settles(lambda: not any(number.doubtful() for number in numbers))
    assert [number.assigned() for number in numbers] == [0, 3]
    assert [number.sync_events() for number in numbers] == [[], []]
    assert [number.send("halo").json()["moved"] for number in numbers] == [False, False]


def connected(business: Business, at: int) -> set[str]:
    return {name for name, one in business.nodes[at].instances().items() if one["connected"]}


def test_a_false_claim_to_be_reconnected_is_not_believed(business: Business) -> None:
    number = business.number(on=2)
    business.nodes[2].control(f"sessions/{number.name}/drop", {"reason": "CONFLICT"})
    eventually(lambda: "session_reconnected" in events_of(number))
    business.settles(lambda: not number.doubtful())
    assert number.shown()["status"] != "connected"
    assert (number.assigned(), number.sync_events()) == (2, [])


def test_the_nodes_doors_need_no_token_and_believe_no_name(business: Business) -> None:
    number, url = business.number(on=2), business.stack.url
    active = f"{url}/api/whatsapp/accounts/active"
    told = httpx.get(active, headers={"X-API-Key": business.nodes[2].api_key}).json()
    assert number.name in {one["session_id"] for one in told["sessions"]}
    body = json.dumps({"event": "session_ready", "data": {"workspace_id": 1, "session_id": number.name}}).encode()
    at = str(int(time.time()))
    signed = {"X-Timestamp": at, "X-HMAC-Signature": sign(body, at, SECRETS[3])}
    door = f"{url}/api/whatsapp/webhooks/webjs"
    for says in ("http://localhost:1@evil.example", "http://127.1:3001", "\u00fc", localhost(business.nodes[2]), ""):
        named = {name.encode(): value.encode() for name, value in {**signed, "X-Instance-Url": says}.items()}
        assert httpx.post(door, content=body, headers=named).status_code == 200
        assert httpx.post(door, content=body + b" ", headers=named).status_code == 401
    assert httpx.post(door, content=body, headers={**signed, "X-Instance-Url": "x" * 10**6}).status_code == 431
    assert httpx.get(active, headers={"X-API-Key": "guessed"}).status_code == 401
    business.settles(lambda: not number.doubtful())
    assert (number.assigned(), number.sync_events()) == (2, [])
    assert business.api.get("/api/servers").json()["refused_webhooks"]


def events_of(number: Number) -> set[str]:
    """What nodes were heard to say of it."""
    return {
        name for (name,) in number.business.rows("SELECT event FROM webhook_events WHERE session_id = %s", number.id)
    }
