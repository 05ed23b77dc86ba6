"""A message from its row to its outcome: refused before anything is asked, paced, and recorded before it leaves."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from manage_instance import failpoint
from manage_instance.delivering import Delivering
from manage_instance.journal import INVOCATION_OUTLIVES_ANSWER_S, Who
from sambung.domain import sending
from sambung.domain.errors import Code, GatewayFailed, RequestError, SambungError, StoreUnavailable
from sambung.domain.sending import Message, Standing
from sambung.edge import observing, waking
from sambung.edge.observing import Metric
from sambung.edge.wiring import Parts
from sambung.store import assignments, breaker, instances, ops_logs, sends, servers
from sambung.store.connection import Connection
from sambung.store.instances import Instance
from sambung.store.operations import Plan
from sambung.store.sends import End
from sambung.store.servers import Server

_LOG_STATUS = {"succeeded": "ok", "failed": "failed", "needs_operator": "unknown"}


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message that a server has taken over; `moved`: its number's assignment followed it there."""

    operation_id: UUID
    message_id: str
    server_id: UUID
    moved: bool


@dataclass
class _Going:
    """A message between its row and its outcome.

    `resting_s`: for how many seconds its server is left alone; `last`: the server it was given to.
    """

    operation_id: UUID
    instance: Instance
    standing: Standing
    assigned: Server | None
    places: list[Server]
    resting_s: int | None
    who: Who
    started: float = field(default_factory=time.monotonic)
    last: Server | None = None


class Sending:
    """Sends messages. `presume` keeps, in the given transaction, what is answered to who repeats the request when
    nobody lives to give a better answer."""

    def __init__(self, parts: Parts, presume: Callable[[Connection, SambungError], None]) -> None:
        self._parts = parts
        self._presume = presume

    def run(self, instance_id: UUID, message: Message, who: Who) -> Delivered:
        """Send it; raises SambungError, GatewayFailed with `maybe_done` where it may have been sent all the same."""
        going = self._begin(instance_id, who)
        failpoint.reach("row", sends.ACTION)
        delivering = Delivering(
            parts=self._parts,
            instance=going.instance,
            standing=going.standing,
            assigned=going.assigned,
            places=going.places,
            deadline=who.deadline,
            leave=lambda server: self._leave(going, server),
        )
        try:
            sent, server = self._parts.run(delivering.run(message))
        except SambungError as failed:
            error = _told(failed, going)
            self._close(going, delivering.answered, _failure(error, left=going.last is not None))
            raise error from failed
        evidence = {"moved": delivering.moved, "message_id": sent.message_id}
        self._close(going, delivering.answered, End("succeeded", evidence=evidence, left=True))
        return Delivered(going.operation_id, sent.message_id, server.id, delivering.moved)

    def _begin(self, instance_id: UUID, who: Who) -> _Going:
        """Write the message's row; raises why nothing may be sent, or `send_rate_limited`."""
        now = self._parts.now()
        with self._parts.database.transaction() as connection:
            instance = instances.instance(connection, instance_id)
            standing = sends.standing(connection, instance_id, now)
            if instance is None or standing is None:
                raise RequestError(Code.NOT_FOUND)
            refused = sending.refusal(standing)
            if refused is not None:
                raise refused
            assigned = _enabled(servers.server(connection, instance.server_id) if instance.server_id else None)
            self._take_turn(connection, instance_id)
            resting_until = breaker.admit(connection, assigned.id, now) if assigned else None
            places = [
                one
                for one in assignments.places(connection, instance_id)
                if resting_until is None or one.id != instance.server_id
            ]
            plan = _plan(instance, who, now)
            return _Going(
                operation_id=sends.begin(connection, plan),
                instance=instance,
                standing=standing,
                assigned=next((one for one in places if one.id == instance.server_id), assigned),
                places=places,
                resting_s=None if resting_until is None else max(math.ceil((resting_until - now).total_seconds()), 1),
                who=who,
            )

    def _take_turn(self, connection: Connection, instance_id: UUID) -> None:
        wait_s = sends.take_turn(connection, instance_id, self._parts.settings.sends_per_minute)
        if wait_s is not None:
            raise RequestError(Code.SEND_RATE_LIMITED, params={"seconds": str(max(math.ceil(wait_s), 1))})

    def _leave(self, going: _Going, server: Server) -> None:
        """From here on nobody but the server knows: whoever asks later is told that it may have been sent."""
        with self._parts.database.transaction() as connection:
            sends.leave(connection, going.operation_id, server.id)
            self._presume(connection, sending.maybe_sent(Code.SERVER_TIMEOUT, going.operation_id))
        going.last = server

    def _close(self, going: _Going, answered: Mapping[UUID, bool], end: End) -> None:
        now, line = self._parts.now(), _line(going, end)
        try:
            with self._parts.database.transaction() as connection:
                sends.end(connection, going.operation_id, going.instance.id, end, now)
                if end.error_code is Code.SEND_RATE_LIMITED:
                    sends.rest(connection, going.instance.id, self._parts.settings.sends_per_minute)
                ops_logs.write(connection, line)
                for server_id in sorted(answered):
                    breaker.record(connection, server_id, answered=answered[server_id], now=now)
        except StoreUnavailable as error:
            if not end.left:
                raise
            # What came of it is known and told; the reconciler ends the row.
            observing.wrong(**observing.fault(error))
        failpoint.reach("outcome", sends.ACTION)
        observing.measure(Metric.OPERATION_DURATION, line.latency_ms or 0, action=sends.ACTION)
        if end.doubtful:
            waking.wake(self._parts.settings.check_queue_url, [going.instance.id])


