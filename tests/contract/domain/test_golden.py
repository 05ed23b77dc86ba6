"""What the recorded life of an instance must end in: as it came, shuffled, repeated, and with clocks 3 h off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sambung.domain.clock import gap, learned, timing
from sambung.domain.errors import Code
from sambung.domain.instance import Observation, OwnOperation, Seen, Snapshot, Source, Status
from sambung.domain.status import advance
from sambung.gateways.evolution.webhooks import parse_webhook
from tests.contract import recordings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sambung.gateways.webhook_event import WebhookEvent

HERE, ELSEWHERE = UUID(int=1), UUID(int=2)
V1, V2 = "evolution-1.8.2", "evolution-2.3.6"
OFF, DIAL, ON, BAD = Status.DISCONNECTED, Status.CONNECTING, Status.CONNECTED, Status.ERROR
TAKES = timedelta(milliseconds=30)
TOLD_BY_TIME: Mapping[str, Any] = {"status_since": None, "connecting_since": None, "error_evidence": {}}
"""When a status began depends on what was seen of the way to it."""


@dataclass(frozen=True)
class Golden:
    """The webhooks `first` to `last` of one instance in webhooks.json, and what they must end in.

    `order_free`: no order of arrival changes anything. Else what came between is lost when the last event overtakes
    it, and the status may cost a check.
    """

    name: str
    folder: str
    instance: str
    first: int
    last: int
    status: Status
    error: Code | None = None
    offers: bool = False
    opens: int = 0
    own: str | None = None
    order_free: bool = True


GOLDEN = (
    Golden("pairing on 1.8 with its close 515", V1, "s1", 25, 29, ON, opens=1),
    Golden("pairing on 2.3", V2, "k1", 1, 6, ON, opens=1),
    Golden("technical drops on 1.8", V1, "s1", 25, 44, ON, opens=5),
    Golden("removal by phone on 1.8", V1, "e1", 105, 120, OFF, Code.LOGGED_OUT_BY_PHONE, opens=2),
    Golden("silent drop on 2.3", V2, "z408", 238, 244, ON, opens=2),
    Golden("replaced elsewhere on 2.3", V2, "z440", 261, 268, ON, opens=2),
    Golden("440 storm on 1.8", V1, "k1", 49, 76, DIAL, opens=3),
    Golden("QR limit on 1.8", V1, "q1", 158, 163, OFF, Code.QR_LIMIT_REACHED),
    Golden("QR limit on 1.8, then connect", V1, "q1", 158, 168, ON, opens=1),
    Golden("QR limit on 2.3", V2, "q1", 726, 735, OFF, Code.QR_LIMIT_REACHED),
    Golden("QR limit on 2.3, then connect", V2, "q1", 726, 741, ON, opens=1),
    Golden("API logout while connecting on 1.8", V1, "l1", 77, 79, OFF, own="logout"),
    Golden("API logout while open on 1.8", V1, "l1", 77, 84, OFF, own="logout", opens=1),
    Golden("API logout while connecting on 2.3", V2, "l1", 26, 31, OFF, own="logout"),
    Golden("API logout while open on 2.3", V2, "l1", 26, 38, OFF, own="logout", opens=1),
    Golden("removal by phone on 2.3", V2, "z401", 203, 210, OFF, Code.LOGGED_OUT_BY_PHONE, opens=1),
    Golden("payment required", V2, "z402", 211, 218, OFF, Code.SESSION_ENDED, opens=1),
    Golden("banned", V2, "z403", 219, 228, BAD, Code.ACCOUNT_BANNED, opens=1),
    Golden("not acceptable", V2, "z406", 229, 237, OFF, Code.SESSION_ENDED, opens=1),
    Golden("pairing code unused on 1.8", V1, "p-code", 185, 205, OFF, Code.PAIRING_FAILED),
    Golden("pairing code unused on 2.3", V2, "u1", 751, 762, OFF, Code.PAIRING_FAILED),
    Golden("delete while connecting on 1.8", V1, "l2", 85, 87, OFF, own="delete"),
    Golden("delete while connecting on 2.3", V2, "d2", 51, 58, OFF, own="delete"),
    Golden("delete while open on 2.3", V2, "d3", 59, 68, OFF, own="delete", opens=1),
    Golden(
        "a logged-out instance after a process restart",
        V2,
        "z401",
        203,
        419,
        DIAL,
        Code.LOGGED_OUT_BY_PHONE,
        offers=True,
        opens=1,
        order_free=False,
    ),
    Golden("a never-paired instance after a process restart", V2, "g-qr", 365, 411, DIAL, offers=True),
    Golden("an open instance after a process restart", V2, "k1", 1, 431, ON, opens=1),
    Golden("every event twice, from the instance's and the global webhook", V2, "e1", 832, 840, ON, opens=1),
)


def events(golden: Golden) -> list[WebhookEvent]:
    rows = recordings.load(golden.folder, "webhooks.json")[golden.first : golden.last + 1]
    bodies = [(row.get("request") or row)["body"] for row in rows]
    version = golden.folder.removeprefix("evolution-")
    return [
        parse_webhook(body, server_id=HERE, version=version) for body in bodies if body["instance"] == golden.instance
    ]


def observation(event: WebhookEvent, received_at: datetime, at: datetime, *, late: bool = False) -> Observation:
    return Observation(
        seen=event.seen,
        source=Source.WEBHOOK,
        server_id=HERE,
        received_at=received_at,
        at=at,
        late=late,
        generation=1,
        reason=event.reason,
        reconnects=event.reconnects,
        qr=event.qr,
        phone_number=event.phone_number,
        profile_name=event.profile_name,
    )


@cache
def told(golden: Golden, ahead: timedelta = timedelta()) -> list[Observation]:
    """The recorded events, received promptly, from a server whose clock is `ahead` of the recorded one."""
    offset, story = None, []
    for event in events(golden):
        assert event.date_time is not None
        received_at = event.date_time.replace(tzinfo=UTC) + TAKES
        claimed = event.date_time + ahead
        offset = learned(offset, gap(claimed, received_at))
        when = timing(claimed, received_at, offset)
        story.append(observation(event, received_at, when.at, late=when.late))
    return story


def before(golden: Golden, story: list[Observation]) -> Snapshot:
    """The instance as our own create left it."""
    created_at = min(one.time for one in story) - timedelta(milliseconds=1)
    own = OwnOperation(golden.own, open=True, ended_at=None) if golden.own else None
    return Snapshot(DIAL, created_at, HERE, connecting_since=created_at, observed_at=created_at, last_operation=own)


def live(start: Snapshot, story: list[Observation]) -> tuple[Snapshot, bool]:
    """The row at the end, and whether a check was asked for on the way."""
    checked = False
    for one in story:
        decision = advance(start, one)
        start, checked = decision.snapshot, checked or decision.needs_check
    return start, checked


def end(start: Snapshot, story: list[Observation]) -> Snapshot:
    return live(start, story)[0]


@pytest.mark.parametrize("ahead", [0, 3, -3], ids=lambda hours: f"{hours} h ahead")
@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_a_recorded_life_ends_as_it_did(golden: Golden, ahead: int) -> None:
    story = told(golden, timedelta(hours=ahead))
    after = end(before(golden, story), story)
    assert (after.status, after.error, after.qr is not None) == (golden.status, golden.error, golden.offers)
    assert len(after.recent_opens) >= golden.opens


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
@settings(max_examples=30)
@given(chance=st.data())
def test_it_ends_so_in_any_order_and_with_repetitions(golden: Golden, chance: st.DataObject) -> None:
    story = told(golden)
    arrived = chance.draw(st.permutations([*story, *chance.draw(st.lists(st.sampled_from(story), max_size=5))]))
    right = end(before(golden, story), story)
    got, checked = live(before(golden, story), arrived)
    assert got.status is right.status or checked
    if golden.order_free:
        assert replace(got, **TOLD_BY_TIME) == replace(right, **TOLD_BY_TIME)


def test_a_late_close_of_the_life_before_does_not_touch_the_new_one() -> None:
    old = told(Golden("", V2, "d3", 59, 68, OFF))
    new = told(Golden("", V2, "d3", 79, 81, DIAL))
    born = replace(before(GOLDEN[0], new), generation=2)
    born = end(born, [replace(one, generation=2) for one in new])
    after_new = [replace(one, at=new[-1].time + TAKES, received_at=new[-1].time + TAKES) for one in old]
    assert any(one.seen is Seen.CLOSE for one in after_new)
    assert end(born, after_new) == born


def test_events_that_are_delivered_again_and_again_change_nothing_late() -> None:
    """z500's receiver answered 500, so that every event came up to ten times over twenty minutes."""
    rows = recordings.load(V2, "webhooks.json")
    mine = [row for row in rows if isinstance(row.get("body"), dict) and row["body"]["instance"] == "z500"]
    repeated = [row for row in mine if row["path"].startswith("/c/")]
    assert len(repeated) > 50
    offset, story = None, []
    for row in repeated:
        event = parse_webhook(row["body"], server_id=HERE, version="2.3.6")
        assert event.date_time is not None
        received_at = datetime.fromisoformat(row["received_at"])
        offset = learned(offset, gap(event.date_time, received_at))
        when = timing(event.date_time, received_at, offset)
        story.append(observation(event, received_at, when.at, late=when.late))
    once = {(one.time, one.seen): one for one in reversed(story) if not one.late}
    in_order = sorted(once.values(), key=lambda one: one.time)
    start = before(GOLDEN[0], story)
    assert end(start, story).status is end(start, in_order).status
    assert sum(one.late for one in story) > 30


