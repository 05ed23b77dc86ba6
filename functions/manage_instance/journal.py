"""Every action on an instance: a row before the gateway is called, outcome and status together after the read-back."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from manage_instance import failpoint
from manage_instance.acting import Acting
from manage_instance.marking import Marked
from sambung.domain.errors import Code, GatewayFailed, RequestError, SambungError
from sambung.domain.instance import Observation
from sambung.edge import observing
from sambung.edge.observing import Metric
from sambung.edge.wiring import Parts
from sambung.store import breaker, instances, operations, ops_logs, servers, snapshots
from sambung.store.connection import Connection
from sambung.store.instances import Instance
from sambung.store.servers import Server

T = TypeVar("T")

# A function lives a little longer than its answer may take; then nobody works on the operation any more.
INVOCATION_OUTLIVES_ANSWER_S = 8.0
_SERVER_ERRORS = 500


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks for an action, and how long there is: `deadline` on the monotonic clock, seconds."""

    username: str
    correlation_id: str
    deadline: float


@dataclass(frozen=True, slots=True)
class Running:
    """An action between its row and its outcome."""

    operation_id: UUID
    action: str
    instance: Instance
    server: Server
    who: Who
    started: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an action ended: succeeded, failed, or needs_operator where nobody can know."""

    state: str
    error: SambungError | None = None
    forget: bool = False


class Unfinished(Exception):
    """The time for an answer is over; the operation stays open and the reconciler ends it."""

    def __init__(self, operation_id: UUID) -> None:
        super().__init__(str(operation_id))
        self.operation_id = operation_id


SUCCEEDED = Outcome("succeeded")
FORGOTTEN = Outcome("succeeded", forget=True)
# Letting go is possible while the server is left alone.
_NEED_NO_SERVER = frozenset({"release"})
_LOG_STATUS = {"succeeded": "ok", "failed": "failed"}


class Journal:
    """Opens and closes operations."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def open(self, instance_id: UUID, action: str, who: Who) -> Running:
        """Write the operation's row; raises `not_found`, `instance_busy`, `not_found` of its server, or
        `server_unreachable` while its server is left alone."""
        with self._parts.database.transaction() as connection:
            found = instances.instance(connection, instance_id)
            if found is None:
                raise RequestError(Code.NOT_FOUND)
            server = servers.server(connection, found.server_id) if found.server_id else None
            if server is None:
                raise RequestError(Code.SESSION_NOT_FOUND_ANYWHERE, params={"instance": found.instance_name})
            running = self.begin(connection, found, server, action, who)
        failpoint.reach("row", action)
        return running

    def begin(self, connection: Connection, instance: Instance, server: Server, action: str, who: Who) -> Running:
        """Write the operation's row in a transaction that is open already."""
        now = self._parts.now()
        again_at = breaker.admit(connection, server.id, now)
        if again_at is not None and action not in _NEED_NO_SERVER:
            wait_s = max(round((again_at - now).total_seconds()), 1)
            raise GatewayFailed(
                Code.SERVER_UNREACHABLE,
                transient=True,
                maybe_done=False,
                params={"cause": "resting", "server": server.name, "seconds": str(wait_s)},
            )
        left_s = max(who.deadline - time.monotonic(), 0) + INVOCATION_OUTLIVES_ANSWER_S
        plan = operations.Plan(
            session_id=instance.id,
            server_id=server.id,
            instance_name=instance.instance_name,
            action=action,
            actor=who.username,
            correlation_id=who.correlation_id,
            state="planned",
            generation=instance.generation,
            deadline_at=now + timedelta(seconds=left_s),
        )
        operation_id = operations.begin(connection, plan)
        return Running(operation_id, action, instance, server, who, time.monotonic())

    def perform(
        self,
        running: Running,
        work: Callable[[Acting], Coroutine[Any, Any, T]],
        *,
        failed: Callable[[SambungError, Sequence[Observation]], None] | None = None,
    ) -> tuple[T, Acting]:
        """See `performed`, for who does one thing at a time."""
        return self._parts.run(self.performed(running, work, failed=failed))

    async def performed(
        self,
        running: Running,
        work: Callable[[Acting], Coroutine[Any, Any, T]],
        *,
        failed: Callable[[SambungError, Sequence[Observation]], None] | None = None,
    ) -> tuple[T, Acting]:
        """Do an action's work within its time; what it brought, and what was seen on the way.

        Raises what the work failed with, its operation closed by `failed` or as failed; and Unfinished when time is
        up, its operation still open.
        """
        seen: list[Observation] = []
        try:
            acting = self.acting(running, seen)
            found = await _within(work(acting), running.who.deadline)
        except TimeoutError as error:
            self.note(running, seen)
            raise Unfinished(running.operation_id) from error
        except SambungError as error:
            if failed is None:
                self.fail(running, error, seen)
            else:
                failed(error, seen)
            raise
        failpoint.reach("read-back", running.action)
        return found, acting

    def acting(self, running: Running, seen: list[Observation]) -> Acting:
        """The hands of an action; raises GatewayFailed where its server is switched off."""
        gateway = Marked(
            self._parts.gateway_for(running.server),
            about_to=lambda call: self._about_to(running, call),
            done=lambda call: failpoint.reach(f"after-{call}", running.action),
        )
        return Acting(
            gateway=gateway,
            name=running.instance.instance_name,
            server_id=running.server.id,
            kind=running.server.kind,
            version=running.server.version,
            generation=running.instance.generation,
            operation_id=running.operation_id,
            deadline=running.who.deadline,
            now=self._parts.now,
            seen=seen,
        )

    def _about_to(self, running: Running, call: str) -> None:
        with self._parts.database.transaction() as connection:
            operations.start(connection, running.operation_id)
        failpoint.reach(f"before-{call}", running.action)

    def note(self, running: Running, seen: Sequence[Observation]) -> None:
        """Write what was seen of an action that goes on."""
        with self._parts.database.transaction() as connection:
            for observation in seen:
                snapshots.observe(connection, running.instance.id, observation)

    def close(self, running: Running, outcome: Outcome, seen: Sequence[Observation] = ()) -> None:
        """Write what was seen, the outcome and the log's line in one transaction."""
        line = _line(running, outcome)
        with self._parts.database.transaction() as connection:
            for observation in seen:
                snapshots.observe(connection, running.instance.id, observation)
            operations.end(
                connection,
                running.operation_id,
                outcome.state,
                now=self._parts.now(),
                error_code=outcome.error.code.value if outcome.error else None,
                evidence=dict(outcome.error.evidence) if outcome.error else None,
            )
            ops_logs.write(connection, line)
            breaker.record(
                connection, running.server.id, answered=not _server_failed(outcome.error), now=self._parts.now()
            )
            if outcome.forget:
                instances.delete_instance(connection, running.instance.id)
        observing.measure(Metric.OPERATION_DURATION, line.latency_ms or 0, action=running.action)
        failpoint.reach("outcome", running.action)

    def fail(self, running: Running, error: SambungError, seen: Sequence[Observation] = ()) -> None:
        """Close an action that did not work: needs_operator where it may have taken effect all the same."""
        unknown = getattr(error, "maybe_done", False)
        self.close(running, Outcome("needs_operator" if unknown else "failed", error), seen)

    def now_of(self, instance_id: UUID) -> Instance:
        """The instance's row as it is now; raises `not_found`."""
        with self._parts.database.transaction() as connection:
            found = instances.instance(connection, instance_id)
        if found is None:
            raise RequestError(Code.NOT_FOUND)
        return found


