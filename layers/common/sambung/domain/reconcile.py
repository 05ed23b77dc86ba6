"""The reconciler's plan: what must be read on a server, and why. Nothing here reads anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import NamedTuple
from uuid import UUID

from sambung.domain.instance import Status, WebhookState

READ_AT_LEAST_EVERY = timedelta(minutes=9)
"""Less than two sweeps, and far below what is shown as stale."""
UNFINISHED_AFTER = timedelta(seconds=45)
LOOK_AT_LEAST_EVERY = timedelta(minutes=55)
LOOKS_IN_ROTATION = 20
SWEEPS_AN_HOUR = 12
ABSENT_AGAIN_AFTER = timedelta(minutes=1)
"""Longer than a server that starts again takes to open its sessions."""
CLOCKS_MAY_DIFFER = timedelta(seconds=5)

_TO_REPAIR = frozenset({WebhookState.MISSING, WebhookState.DISABLED, WebhookState.INCOMPLETE, WebhookState.UNKNOWN})


class Why(StrEnum):
    """The reason for a read, the most telling one."""

    UNFINISHED_OPERATION = "unfinished_operation"
    NEEDS_CHECK = "needs_check"
    MISSING_IN_LIST = "missing_in_list"
    LIST_DIFFERS = "list_differs"
    NOT_CONNECTED = "not_connected"
    NOT_READ_LATELY = "not_read_lately"
    ITS_TURN = "its_turn"
    ASKED_FOR = "asked_for"

    @property
    def is_doubt(self) -> bool:
        """Whether something speaks against what is known; else it is read only because time went by."""
        return self not in {Why.NOT_READ_LATELY, Why.ITS_TURN, Why.ASKED_FOR}


class WhyLook(StrEnum):
    """The reason for a look at a webhook."""

    UNFINISHED_OPERATION = "unfinished_operation"
    TROUBLED = "troubled"
    SUSPECTED = "suspected"
    ROTATION = "rotation"
    ASKED_FOR = "asked_for"


@dataclass(frozen=True, slots=True)
class Running:
    """An operation without an end. `until`: when its invocation is surely over; `state`: planned or running.

    `generation`: the instance's when it began; `sweeps`: how many looked for its end in vain; `token_sealed`: ours.
    """

    id: UUID
    action: str
    since: datetime
    until: datetime | None = None
    state: str = "running"
    generation: int | None = None
    sweeps: int = 0
    token_sealed: str | None = None


class Registered(NamedTuple):
    """An instance as the registry has it. `revision` is its row's, `webhook_looked_at` None asks for a look.

    A tuple, because a sweep makes one of each row there is, and a frozen dataclass takes several times as long.
    """

    id: UUID
    name: str
    status: Status
    status_since: datetime
    needs_check: bool = False
    generation: int = 1
    revision: int = 0
    last_read_at: datetime | None = None
    absent_reads: int = 0
    vanished: bool = False
    webhook: WebhookState = WebhookState.UNKNOWN
    webhook_looked_at: datetime | None = None
    webhook_policy: str = "ours"
    operation: Running | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """One instance to read in memory."""

    instance: Registered
    why: Why


@dataclass(frozen=True, slots=True)
class Look:
    """One webhook to look at."""

    instance: Registered
    why: WhyLook


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sweep does on one server. `unmanaged` are names the server has and the registry has not."""

    reads: tuple[Read, ...]
    looks: tuple[Look, ...]
    unmanaged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """Which sweep this is. Of two that follow each other every instance is read in one, so that what no list and no
    webhook tells is known after both. `thorough`: somebody asked, and all are read."""

    number: int
    now: datetime
    thorough: bool = False


