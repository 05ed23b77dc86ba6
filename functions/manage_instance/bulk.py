"""Works off an operation on many instances: some of each server's at once, for as long as there is time.

Whoever comes next goes on where it stands: by the list alone, and by the operations of its items.
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID, uuid4

from manage_instance import failpoint
from manage_instance.journal import INVOCATION_OUTLIVES_ANSWER_S, Running, Unfinished, Who
from sambung.domain.bulk import Item, Step, ending, may_ask_again, next_step, result
from sambung.domain.errors import Code, GatewayFailed, SambungError, StoreUnavailable
from sambung.edge import waking
from sambung.edge.wiring import Parts
from sambung.store import bulk, instances, operations, ops_logs, servers
from sambung.store.bulk import Parent
from sambung.store.connection import Connection

AT_ONCE_PER_SERVER = 4
CHILD_WITHIN_S = 15.0
# With less time left nothing is begun any more.
CHILD_NEEDS_S = 8.0
LEASE_OUTLIVES_PASS_S = 5.0
AGAIN_AFTER_S = 5
_LOG_STATUS = {"succeeded": "ok", "failed": "failed", "cancelled": "failed"}


class Kind(Protocol):
    """What an action on many does with each one."""

    action: str

    def begin(self, connection: Connection, parent: Parent, item: Item, who: Who) -> Running | None:
        """Open the item's operation; None where there is nothing to do. Raises SambungError where it cannot begin."""

    async def work(self, parent: Parent, running: Running) -> None:
        """Do it and close its operation; what it raises is in the operation already."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What one pass did. `taken`: nobody else was at it; `state`: how the whole ended, None where it goes on."""

    taken: bool
    begun: int = 0
    state: str | None = None


def go_on(parts: Parts, kinds: Mapping[str, Kind], operation_id: UUID, *, seconds: float) -> Passed:
    """Work on it for at most so long, and ask for somebody to go on where that was not all."""
    holder, now = uuid4(), parts.now()
    held_until = now + timedelta(seconds=seconds + LEASE_OUTLIVES_PASS_S)
    with parts.database.transaction() as connection:
        parent = bulk.take(connection, operation_id, holder, now, held_until)
    if parent is None:
        return Passed(taken=False)
    worker = _Pass(parts, kinds[parent.action], parent, time.monotonic() + seconds)
    parts.run(worker.run())
    state = settle(parts, parent.id, holder)
    if state is None:
        delay_s = 0 if worker.out_of_time else AGAIN_AFTER_S
        waking.ask_for_work(parts.settings.work_queue_url, [parent.id], delay_s=delay_s)
    return Passed(taken=True, begun=worker.begun, state=state)


def settle(parts: Parts, operation_id: UUID, holder: UUID | None = None) -> str | None:
    """End the whole where all its parts have ended; its end, or None."""
    with parts.database.transaction() as connection:
        parent = bulk.parent(connection, operation_id, hold=True)
        if parent is None or parent.ended_at is not None:
            return parent.state if parent else None
        cancelled = parent.cancelled_by is not None
        results = [result(item, cancelled=cancelled) for item in bulk.items(connection, operation_id)]
        state = ending(results, cancelled=cancelled)
        if state is not None:
            counts: dict[str, object] = {str(one): results.count(one) for one in sorted(set(results))}
            operations.end(connection, operation_id, state, now=parts.now(), evidence=counts)
            ops_logs.write(connection, _line(parent, state, counts))
        if holder is not None:
            bulk.give_back(connection, operation_id, holder)
    return state


def _line(parent: Parent, state: str, counts: dict[str, object]) -> ops_logs.Entry:
    return ops_logs.Entry(
        action=f"{parent.action}-all" if parent.action == "sync" else parent.action,
        status=_LOG_STATUS.get(state, "unknown"),
        instance_name="",
        actor=parent.actor,
        correlation_id=parent.correlation_id,
        operation_id=parent.id,
        detail=counts,
    )


