"""Where a sweep runs: here when the servers are few, else one message each, and the queue's fan-out does the rest."""

from collections.abc import Collection, Sequence
from uuid import UUID, uuid4

from reconciler.outcome import Result, Scope, ServerResult
from reconciler.sweep import known_servers, sweep
from sambung.edge import observing, waking
from sambung.edge.observing import Metric
from sambung.edge.wiring import Parts
from sambung.store import bulk, sends
from sambung.store.servers import Server


def run(parts: Parts, scope: Scope, *, seconds: float) -> Result:
    """Sweep, or have each server swept, and end the messages whose process died."""
    result = _run(parts, scope, seconds)
    if not scope.dry_run:
        with parts.database.transaction() as connection:
            result.operations_ended += sends.end_abandoned(connection, parts.now())
    return result


def _run(parts: Parts, scope: Scope, seconds: float) -> Result:
    """What the queue does not take is swept here."""
    known = known_servers(parts, scope)
    if scope.dry_run or len(known) <= parts.settings.fan_out_over or not parts.settings.check_queue_url:
        return sweep(parts, scope, seconds=seconds, known=known)
    left = waking.ask_for_sweeps(parts.settings.check_queue_url, [server.id for server in known])
    result = sweep(parts, Scope(frozenset(left)), seconds=seconds) if left else Result(uuid4())
    result.servers += _enqueued(known, left)
    return result


def remind(parts: Parts) -> int:
    """Ask again for work on many instances that nobody is at: whoever was may have died; how many operations."""
    with parts.database.transaction() as connection:
        waiting = bulk.unheld(connection, parts.now())
    waking.ask_for_work(parts.settings.work_queue_url, waiting)
    return len(waiting)


def measured(result: Result) -> None:
    """Count the run where the alarms look: silence there means that nobody reconciles."""
    observing.measure(Metric.RECONCILE_COMPLETED)
    observing.measure(Metric.RECONCILE_READS, result.reads)
    observing.measure(Metric.RECONCILE_CHANGES, result.changed)


def _enqueued(known: Sequence[Server], left: Collection[UUID]) -> list[ServerResult]:
    return [ServerResult(server, "enqueued") for server in known if server.id not in left]
