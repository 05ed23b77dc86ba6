"""A failing server is left alone, for longer each time, and tried by one caller at a time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.breaker import CLOSED, LONGEST_REST, OPENS_AFTER, Breaker, admitted, after, again_at

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def failing(times: int, breaker: Breaker = CLOSED, now: datetime = NOW) -> Breaker:
    for _ in range(times):
        breaker = after(breaker, answered=False, now=now)
    return breaker


def test_four_failures_are_borne_and_the_fifth_opens_it() -> None:
    assert admitted(failing(4), NOW) is not None
    assert admitted(failing(5), NOW) is None


def test_an_answer_forgets_all_failures() -> None:
    assert after(failing(4), answered=True, now=NOW) == CLOSED
    assert after(failing(9), answered=True, now=NOW) == CLOSED


def test_each_rest_is_twice_as_long_up_to_five_minutes() -> None:
    breaker, now, rests = failing(OPENS_AFTER), NOW, []
    for _ in range(6):
        assert breaker.open_until is not None
        rests.append((breaker.open_until - now).total_seconds())
        now = breaker.open_until
        let = admitted(breaker, now)
        assert let is not None
        breaker = after(let, answered=False, now=now)
    assert rests == [30, 60, 120, 240, 300, 300]


def test_after_the_rest_one_tries_and_the_others_wait_until_that_is_over_or_given_up() -> None:
    breaker = failing(OPENS_AFTER)
    later = NOW + timedelta(seconds=30)
    trying = admitted(breaker, later)
    assert trying is not None
    assert admitted(trying, later) is None
    assert again_at(trying, later) == later + timedelta(seconds=30)
    assert admitted(trying, later + timedelta(seconds=30)) is not None


def test_what_was_underway_when_it_opened_does_not_prolong_the_rest() -> None:
    breaker = failing(OPENS_AFTER)
    assert failing(7, breaker, NOW + timedelta(seconds=1)).open_until == breaker.open_until


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 600)), max_size=60))
def test_it_never_rests_for_more_than_five_minutes_and_never_for_ever(calls: list[tuple[bool, int]]) -> None:
    breaker, now = CLOSED, NOW
    for answered, seconds in calls:
        now += timedelta(seconds=seconds)
        let = admitted(breaker, now)
        if let is not None:
            breaker = after(let, answered=answered, now=now)
        assert again_at(breaker, now) - now <= LONGEST_REST
