"""Learns how far a gateway's clock is from ours: Evolution stamps its events in local time with a false `Z`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EVENTS_REMEMBERED = 200
JUMP = timedelta(minutes=10)
LATE_AFTER = timedelta(seconds=5)
_RUN_THAT_PROVES_A_JUMP = 10


@dataclass(frozen=True, slots=True)
class Timing:
    """An event's time on our clock, and whether it was delivered so long after it that it must be a repetition."""

    at: datetime
    late: bool


def gap(date_time: datetime, received_at: datetime) -> timedelta:
    """What one event shows of the offset: never less than it, and more by what the delivery took.

    The zone of `date_time` means nothing and is ignored.
    """
    return received_at - date_time.replace(tzinfo=UTC)


def learned(offset: timedelta | None, shown: timedelta) -> timedelta:
    """The offset after one more event: set by the first, lowered at once, never raised by one event alone.

    A repetition shows up to 20 min too much: believed, it would make a stale event look fresh.
    """
    return shown if offset is None else min(offset, shown)


def relearned(offset: timedelta | None, shown: Sequence[timedelta]) -> timedelta | None:
    """The offset from what a server's last events showed, newest last.

    When the last ten all differ from `offset` by more than 10 min, and agree among themselves as prompt deliveries do,
    the server's clock has jumped: what came before them counts no more. Ten that are only late, as after our door was
    away, are each late by another time.
    """
    last = shown[-EVENTS_REMEMBERED:]
    if not last:
        return offset
    run = last[-_RUN_THAT_PROVES_A_JUMP:]
    if len(run) == _RUN_THAT_PROVES_A_JUMP and max(run) - min(run) <= LATE_AFTER and jumped(offset, min(run)):
        return min(run)
    return min(last)


def jumped(old: timedelta | None, new: timedelta) -> bool:
    """Whether the server's clock was set: more than 10 min between two offsets."""
    return old is not None and abs(new - old) > JUMP


def timing(date_time: datetime, received_at: datetime, offset: timedelta) -> Timing:
    """When an event happened, with the offset learned from it and those before; never after it was received."""
    at = min(date_time.replace(tzinfo=UTC) + offset, received_at)
    return Timing(at, late=received_at - at > LATE_AFTER)