def plan(registered: Sequence[Registered], listed: Mapping[str, Status | None], turn: Turn) -> Plan:
    """Compare the registry with a server's list.

    `listed`: what the list claims of each name, None where it claims nothing. A list is never the truth: whatever it
    says otherwise, or does not say, costs one read in memory, and only that read changes anything.
    """
    idle = [one for one in registered if one.operation is None or not is_busy(one, turn.now)]
    return Plan(
        reads=tuple(Read(one, why) for one in idle if (why := _why(one, listed, turn)) is not None),
        looks=_looks([one for one in idle if one.name in listed and not one.vanished], turn),
        unmanaged=tuple(sorted(listed.keys() - {one.name for one in registered})),
    )


def is_busy(registered: Registered, now: datetime) -> bool:
    """Whether an action of ours is at work on it: it sees for itself, and half of it is not yet there to see."""
    if registered.operation is None:
        return False
    return now <= (registered.operation.until or registered.operation.since + UNFINISHED_AFTER)


def proves_absence(registered: Registered, now: datetime, *, opens_late: bool) -> bool:
    """Whether missing it once more counts. `opens_late`: what was missing a moment ago may not have been opened yet."""
    if not opens_late or registered.absent_reads == 0 or registered.last_read_at is None:
        return True
    return now - registered.last_read_at >= ABSENT_AGAIN_AFTER


def told_reason(reason: int | None, closed_at: datetime | None, registered: Registered) -> int | None:
    """A list row's reason, where it is of the present end: rows keep the last one through a new pairing."""
    if closed_at is None or closed_at >= registered.status_since - CLOCKS_MAY_DIFFER:
        return reason
    return None


def _why(registered: Registered, listed: Mapping[str, Status | None], turn: Turn) -> Why | None:
    if registered.operation is not None:
        return Why.UNFINISHED_OPERATION
    if registered.needs_check:
        return Why.NEEDS_CHECK
    if registered.name not in listed:
        return Why.MISSING_IN_LIST
    claimed = listed[registered.name]
    if claimed is not None and claimed is not registered.status:
        return Why.LIST_DIFFERS
    if registered.status is not Status.CONNECTED:
        return Why.NOT_CONNECTED
    return _why_again(registered, turn)


def _why_again(registered: Registered, turn: Turn) -> Why | None:
    """Nothing speaks against it, but silence proves nothing for long."""
    age = None if registered.last_read_at is None else turn.now - registered.last_read_at
    if age is None or age > READ_AT_LEAST_EVERY:
        return Why.NOT_READ_LATELY
    if turn.thorough:
        return Why.ASKED_FOR
    return Why.ITS_TURN if registered.id.int % 2 == turn.number % 2 else None


def _looks(registered: Sequence[Registered], turn: Turn) -> tuple[Look, ...]:
    urgent: list[Look] = []
    others: list[Registered] = []
    for one in registered:
        why = _why_look(one, turn)
        if why is None:
            others.append(one)
        else:
            urgent.append(Look(one, why))
    return (*urgent, *_rotation(others, turn.now - LOOK_AT_LEAST_EVERY, len(registered)))


def _why_look(registered: Registered, turn: Turn) -> WhyLook | None:
    if registered.operation is not None and registered.operation.action == "set-webhook":
        return WhyLook.UNFINISHED_OPERATION
    if registered.webhook in _TO_REPAIR:
        return WhyLook.TROUBLED
    if registered.webhook_looked_at is None:
        return WhyLook.SUSPECTED
    return WhyLook.ASKED_FOR if turn.thorough else None


def _rotation(registered: Sequence[Registered], before: datetime, of: int) -> list[Look]:
    """Those not looked at for longest: so many in each sweep that an hour sees them all."""
    due = [
        (one.webhook_looked_at, one)
        for one in registered
        if one.webhook_looked_at is not None and one.webhook_looked_at < before
    ]
    due.sort(key=lambda pair: pair[0])
    return [Look(one, WhyLook.ROTATION) for _, one in due[: max(LOOKS_IN_ROTATION, ceil(of / SWEEPS_AN_HOUR))]]
