"""What becomes of each instance of an operation on many, and when all of it is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.bulk import FINISHED, MAX_TRIES, Child, Item, Result, Step, ending, may_ask_again, next_step, result

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ITEM = Item(1, UUID(int=1), UUID(int=2), "toko-1", "waiting")
CHILD = Child(UUID(int=3), "running", NOW + timedelta(seconds=1))
BEGUN = replace(ITEM, state="begun", tries=1, child=CHILD)

children = st.builds(
    Child,
    id=st.just(UUID(int=3)),
    state=st.sampled_from(["planned", "running", "succeeded", "failed", "needs_operator"]),
    until=st.sampled_from([None, NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)]),
    by_sweep=st.booleans(),
)
items = st.one_of(
    st.sampled_from(["waiting", "succeeded", "failed", "cancelled"]).map(lambda state: replace(ITEM, state=state)),
    st.builds(lambda child, tries: replace(BEGUN, child=child, tries=tries), children, st.integers(1, MAX_TRIES + 1)),
)


@given(items, st.booleans())
def test_what_is_over_is_never_touched_again(item: Item, cancelled: bool) -> None:
    if result(item, cancelled=cancelled) in FINISHED | {Result.CANCELLED}:
        assert next_step(item, NOW, cancelled=cancelled) is Step.LEAVE


@given(items)
def test_nothing_begins_after_a_cancel(item: Item) -> None:
    assert next_step(item, NOW, cancelled=True) is Step.LEAVE


@given(st.lists(st.sampled_from(Result), max_size=8), st.booleans())
def test_it_is_over_when_nothing_waits_or_runs_and_not_before(results: list[Result], cancelled: bool) -> None:
    over = ending(results, cancelled=cancelled) is not None
    assert over == (not {Result.WAITING, Result.RUNNING} & set(results))


@pytest.mark.parametrize(
    ("results", "cancelled", "state"),
    [
        ([], False, "succeeded"),
        (["succeeded", "succeeded"], False, "succeeded"),
        (["succeeded", "failed", "unknown"], False, "failed"),
        (["succeeded", "unknown"], False, "needs_operator"),
        (["succeeded", "cancelled"], True, "cancelled"),
        (["succeeded", "succeeded"], True, "succeeded"),
    ],
)
def test_the_whole_ends_as_its_worst_part(results: list[str], cancelled: bool, state: str) -> None:
    assert ending([Result(one) for one in results], cancelled=cancelled) == state


def test_what_somebody_works_on_is_left_and_what_a_dead_one_left_is_taken_up() -> None:
    dead = replace(BEGUN, child=replace(CHILD, until=NOW))
    assert next_step(BEGUN, NOW, cancelled=False) is Step.LEAVE
    assert next_step(dead, NOW, cancelled=False) is Step.RESUME
    assert next_step(replace(dead, tries=MAX_TRIES), NOW, cancelled=False) is Step.LEAVE


@pytest.mark.parametrize("state", ["failed", "needs_operator"])
def test_what_a_sweep_ended_for_a_dead_one_is_done_again_and_what_failed_by_itself_is_not(state: str) -> None:
    swept = replace(BEGUN, child=replace(CHILD, state=state, by_sweep=True))
    own = replace(BEGUN, child=replace(CHILD, state=state))
    assert (next_step(swept, NOW, cancelled=False), result(swept, cancelled=False)) == (Step.BEGIN, Result.RUNNING)
    assert next_step(own, NOW, cancelled=False) is Step.LEAVE
    assert result(own, cancelled=False) in {Result.FAILED, Result.UNKNOWN}
    assert next_step(replace(swept, tries=MAX_TRIES), NOW, cancelled=False) is Step.LEAVE


def test_a_busy_one_is_asked_again_for_two_minutes() -> None:
    assert may_ask_again(None, NOW)
    assert may_ask_again(NOW - timedelta(seconds=119), NOW)
    assert not may_ask_again(NOW - timedelta(seconds=120), NOW)
