from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.errors import Code
from sambung.domain.instance import Decision, Observation, Seen, Snapshot, Source, Status
from sambung.domain.status import advance
from tests.unit.domain.builders import FINAL_CODES, at, observations, run, saw, snapshot, snapshots


@given(snapshots(), observations())
def test_every_observation_has_an_answer_and_a_transition_exactly_when_the_status_changed(
    before: Snapshot, observation: Observation
) -> None:
    decision = advance(before, observation)
    changed = decision.snapshot.status is not before.status
    assert (decision.transition is not None) == changed
    if decision.transition is not None:
        assert (decision.transition.old, decision.transition.new) == (before.status, decision.snapshot.status)
        assert decision.snapshot.status_since == decision.transition.at
    assert (decision.why_not is None) == decision.applied


@given(snapshots(), observations())
def test_what_is_not_applied_leaves_the_stored_row_as_it_was(before: Snapshot, observation: Observation) -> None:
    decision = advance(before, observation)
    assert decision.applied or decision.snapshot == before


@given(snapshots(), observations())
def test_the_same_observation_twice_is_the_same_as_once(before: Snapshot, observation: Observation) -> None:
    once = advance(before, observation).snapshot
    again = advance(once, observation)
    assert again.snapshot == once
    assert again.transition is None


@given(snapshots(), observations())
def test_a_foreign_server_or_an_earlier_life_changes_nothing(before: Snapshot, observation: Observation) -> None:
    decision = advance(before, observation)
    if observation.generation not in (None, before.generation) or observation.server_id != before.server_id:
        assert decision.snapshot == before
        assert not decision.applied


@given(snapshots(), observations())
def test_a_late_webhook_changes_nothing(before: Snapshot, observation: Observation) -> None:
    if observation.late and observation.source is Source.WEBHOOK:
        assert advance(before, observation).snapshot == before


@given(snapshots(), observations())
def test_time_only_goes_forward_and_an_older_observation_never_overwrites_a_newer(
    before: Snapshot, observation: Observation
) -> None:
    after = advance(before, observation).snapshot
    if before.observed_at is None:
        return
    assert after.observed_at is not None
    assert after.observed_at >= before.observed_at
    if min(observation.time, observation.received_at) < before.observed_at and observation.seen is not Seen.QR:
        same = ("status", "status_since", "observed_at", "observed_rank", "qr", "qr_at", "close_reads")
        assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
        assert after.phone_number == before.phone_number or observation.seen is Seen.OPEN
        if after.error is not before.error:
            disproved = before.error is Code.PAIRING_FAILED and after.error is Code.LOGGED_OUT_BY_PHONE
            ended_before = (
                before.error is None and before.status is Status.CONNECTING and "closed_at" in after.error_evidence
            )
            accepted = observation.seen in {Seen.CREATED, Seen.CONNECT_ACCEPTED}
            assert disproved or ended_before or accepted


@given(snapshots(), st.lists(observations(), max_size=8))
def test_a_code_is_on_offer_only_while_connecting(before: Snapshot, story: list[Observation]) -> None:
    after, _ = run(before, story)
    assert after.qr is None or after.status is Status.CONNECTING
    assert (after.qr is None) == (after.qr_at is None)
    assert after.connecting_since is None or after.status is Status.CONNECTING


@st.composite
def stories(draw: st.DrawFn, *kinds: Seen) -> tuple[list[Observation], list[Observation]]:
    """Webhooks of one instance in the order they happened, and the same shuffled, some of them twice."""
    told = draw(st.lists(st.tuples(st.integers(1, 20), st.sampled_from(kinds), st.sampled_from([401, 402, 403, 515]))))
    happened = sorted(
        {
            saw(seen, seconds / 4, reason=reason, reconnects=reason not in FINAL_CODES)
            if seen is Seen.CLOSE
            else saw(seen, seconds / 4)
            for seconds, seen, reason in told
        },
        key=lambda observation: (observation.time, *advance_order(observation)),
    )
    twice = draw(st.lists(st.sampled_from(happened), max_size=4)) if happened else []
    return happened, draw(st.permutations([*happened, *twice]))


def advance_order(observation: Observation) -> tuple[int, int]:
    """In words: close > refused > open > connecting > qr."""
    order = [Seen.QR, Seen.CONNECTING, Seen.OPEN, Seen.REFUSED, Seen.CLOSE]
    return order.index(observation.seen), int(observation.reason or 0)


@given(st.sampled_from(Status), st.booleans(), stories(Seen.CONNECTING, Seen.OPEN, Seen.REFUSED, Seen.CLOSE))
def test_any_order_with_duplicates_ends_as_the_story_did(
    status: Status, opened: bool, story: tuple[list[Observation], list[Observation]]
) -> None:
    start = snapshot(status, opened_since_pairing=opened)
    happened, arrived = story
    right, _ = run(start, happened)
    got, _ = run(start, arrived)
    assert got.status is right.status
    assert got.observed_at == right.observed_at
    assert got.recent_opens == right.recent_opens
    if right.status is not Status.CONNECTING:
        assert got.error is right.error


@given(st.sampled_from(Status), stories(Seen.QR, Seen.CONNECTING, Seen.OPEN, Seen.REFUSED, Seen.CLOSE))
def test_where_codes_make_the_order_matter_a_check_is_asked_for(
    status: Status, story: tuple[list[Observation], list[Observation]]
) -> None:
    start = snapshot(status)
    happened, arrived = story
    right, _ = run(start, happened)
    got, decisions = run(start, arrived)
    assert got.status is right.status or _any_check(decisions)


def _any_check(decisions: list[Decision]) -> bool:
    return any(decision.needs_check for decision in decisions)


@given(st.sampled_from(Seen), st.integers(0, 10_000))
def test_an_event_dated_in_the_future_cannot_block_what_follows(seen: Seen, ahead: int) -> None:
    after = advance(snapshot(), saw(seen, 20 + ahead, received_at=at(11))).snapshot
    assert advance(after, saw(Seen.OPEN, 12)).snapshot.status is Status.CONNECTED
