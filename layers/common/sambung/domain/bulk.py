"""An action on many instances: what becomes of each, what to do with it next, and when all of it is over."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

MAX_TRIES = 3
REFUSED_FOR = timedelta(minutes=2)
"""How long a busy instance or a resting server is asked again before that is its end."""

_OPEN = frozenset({"planned", "running"})


class Result(StrEnum):
    """What became of one instance. `unknown`: nobody can tell; `cancelled`: never begun."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


FINISHED = frozenset({Result.SUCCEEDED, Result.FAILED, Result.UNKNOWN})


class Step(StrEnum):
    """What a worker does with an item. `leave`: somebody else works on it, or it is over."""

    BEGIN = "begin"
    RESUME = "resume"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Child:
    """An item's latest operation. `until`: then its process is surely over. `by_sweep`: a sweep ended it."""

    id: UUID
    state: str
    until: datetime | None
    by_sweep: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One instance of the list. `state` as stored: waiting, begun, succeeded, failed or cancelled."""

    position: int
    instance_id: UUID | None
    server_id: UUID | None
    name: str
    state: str
    tries: int = 0
    refused_at: datetime | None = None
    error: str | None = None
    error_params: Mapping[str, str] = field(default_factory=dict)
    child: Child | None = None

    @property
    def failure(self) -> str | None:
        """The code of what went wrong, wherever it is kept."""
        return self.error or (self.child.error if self.child else None)


def result(item: Item, *, cancelled: bool) -> Result:
    """What became of it so far."""
    if item.state != "begun" or item.child is None:
        return Result.WAITING if item.state == "begun" else Result(item.state)
    if item.child.state in _OPEN:
        return Result.RUNNING
    if item.child.state == "succeeded":
        return Result.SUCCEEDED
    if _again(item, cancelled=cancelled):
        return Result.RUNNING
    return Result.UNKNOWN if item.child.state == "needs_operator" else Result.FAILED


def next_step(item: Item, now: datetime, *, cancelled: bool) -> Step:
    """What to do with it; what a dead worker left is taken up where its operation stands."""
    if cancelled or item.state not in {"waiting", "begun"}:
        return Step.LEAVE
    if item.state == "waiting" or item.child is None:
        return Step.BEGIN
    if item.child.state in _OPEN:
        abandoned = item.child.until is not None and item.child.until <= now
        return Step.RESUME if abandoned and item.tries < MAX_TRIES else Step.LEAVE
    return Step.BEGIN if _again(item, cancelled=cancelled) else Step.LEAVE


def ending(results: Collection[Result], *, cancelled: bool) -> str | None:
    """How the whole ended, as operations have it; None while something is still to come."""
    if Result.WAITING in results or Result.RUNNING in results:
        return None
    if cancelled and Result.CANCELLED in results:
        return "cancelled"
    if Result.FAILED in results:
        return "failed"
    return "needs_operator" if Result.UNKNOWN in results else "succeeded"


def may_ask_again(refused_at: datetime | None, now: datetime) -> bool:
    """Whether one that was told to come later is asked again, or fails with that."""
    return refused_at is None or now - refused_at < REFUSED_FOR


def _again(item: Item, *, cancelled: bool) -> bool:
    """What a sweep ended for a dead worker is done again: all that is done to many is safe to repeat."""
    return (
        not cancelled
        and item.child is not None
        and item.child.state in {"failed", "needs_operator"}
        and item.child.by_sweep
        and item.tries < MAX_TRIES
    )
