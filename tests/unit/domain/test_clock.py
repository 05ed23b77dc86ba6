from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.clock import Timing, gap, jumped, learned, relearned, timing
from tests.unit.domain.builders import START, at

HOURS = timedelta(hours=3)
seconds = st.integers(-100_000, 100_000).map(lambda n: timedelta(seconds=n))


def test_a_false_zone_is_learned_from_the_first_event_and_its_time_is_right() -> None:
    claimed = (START - HOURS).replace(tzinfo=None)
    offset = learned(None, gap(claimed, at(0.1)))
    assert timing(claimed, at(0.1), offset) == Timing(at(0.1), late=False)


@given(st.lists(seconds, min_size=1))
def test_the_offset_is_the_least_that_was_shown(shown: list[timedelta]) -> None:
    offset = None
    for one in shown:
        offset = learned(offset, one)
    assert offset == min(shown)


def test_a_repetition_is_late_and_does_not_move_the_offset() -> None:
    offset = learned(-HOURS, gap(START + HOURS, at(900)))
    assert offset == -HOURS
    assert timing(START + HOURS, at(900), offset) == Timing(START, late=True)


def test_late_is_more_than_five_seconds() -> None:
    assert not timing(START, at(5), timedelta()).late
    assert timing(START, at(5.001), timedelta()).late


def test_an_event_is_never_after_its_receipt() -> None:
    assert timing(at(60), START, timedelta()) == Timing(START, late=False)


def test_relearning_takes_the_least_of_the_last_200() -> None:
    shown = [timedelta(seconds=n) for n in (1, *([5] * 199), 4)]
    assert relearned(timedelta(seconds=1), shown) == timedelta(seconds=4)
    assert relearned(timedelta(seconds=1), []) == timedelta(seconds=1)


def test_a_clock_set_back_an_hour_is_believed_after_ten_events() -> None:
    before, after = [timedelta(0)] * 190, [timedelta(hours=1, milliseconds=n) for n in range(10)]
    assert relearned(timedelta(0), before + after[:9]) == timedelta(0)
    assert relearned(timedelta(0), before + after) == timedelta(hours=1)


def test_one_event_from_the_far_future_is_forgotten_after_ten_others() -> None:
    poisoned = learned(timedelta(0), timedelta(days=-30_000))
    assert relearned(poisoned, [poisoned, *[timedelta(seconds=1)] * 10]) == timedelta(seconds=1)


def test_a_jump_is_more_than_ten_minutes() -> None:
    assert not jumped(None, HOURS)
    assert not jumped(timedelta(0), timedelta(minutes=10))
    assert jumped(timedelta(0), timedelta(minutes=-11))


@given(seconds, st.lists(seconds, min_size=1, max_size=40))
def test_the_same_events_are_relearned_whatever_the_clock_shows(ahead: timedelta, delays: list[timedelta]) -> None:
    offset = min(delays)
    shifted = relearned(offset + ahead, [delay + ahead for delay in delays])
    plain = relearned(offset, delays)
    assert plain is not None
    assert shifted == plain + ahead


def test_ten_late_repetitions_in_a_row_are_no_jump_of_the_clock() -> None:
    """After our door was away only old events come for a while, each late by another time."""
    shown = [timedelta(seconds=1), *(timedelta(seconds=620 + 17 * n) for n in range(12))]
    assert relearned(timedelta(seconds=1), shown) == timedelta(seconds=1)