class _Pass:
    """One worker's turn. `until` is on the monotonic clock."""

    def __init__(self, parts: Parts, kind: Kind, parent: Parent, until: float) -> None:
        self._parts = parts
        self._kind = kind
        self._parent = parent
        self._until = until
        self.begun = 0
        self.out_of_time = False

    async def run(self) -> None:
        """Each server has its own lanes, so that a slow one keeps no other waiting. Raises StoreUnavailable."""
        lanes: dict[UUID | None, deque[tuple[Item, Step]]] = defaultdict(deque)
        for item, step in self._todo():
            lanes[item.server_id].append((item, step))
        ends = await asyncio.gather(
            *(self._lane(lane) for lane in lanes.values() for _ in range(AT_ONCE_PER_SERVER)), return_exceptions=True
        )
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    def _todo(self) -> Sequence[tuple[Item, Step]]:
        now, cancelled = self._parts.now(), self._parent.cancelled_by is not None
        with self._parts.database.transaction() as connection:
            found = bulk.items(connection, self._parent.id)
        steps = [(item, next_step(item, now, cancelled=cancelled)) for item in found]
        return [(item, step) for item, step in steps if step is not Step.LEAVE]

    async def _lane(self, lane: deque[tuple[Item, Step]]) -> None:
        while lane:
            if self._until - time.monotonic() < CHILD_NEEDS_S:
                self.out_of_time = True
                return
            await self._do(*lane.popleft())

    async def _do(self, item: Item, step: Step) -> None:
        deadline = min(time.monotonic() + CHILD_WITHIN_S, self._until)
        who = Who(self._parent.actor, self._parent.correlation_id, deadline)
        try:
            running = self._open(item, step, who)
        except StoreUnavailable:
            raise
        except SambungError as error:
            self._not_begun(item, error)
            return
        if running is None:
            return
        self.begun += 1
        failpoint.reach("row", self._kind.action)
        try:
            await self._kind.work(self._parent, running)
        except StoreUnavailable:
            raise
        except (SambungError, Unfinished):
            # Its operation tells, or goes on and is taken up again.
            return

    def _open(self, item: Item, step: Step, who: Who) -> Running | None:
        with self._parts.database.transaction() as connection:
            if bulk.is_cancelled(connection, self._parent.id):
                return None
            if step is Step.RESUME:
                return self._resumed(connection, item, who)
            running = self._kind.begin(connection, self._parent, item, who)
            if running is None:
                bulk.over(connection, self._parent.id, item.position)
                return None
            child_id, instance_id = running.operation_id, running.instance.id
            bulk.begun(connection, self._parent.id, item.position, child_id, instance_id)
            return running

    def _resumed(self, connection: Connection, item: Item, who: Who) -> Running | None:
        """The operation a dead worker left, where it stands: everything it does is safe to repeat."""
        now = self._parts.now()
        left_s = max(who.deadline - time.monotonic(), 0) + INVOCATION_OUTLIVES_ANSWER_S
        until = now + timedelta(seconds=left_s)
        if item.child is None or item.instance_id is None or item.server_id is None:
            return None
        if not bulk.resumed(connection, self._parent.id, item, now=now, until=until):
            return None
        instance = instances.instance(connection, item.instance_id)
        server = servers.server(connection, item.server_id)
        if instance is None or server is None:
            operations.end(connection, item.child.id, "succeeded" if instance is None else "failed", now=now)
            return None
        return Running(item.child.id, self._kind.action, instance, server, who, time.monotonic())

    def _not_begun(self, item: Item, error: SambungError) -> None:
        """Busy or resting ones are asked again for a while; everything else is their end."""
        later = error.code is Code.INSTANCE_BUSY or _rests(error)
        now = self._parts.now()
        with self._parts.database.transaction() as connection:
            if later and may_ask_again(item.refused_at, now):
                bulk.refused(connection, self._parent.id, item.position, now)
            else:
                bulk.over(connection, self._parent.id, item.position, error.code.value, error.params)


def _rests(error: SambungError) -> bool:
    return isinstance(error, GatewayFailed) and error.params.get("cause") == "resting"
