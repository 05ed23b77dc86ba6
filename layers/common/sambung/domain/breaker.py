"""When a server is left alone: after five failures in a row, for 30 s doubling to 5 min, with one try at a time."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

OPENS_AFTER = 5
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=5)
PROBE_MAY_TAKE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Breaker:
    """`failures` in a row; `openings` since it last answered; `probe_until`: somebody is trying it until then."""

    failures: int = 0
    openings: int = 0
    open_until: datetime | None = None
    probe_until: datetime | None = None


CLOSED = Breaker()


def admitted(breaker: Breaker, now: datetime) -> Breaker | None:
    """The breaker with this call let through; None where the server is left alone.

    When the rest is over one caller tries it; the others wait until that try has ended or was given up.
    """
    if breaker.open_until is None:
        return breaker
    if now < breaker.open_until or (breaker.probe_until is not None and now < breaker.probe_until):
        return None
    return replace(breaker, probe_until=now + PROBE_MAY_TAKE)


def again_at(breaker: Breaker, now: datetime) -> datetime:
    """When the next try may be made."""
    return max(now, breaker.open_until or now, breaker.probe_until or now)


def after(breaker: Breaker, *, answered: bool, now: datetime) -> Breaker:
    """The breaker after a call. What was underway when it opened neither opens it again nor prolongs its rest."""
    if answered:
        return CLOSED
    resting = breaker.open_until is not None and now < breaker.open_until
    failures = breaker.failures + 1
    if resting or failures < OPENS_AFTER:
        return replace(breaker, failures=failures)
    rest = min(FIRST_REST * 2 ** min(breaker.openings, 10), LONGEST_REST)
    return Breaker(failures, breaker.openings + 1, now + rest)