async def _within(work: Coroutine[Any, Any, T], deadline: float) -> T:
    """The work's result; TimeoutError at the deadline, on the monotonic clock."""
    async with asyncio.timeout(max(deadline - time.monotonic(), 0)):
        return await work


def _server_failed(error: SambungError | None) -> bool:
    """Whether this speaks against the whole server: no answer, or one of 500 and above."""
    if not isinstance(error, GatewayFailed) or error.params.get("cause") in {"resting", "disabled"}:
        return False
    if error.code not in {Code.SERVER_UNREACHABLE, Code.SERVER_TIMEOUT, Code.SERVER_ERROR}:
        return False
    http = error.evidence.get("http")
    return not isinstance(http, int) or http >= _SERVER_ERRORS


def _line(running: Running, outcome: Outcome) -> ops_logs.Entry:
    latency_ms = round((time.monotonic() - running.started) * 1000)
    return ops_logs.Entry(
        action=running.action,
        status=_LOG_STATUS.get(outcome.state, "unknown"),
        instance_name=running.instance.instance_name,
        actor=running.who.username,
        correlation_id=running.who.correlation_id,
        session_id=running.instance.id,
        server_id=running.server.id,
        operation_id=running.operation_id,
        error_code=outcome.error.code.value if outcome.error else None,
        latency_ms=latency_ms,
        detail=dict(outcome.error.evidence) if outcome.error else {},
    )
