"""Every action on an instance: a row before the gateway is called, outcome and status together after the read-back."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sambung.domain.errors import Code, RequestError, SambungError
from sambung.domain.instance import Observation
from sambung.edge.wiring import Parts
from sambung.store import instances, operations, ops_logs, servers, snapshots
from sambung.store.connection import Connection
from sambung.store.instances import Instance
from sambung.store.servers import Server


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


SUCCEEDED = Outcome("succeeded")
_LOG_STATUS = {"succeeded": "ok", "failed": "failed"}


class Journal:
    """Opens and closes operations."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def open(self, instance_id: UUID, action: str, who: Who) -> Running:
        """Write the operation's row; raises `not_found`, `instance_busy`, or `not_found` of its server."""
        with self._parts.database.transaction() as connection:
            found = instances.instance(connection, instance_id)
            if found is None:
                raise RequestError(Code.NOT_FOUND)
            server = servers.server(connection, found.server_id) if found.server_id else None
            if server is None:
                raise RequestError(Code.SESSION_NOT_FOUND_ANYWHERE, params={"instance": found.instance_name})
            return self.begin(connection, found, server, action, who)

    def begin(self, connection: Connection, instance: Instance, server: Server, action: str, who: Who) -> Running:
        """Write the operation's row in a transaction that is open already."""
        plan = operations.Plan(
            session_id=instance.id,
            server_id=server.id,
            instance_name=instance.instance_name,
            action=action,
            actor=who.username,
            correlation_id=who.correlation_id,
        )
        operation_id = operations.begin(connection, plan)
        return Running(operation_id, action, instance, server, who, time.monotonic())

    def close(self, running: Running, outcome: Outcome, seen: Sequence[Observation] = ()) -> None:
        """Write what was seen, the outcome and the log's line in one transaction."""
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
            ops_logs.write(connection, _line(running, outcome))
            if outcome.forget:
                instances.delete_instance(connection, running.instance.id)

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


def _line(running: Running, outcome: Outcome) -> ops_logs.Entry:
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
        latency_ms=round((time.monotonic() - running.started) * 1000),
        detail=dict(outcome.error.evidence) if outcome.error else {},
    )
