"""What POST /api/reconcile takes and answers."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from reconciler.outcome import Result, ServerResult

Outcome = Literal["swept", "planned", "unreadable", "out_of_time", "held", "enqueued"]


class ReconcileAsked(BaseModel):
    """`server_id`: one server, of which every instance is read. `dry_run`: the plan alone."""

    model_config = ConfigDict(extra="forbid")

    server_id: UUID | None = None
    dry_run: Annotated[bool, Field(strict=True)] = False


class PlannedRead(BaseModel):
    """An instance that is read in the gateway's memory, or whose webhook is looked at, and why."""

    instance_id: UUID
    instance_name: str
    why: str


class ServerReconciled(BaseModel):
    """One server's part. `unmanaged`: names it has and the registry has not. `listed`: how many it has."""

    server_id: UUID
    name: str
    outcome: Outcome
    cause: str | None
    listed: int | None
    reads: list[PlannedRead]
    webhook_looks: list[PlannedRead]
    unmanaged: list[str]


class Reconciled(BaseModel):
    """What a run did, with its plan; `enqueued` servers follow within minutes. `moved`: assignments that followed their
    session; `conflicts`: sessions or numbers open in several places."""

    run_id: UUID | None
    dry_run: bool
    servers: list[ServerReconciled]
    reads: int
    changed: int
    webhooks_repaired: int
    operations_ended: int
    moved: int
    conflicts: int


def reconciled(result: Result) -> Reconciled:
    """A run as it is shown."""
    return Reconciled(
        run_id=None if result.dry_run else result.run_id,
        dry_run=result.dry_run,
        servers=[_server(one) for one in result.servers],
        reads=result.reads,
        changed=result.changed,
        webhooks_repaired=result.webhooks_repaired,
        operations_ended=result.operations_ended,
        moved=result.moved,
        conflicts=result.conflicts,
    )


def _server(one: ServerResult) -> ServerReconciled:
    reads = one.plan.reads if one.plan else ()
    looks = one.plan.looks if one.plan else ()
    return ServerReconciled.model_validate(
        {
            "server_id": one.server.id,
            "name": one.server.name,
            "outcome": one.outcome,
            "cause": one.cause,
            "listed": one.listed,
            "reads": [
                PlannedRead(instance_id=r.instance.id, instance_name=r.instance.name, why=r.why.value) for r in reads
            ],
            "webhook_looks": [
                PlannedRead(instance_id=r.instance.id, instance_name=r.instance.name, why=r.why.value) for r in looks
            ],
            "unmanaged": list(one.plan.unmanaged) if one.plan else [],
        }
    )