WEBJS = {
    "qr_code_generated": Seen.QR,
    "session_authenticated": Seen.AUTHENTICATED,
    "session_ready": Seen.SESSION_READY,
    "session_reconnected": Seen.SESSION_RECONNECTED,
    "session_disconnected": Seen.SESSION_DISCONNECTED,
    "session_error": Seen.SESSION_ERROR,
    "session_reconnect_failed": Seen.SESSION_RECONNECT_FAILED,
}


def session_events(*rows: int, server_id: UUID = HERE) -> list[Observation]:
    """The recorded webjs events, a second apart, as they are received: they carry no time."""
    recorded = recordings.load("webjs", "webhooks.json")
    start = datetime(2026, 11, 21, tzinfo=UTC)
    return [
        Observation(
            seen=WEBJS[body["event"]],
            source=Source.WEBHOOK,
            server_id=server_id,
            received_at=start + timedelta(seconds=row),
            reason=body["data"].get("reason") or body["data"].get("error"),
        )
        for row, body in ((row, recorded[row]["request"]["body"]) for row in rows)
    ]


@pytest.mark.parametrize(
    ("rows", "status", "error", "checked"),
    [
        ((0, 1, 2), DIAL, None, False),
        ((0, 1, 2, 3), DIAL, None, True),
        ((20,), DIAL, None, False),
        ((20, 21), DIAL, None, True),
        ((24,), OFF, Code.LOGGED_OUT_BY_PHONE, False),
        ((24, 25), DIAL, Code.LOGGED_OUT_BY_PHONE, False),
        ((18, 19), BAD, Code.SERVER_ERROR, False),
        ((31,), BAD, Code.SESSION_ENDED, False),
    ],
    ids=[
        "pairing",
        "session_ready is checked before it is believed",
        "technical drop",
        "false session_reconnected",
        "logout on the phone",
        "logout on the phone, then a new code",
        "ready without a number",
        "reconnect failed",
    ],
)
def test_recorded_lives_of_webjs_sessions(
    rows: tuple[int, ...], status: Status, error: Code | None, checked: bool
) -> None:
    start = Snapshot(ON, datetime(2026, 11, 20, tzinfo=UTC), HERE, opened_since_pairing=True)
    story = session_events(*rows)
    if rows[0] in {0, 31}:
        start = replace(start, status=DIAL)
    decisions = []
    for one in story:
        decisions.append(advance(start, one))
        start = decisions[-1].snapshot
    assert (start.status, start.error) == (status, error)
    assert any(decision.needs_check for decision in decisions) is checked


def test_session_ready_from_four_nodes_moves_nothing_and_asks_for_a_check_each_time() -> None:
    start = Snapshot(ON, datetime(2026, 11, 20, tzinfo=UTC), HERE, opened_since_pairing=True)
    ready = session_events(3)[0]
    decisions = [advance(start, replace(ready, server_id=UUID(int=node))) for node in (1, 2, 3, 4)]
    assert [decision.snapshot for decision in decisions] == [start] * 4
    assert all(decision.needs_check for decision in decisions)


def test_our_own_door_failing_says_nothing_of_the_number() -> None:
    start = Snapshot(ON, datetime(2026, 11, 20, tzinfo=UTC), HERE)
    error = replace(session_events(19)[0], reason="webhook_send_failed")
    decision = advance(start, error)
    assert (decision.snapshot, decision.needs_check) == (start, True)


def test_the_same_number_opened_on_another_server_is_a_candidate_and_no_change() -> None:
    story = told(Golden("", V2, "k1", 1, 6, ON))
    after = end(before(GOLDEN[0], story), story)
    decision = advance(after, replace(story[-1], server_id=ELSEWHERE, at=story[-1].time + TAKES))
    assert (decision.snapshot, decision.needs_check, decision.why_not) == (after, True, "foreign_server")
