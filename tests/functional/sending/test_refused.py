"""What may not be sent is refused before any server is asked, with the reason and the next step."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from sambung.domain.errors import Code, GatewayFailed
from sambung.domain.instance import Observation, Seen, Source
from sambung.store import sightings, snapshots
from sambung.store.connection import Connection
from sambung.store.servers import Server
from sambung.store.sightings import Sight
from tests import rows
from tests.functional.sending.conftest import Fleet, Number


@pytest.fixture
def number(fleet: Fleet, plain: Connection, monkeypatch: pytest.MonkeyPatch) -> Number:
    """On a server that no test may speak to."""

    def nobody(server: Server, *_: object) -> Any:
        raise GatewayFailed(Code.SERVER_UNREACHABLE, transient=True, maybe_done=False, params={"cause": "refused"})

    monkeypatch.setattr(fleet.parts, "gateway_for", nobody)
    return fleet.number("toko-1", rows.server(plain, "evo-1"), status="connected", last_read_at=fleet.parts.now())


@pytest.mark.parametrize(
    ("columns", "status", "code", "action"),
    [
        ({"desired": "parked"}, 409, "not_connected", "none"),
        ({"error_code": "number_changed"}, 409, "number_changed", "contact_owner"),
        ({"conflict_since": "2026-11-22T00:00:00Z"}, 409, "conflict_two_servers", "view_diagnosis"),
    ],
)
def test_a_number_that_must_not_send_says_why(
    fleet: Fleet, number: Number, columns: dict[str, object], status: int, code: str, action: str
) -> None:
    fleet.change(number, **columns)
    reply = fleet.send(number)
    assert (reply.status, reply.json["code"], reply.json["action"]) == (status, code, action)
    assert fleet.operations(number) == []


def test_a_server_that_is_switched_off_here_sends_nothing(fleet: Fleet, number: Number, plain: Connection) -> None:
    plain.execute("UPDATE servers SET enabled = false")
    reply = fleet.send(number)
    assert (reply.status, reply.json["code"]) == (502, "server_unreachable")
    assert "disabled in Sambung" in reply.json["detail"]


def test_nothing_is_sent_while_an_action_ends_the_session(fleet: Fleet, number: Number, plain: Connection) -> None:
    for action in ("logout", "delete", "recreate", "restart"):
        running = _operation(plain, number, action, "now() + interval '9 s'")
        reply = fleet.send(number)
        assert (reply.status, reply.json["code"]) == (409, "instance_busy"), action
        assert reply.json["params"] == {"operation_id": running, "action": action}
        plain.execute("UPDATE operations SET state = 'succeeded'")


@pytest.mark.parametrize(
    ("action", "until"),
    [
        ("set-webhook", "now() + interval '9 s'"),
        ("send", "now() + interval '9 s'"),
        ("restart", "now() - interval '1 s'"),
    ],
)
def test_other_actions_and_abandoned_ones_hold_up_no_message(
    fleet: Fleet, number: Number, plain: Connection, action: str, until: str
) -> None:
    _operation(plain, number, action, until)
    assert fleet.send(number).json["code"] == "server_unreachable"


def test_a_message_under_way_holds_up_no_action(fleet: Fleet, number: Number, plain: Connection) -> None:
    _operation(plain, number, "send", "now() + interval '9 s'")
    shown = fleet.api.get(f"/api/instances/{number.id}").json
    assert (shown["open_operation"], [one["action"] for one in shown["operations"]]) == (None, ["send"])
    assert fleet.api.post(f"/api/instances/{number.id}/connect").json["code"] == "server_unreachable"


def _operation(plain: Connection, number: Number, action: str, until: str) -> str:
    row = plain.execute(
        f"""
        INSERT INTO operations (session_id, instance_name, action, state, actor, correlation_id, deadline_at)
        VALUES (%s, %s, %s, 'running', 'ani', 'c', {until}) RETURNING id
        """,
        [number.id, number.name, action],
    ).fetchone()
    assert row is not None
    return str(row["id"])


BAD = (
    ({"to": "halo", "text": "x"}, "to"),
    ({"to": "12", "text": "x"}, "to"),
    ({"to": "120363000000000001@g.us", "text": "x"}, "to"),
    ({"to": "6281234567890", "text": "  \n "}, "text"),
    ({"to": "6281234567890", "text": ""}, "body.text"),
    ({"to": "6281234567890", "text": "a\0b"}, "body"),
    ({"to": "6281234567890", "text": "x" * 65_537}, "body.text"),
    ({"to": 6281234567890, "text": "x"}, "body.to"),
    ({"to": "6281234567890"}, "body.text"),
    ({"to": "6281234567890", "text": "x", "media": "y"}, "body.media"),
)


def test_a_message_that_cannot_be_sent_names_its_field(fleet: Fleet, number: Number) -> None:
    for body, field in BAD:
        reply = fleet.api.post(f"/api/instances/{number.id}/messages", body)
        assert (reply.status, reply.json["code"]) == (422, "invalid_request"), body
        assert [error["field"] for error in reply.json["errors"]] == [field]


def test_a_number_that_nobody_knows_is_not_found(fleet: Fleet) -> None:
    assert fleet.api.post(f"/api/instances/{uuid4()}/messages", {"to": "081234567890", "text": "x"}).status == 404


def test_a_number_sends_at_its_own_pace_and_tells_when_it_may_again(fleet: Fleet, number: Number) -> None:
    fleet.parts.settings = replace(fleet.parts.settings, sends_per_minute=1)
    other = fleet.number("toko-2", fleet.row(number)["server_id"])
    assert {fleet.send(number).json["code"] for _ in range(5)} == {"server_unreachable"}
    limited = fleet.send(number)
    assert (limited.status, limited.json["code"], limited.json["action"]) == (429, "send_rate_limited", "wait")
    assert 1 <= int(limited.headers["retry-after"]) <= 60
    assert fleet.send(other).json["code"] == "server_unreachable", "another number has its own pace"
    assert len(fleet.operations(number)) == 5


def test_a_number_that_connects_anew_is_no_longer_said_to_fail_its_sends(fleet: Fleet, number: Number) -> None:
    row = fleet.row(number)
    for at in range(2):
        for was, then in (("connected", "not_connected"), ("disconnected", None)):
            fleet.change(number, status=was, last_send_error="not_connected")
            now = fleet.parts.now()
            seen = Observation(Seen.OPEN, Source.READ, row["server_id"], received_at=now, at=now)
            with fleet.parts.database.transaction() as connection:
                if at == 0:
                    snapshots.observe(connection, number.id, seen)
                else:
                    sightings.observe_all(connection, [Sight(number.id, row["revision"], seen)])
            assert fleet.row(number)["last_send_error"] == then
