"""Shares are weighed by time, add up to 1, and never claim what nobody saw."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.instance import Status
from sambung.domain.uptime import WORDS, Change, History, Span, cells, shares, stays, timeline, uptime

START = datetime(2026, 3, 1, tzinfo=UTC)
LONG_AGO = START - timedelta(days=99)
DAY = timedelta(hours=24)
WINDOW = Span(START, START + DAY)
STATUSES = st.sampled_from([status.value for status in Status])


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def history(
    *changes: tuple[float, str, str], blind: tuple[tuple[float, float], ...] = (), created: datetime = LONG_AGO
) -> History:
    found = [Change(at(hours), old, new) for hours, old, new in changes]
    spans = [Span(at(begin), at(end)) for begin, end in blind]
    return History(UUID(int=1), created, changes[-1][2] if changes else "connected", found, spans)


def told(one: History) -> dict[str, float]:
    return {word: round(part, 4) for word, part in shares(timeline(one, WINDOW)).items() if part}


def test_without_changes_the_present_status_was_always_so() -> None:
    assert told(history()) == {"connected": 1.0}


def test_what_precedes_the_first_change_is_told_by_it() -> None:
    assert told(history((6, "error", "connected"))) == {"error": 0.25, "connected": 0.75}


def test_what_nobody_saw_is_unknown_whatever_changed_meanwhile() -> None:
    one = history((6, "connected", "disconnected"), (12, "disconnected", "connected"), blind=((3, 9), (8, 15)))
    assert told(one) == {"connected": 0.5, "unknown": 0.5}


def test_before_it_existed_it_is_unknown() -> None:
    assert told(history(created=at(18))) == {"unknown": 0.75, "connected": 0.25}
    assert told(history(created=at(30))) == {"unknown": 1.0}


def test_uptime_is_the_connected_part_of_what_is_known() -> None:
    one = history((6, "connected", "disconnected"), blind=((12, 24),))
    assert uptime(shares(timeline(one, WINDOW))) == pytest.approx(0.5)
    assert uptime(shares(timeline(history(blind=((-1, 25),)), WINDOW))) is None


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Any: changes of the same time, out of order with their creation, blind spans that overlap or lie outside."""
    hours = st.floats(-30, 50, allow_nan=False)
    when = sorted(draw(st.lists(hours, max_size=8)))
    changes = [(hour, draw(STATUSES), draw(STATUSES)) for hour in when]
    blind = [tuple(sorted(draw(st.tuples(hours, hours)))) for _ in range(draw(st.integers(0, 4)))]
    return history(*changes, blind=tuple(blind), created=at(draw(hours)))  # type: ignore[arg-type]


@given(histories())
def test_the_window_is_covered_once_and_the_shares_add_up_to_one(one: History) -> None:
    segments = timeline(one, WINDOW)
    assert (segments[0].span.begin, segments[-1].span.end) == (WINDOW.begin, WINDOW.end)
    assert all(a.span.end == b.span.begin and a.word != b.word for a, b in pairwise(segments))
    found = shares(segments)
    assert set(found) == set(WORDS)
    assert sum(found.values()) == pytest.approx(1)


@given(histories())
def test_unknown_is_as_long_as_the_time_in_which_nobody_saw(one: History) -> None:
    minutes = [WINDOW.begin + timedelta(minutes=n) for n in range(0, 24 * 60, 7)]
    segments = timeline(one, WINDOW)
    for minute in minutes:
        word = next(s.word for s in segments if s.span.begin <= minute < s.span.end)
        blind = minute < one.created_at or any(span.begin <= minute < span.end for span in one.blind)
        assert (word == "unknown") is blind


@given(histories(), st.integers(1, 200))
def test_cells_cover_the_window(one: History, count: int) -> None:
    assert sum(length for length, _ in cells(timeline(one, WINDOW), WINDOW, count)) == count


def test_an_empty_window_is_unknown() -> None:
    empty = Span(START, START)
    assert shares(timeline(history(), empty))["unknown"] == 1


def test_a_cell_shows_the_worst_that_lasted_a_minute() -> None:
    one = history((1, "connected", "error"), (1 + 1 / 60, "error", "connected"),
                  (2, "connected", "connecting"), (2 + 0.5 / 60, "connecting", "connected"))  # fmt: skip
    assert cells(timeline(one, WINDOW), WINDOW, 24) == ((1, "connected"), (1, "error"), (22, "connected"))


def test_a_cell_that_was_mostly_unseen_is_unknown_and_one_that_is_not_over_is_not() -> None:
    one = history(blind=((1.2, 2), (3.8, 4)))
    assert cells(timeline(one, WINDOW), WINDOW, 24) == ((1, "connected"), (1, "unknown"), (22, "connected"))
    begun = timeline(history(), Span(START, at(23.1)))
    assert cells(begun, WINDOW, 24) == ((24, "connected"),)


def test_an_instance_was_on_each_server_until_it_left() -> None:
    one, two, three = (UUID(int=n) for n in range(3))
    found = stays(three, [(at(-1), None), (at(6), one), (at(12), two)], WINDOW)
    assert [(stay.server_id, stay.span.begin, stay.span.end) for stay in found] == [
        (one, at(0), at(6)),
        (two, at(6), at(12)),
        (three, at(12), at(24)),
    ]
