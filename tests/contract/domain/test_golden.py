"""Every golden sequence ends as the table says: as it came, shuffled, repeated, and with clocks 3 h off."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sambung.domain.clock import gap, learned, timing
from sambung.domain.instance import Seen, Snapshot, Status
from sambung.domain.status import advance
from sambung.gateways.evolution.webhooks import parse_webhook
from tests.contract import recordings
from tests.contract.domain import story
from tests.contract.domain.gathered import end
from tests.contract.domain.golden import GOLDEN, V2, WEBJS, Golden
from tests.contract.domain.story import ELSEWHERE, HERE, TAKES

OFF_BY = (timedelta(), timedelta(hours=3), timedelta(hours=-3))
LATER = timedelta(seconds=30)
BY_NAME = {golden.name: golden for golden in GOLDEN}
WITH_TIMES = [golden for golden in GOLDEN if golden.recorded.folder != WEBJS]
every_golden = pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)


@every_golden
@pytest.mark.parametrize("ahead", OFF_BY, ids=["on time", "3 h ahead", "3 h behind"])
def test_in_the_recorded_order_it_ends_as_the_table_says(golden: Golden, ahead: timedelta) -> None:
    assert end(golden.recorded, story.live(golden.recorded, story.told(golden.recorded, ahead))) == golden.end


@every_golden
@settings(max_examples=20)
@given(chance=st.data())
def test_it_ends_so_in_any_order_with_repetitions_and_clocks_off(golden: Golden, chance: st.DataObject) -> None:
    told = story.told(golden.recorded, chance.draw(st.sampled_from(OFF_BY)))
    again = chance.draw(st.lists(st.sampled_from(told), max_size=5))
    life = story.live(golden.recorded, tuple(chance.draw(st.permutations([*told, *again]))))
    got = end(golden.recorded, life)
    if golden.end.code_may_be_doubted and life.needs_check:
        got = replace(got, qr=golden.end.qr)
    assert got == golden.end


@pytest.mark.parametrize("golden", WITH_TIMES, ids=lambda golden: golden.name)
def test_delivered_again_half_a_minute_later_it_moves_nothing(golden: Golden) -> None:
    told = story.told(golden.recorded)
    late = [replace(one, received_at=one.received_at + LATER, late=True) for one in told]
    assert end(golden.recorded, story.live(golden.recorded, (*told, *late))) == golden.end


def test_every_row_has_events_and_a_name_of_its_own() -> None:
    assert all(story.told(golden.recorded) for golden in GOLDEN)
    assert len(BY_NAME) == len(GOLDEN)


def test_without_any_check_only_what_webjs_says_stays_unbelieved() -> None:
    """On Evolution the webhooks alone tell the end; `session_ready` is believed only after a read."""
    unsure = {
        golden.name
        for golden in GOLDEN
        if end(golden.recorded, story.live(golden.recorded, story.told(golden.recorded), checks=False)) != golden.end
    }
    assert unsure == {"four session_ready from four nodes", "pairing on webjs"}


def test_each_of_four_session_ready_asks_for_a_check_and_moves_nothing() -> None:
    golden = BY_NAME["four session_ready from four nodes"]
    ready = story.told(golden.recorded)[-4:]
    connected = Snapshot(Status.CONNECTED, ready[0].time, HERE, opened_since_pairing=True)
    decisions = [advance(connected, one) for one in ready]
    assert {one.server_id for one in ready} == {UUID(int=node) for node in (3001, 3002, 3003, 3004)}
    assert [(one.snapshot, one.needs_check) for one in decisions] == [(connected, True)] * 4


@pytest.mark.parametrize("name", ["false session_reconnected", "session_error webhook_send_failed"])
def test_what_webjs_says_of_itself_is_checked(name: str) -> None:
    golden = BY_NAME[name]
    last = story.told(golden.recorded)[-1]
    connected = Snapshot(Status.CONNECTED, last.time, HERE, opened_since_pairing=True)
    decision = advance(connected, last)
    assert (decision.snapshot, decision.needs_check) == (connected, True)


def test_an_open_on_another_server_is_a_candidate_and_no_change() -> None:
    golden = BY_NAME["the same number opened on another server"]
    *here, there = story.told(golden.recorded)
    assert there.server_id == ELSEWHERE
    after = story.live(golden.recorded, tuple(here)).snapshot
    decision = advance(after, there)
    assert (decision.snapshot, decision.needs_check, decision.why_not) == (after, True, "foreign_server")


def test_the_close_of_the_old_life_comes_after_the_new_one_began() -> None:
    """The row's promise, with the old life's events received last and on a clock that makes them the newest."""
    golden = BY_NAME["late close of the old life after re-create"]
    told = story.told(golden.recorded)
    new = [one for one in told if one.generation == 2]
    last = new[-1].received_at
    old = [replace(one, at=last + TAKES, received_at=last + TAKES) for one in told if one.generation == 1]
    assert end(golden.recorded, story.live(golden.recorded, (*new, *old))) == golden.end


def test_an_end_told_after_what_followed_it_keeps_its_reason() -> None:
    """The logged-out instance dials again after the restart, and its close comes last of all."""
    golden = BY_NAME["process restart with an instance logged out by the phone on 2.3"]
    told = story.told(golden.recorded)
    close = next(one for one in told if one.seen is Seen.CLOSE)
    life = story.live(golden.recorded, (*(one for one in told if one is not close), close))
    assert end(golden.recorded, life) == golden.end
    assert life.snapshot.error_evidence == {"reason": 401, "closed_at": close.time.isoformat()}


def test_events_that_are_delivered_again_and_again_change_nothing_late() -> None:
    """z500's receiver answered 500, so that every event came up to ten times over twenty minutes."""
    rows = recordings.load(V2, "webhooks.json")
    mine = [row for row in rows if isinstance(row.get("body"), dict) and row["body"]["instance"] == "z500"]
    repeated = [row for row in mine if row["path"].startswith("/c/")]
    assert len(repeated) > 50
    offset, seen = None, []
    for row in repeated:
        event = parse_webhook(row["body"], server_id=HERE, version="2.3.6")
        assert event.date_time is not None
        received_at = datetime.fromisoformat(row["received_at"])
        offset = learned(offset, gap(event.date_time, received_at))
        when = timing(event.date_time, received_at, offset)
        seen.append(story.observation(event, received_at, when.at, late=when.late))
    once = {(one.time, one.seen): one for one in reversed(seen) if not one.late}
    in_order = sorted(once.values(), key=lambda one: one.time)
    start = story.before(GOLDEN[0].recorded, tuple(seen))
    first, second = story.Life(start), story.Life(start)
    for one in seen:
        first.see(one)
    for one in in_order:
        second.see(one)
    assert first.snapshot.status is second.snapshot.status
    assert sum(one.late for one in seen) > 30


def test_each_sequence_that_the_design_names_has_a_row() -> None:
    named = (
        "pairing on 1.8",
        "silent drop on 2.3",
        "440 storm",
        "QR limit on 1.8, then connect",
        "QR limit on 2.3, then connect",
        "API logout while open on 1.8",
        "API logout while open on 2.3",
        "removal by phone",
        "pairing code unused",
        "delete while connecting",
        "late close of the old life after re-create",
        "process restart with a logged-out instance",
        "process restart with a never-paired instance",
        "four session_ready from four nodes",
        "false session_reconnected",
        "session_error webhook_send_failed",
        "the same number opened",
    )
    assert [name for name in named if not any(row.startswith(name) for row in BY_NAME)] == []
