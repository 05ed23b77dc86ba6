"""The reconciler's plan: which instances must be read in the gateway's memory, and why. Nothing here reads anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sambung.domain.instance import Status

READ_AT_LEAST_EVERY = timedelta(minutes=10)
UNFINISHED_AFTER = timedelta(seconds=45)


class Why(StrEnum):
    """The reason for a read, the most telling one."""

    UNFINISHED_OPERATION = "unfinished_operation"
    NEEDS_CHECK = "needs_check"
    MISSING_IN_LIST = "missing_in_list"
    LIST_DIFFERS = "list_differs"
    NOT_CONNECTED = "not_connected"
    NOT_READ_LATELY = "not_read_lately"


@dataclass(frozen=True, slots=True)
class Registered:
    """An instance as the registry has it. `operation_since`: when its open operation began."""

    instance_id: UUID
    name: str
    status: Status
    needs_check: bool
    last_read_at: datetime | None
    operation_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """One instance to read in memory."""

    instance_id: UUID
    name: str
    why: Why


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sweep does on one server. `unmanaged` are names the server has and the registry has not."""

    reads: tuple[Read, ...]
    unmanaged: tuple[str, ...]


def plan(registered: Sequence[Registered], listed: Mapping[str, Status | None], now: datetime) -> Plan:
    """Compare the registry with a server's list.

    `listed`: what the list claims of each name, None where it claims nothing. A list is never the truth: whatever it
    says otherwise, or does not say, costs one read in memory, and only that read changes anything.
    """
    reads = [Read(r.instance_id, r.name, why) for r in registered if (why := _why(r, listed, now)) is not None]
    ours = {r.name for r in registered}
    return Plan(reads=tuple(reads), unmanaged=tuple(sorted(name for name in listed if name not in ours)))


def _why(registered: Registered, listed: Mapping[str, Status | None], now: datetime) -> Why | None:
    if registered.operation_since is not None and now - registered.operation_since > UNFINISHED_AFTER:
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
    if registered.last_read_at is None or now - registered.last_read_at > READ_AT_LEAST_EVERY:
        return Why.NOT_READ_LATELY
    return None