def _enabled(server: Server | None) -> Server | None:
    """The server; raises `server_unreachable` where it is switched off here."""
    if server is not None and not server.enabled:
        raise GatewayFailed(
            Code.SERVER_UNREACHABLE,
            transient=False,
            maybe_done=False,
            params={"cause": "disabled", "server": server.name},
        )
    return server


def _plan(instance: Instance, who: Who, now: datetime) -> Plan:
    left_s = max(who.deadline - time.monotonic(), 0) + INVOCATION_OUTLIVES_ANSWER_S
    return Plan(
        session_id=instance.id,
        server_id=instance.server_id,
        instance_name=instance.instance_name,
        action=sends.ACTION,
        actor=who.username,
        correlation_id=who.correlation_id,
        state="planned",
        generation=instance.generation,
        deadline_at=now + timedelta(seconds=left_s),
    )


def _told(failed: SambungError, going: _Going) -> SambungError:
    """A failure as the sender shall read it."""
    if isinstance(failed, GatewayFailed) and failed.maybe_done:
        return sending.maybe_sent(failed.code, going.operation_id, failed.evidence)
    if failed.code is Code.SEND_RATE_LIMITED:
        return sending.too_fast(failed.evidence)
    if failed.code is Code.SERVER_UNREACHABLE and going.resting_s is not None and going.assigned is not None:
        resting = {"cause": "resting", "server": going.assigned.name, "seconds": str(going.resting_s)}
        return GatewayFailed(failed.code, transient=True, maybe_done=False, params=resting, evidence=failed.evidence)
    return failed


def _failure(error: SambungError, *, left: bool) -> End:
    unknown = isinstance(error, GatewayFailed) and error.maybe_done
    return End(
        state="needs_operator" if unknown else "failed",
        error_code=error.code,
        evidence=error.evidence,
        left=left,
        doubtful=sending.makes_doubtful(error.code),
    )


def _line(going: _Going, end: End) -> ops_logs.Entry:
    server = going.last or going.assigned
    return ops_logs.Entry(
        action=sends.ACTION,
        status=_LOG_STATUS[end.state],
        instance_name=going.instance.instance_name,
        actor=going.who.username,
        correlation_id=going.who.correlation_id,
        session_id=going.instance.id,
        server_id=server.id if server else None,
        operation_id=going.operation_id,
        error_code=end.error_code and end.error_code.value,
        latency_ms=round((time.monotonic() - going.started) * 1000),
        # A message's id may hold its recipient's number.
        detail={name: value for name, value in end.evidence.items() if name != "message_id"},
    )
