"""One sweep: list every server at once, plan what to read, read it, write what was seen, end what was left open."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from aws_lambda_powertools import Logger

from sambung.domain.instance import Observation, Seen, Source, Status
from sambung.domain.meaning import TARGETED_404
from sambung.domain.reconcile import Plan, Read, Registered, plan
from sambung.edge.wiring import Parts
from sambung.gateways.shape import Failed, Gateway, Listed, Memory
from sambung.store import reconciling, servers, snapshots
from sambung.store.servers import Server

READS_AT_ONCE = 10
_CLAIMS = {Memory.OPEN: Status.CONNECTED, Memory.CONNECTING: Status.CONNECTING, Memory.CLOSE: Status.DISCONNECTED}
_SIGHTS = {Memory.OPEN: Seen.OPEN, Memory.CONNECTING: Seen.CONNECTING}

logger = Logger()


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one server answered: its plan and what the reads saw, by instance."""

    server: Server
    plan: Plan | None
    seen: Mapping[UUID, Observation]


def sweep(parts: Parts, *, seconds: float) -> dict[str, int]:
    """Bring the registry up to reality within the given seconds; counts of what was done.

    Every server has the whole time: one that hangs delays no other, it only stays as it was last seen.
    """
    with parts.database.transaction() as connection:
        known = [server for server in servers.all_servers(connection) if server.enabled and server.kind == "evolution"]
        registered = reconciling.registered(connection)
    gathered = parts.run(_gather_all(parts, known, registered, time.monotonic() + seconds))
    changed = ended = 0
    for found in sorted(gathered, key=lambda g: g.server.id):
        changed += _apply(parts, found)
        ended += _end_unfinished(parts, found)
    return {
        "servers": len(known),
        "unreadable": sum(found.plan is None for found in gathered),
        "reads": sum(len(found.seen) for found in gathered),
        "changed": changed,
        "operations_ended": ended,
    }


async def _gather_all(
    parts: Parts, known: Sequence[Server], registered: Mapping[UUID, Sequence[Registered]], deadline: float
) -> list[Gathered]:
    async def within_time(server: Server) -> Gathered:
        try:
            async with asyncio.timeout(max(deadline - time.monotonic(), 0)):
                return await _gather(parts, server, registered.get(server.id, ()))
        except TimeoutError:
            return Gathered(server, None, {})

    return await asyncio.gather(*(within_time(server) for server in known))


async def _gather(parts: Parts, server: Server, registered: Sequence[Registered]) -> Gathered:
    gateway = parts.gateway_for(server)
    answer = await gateway.instances()
    if isinstance(answer, Failed):
        return Gathered(server, None, {})
    rows = {row.name: row for row in answer.value}
    made = plan(registered, {name: _CLAIMS.get(row.memory) for name, row in rows.items()}, parts.now())
    logger.info(
        "plan",
        extra={
            "server_id": str(server.id),
            "reads": {read.name: read.why.value for read in made.reads},
            "unmanaged": len(made.unmanaged),
        },
    )
    gate = asyncio.Semaphore(READS_AT_ONCE)

    async def read(one: Read) -> tuple[UUID, Observation | None]:
        async with gate:
            return one.instance_id, await _look(parts, server, gateway, one.name, rows.get(one.name))

    seen = await asyncio.gather(*(read(one) for one in made.reads))
    return Gathered(server, made, {instance_id: sight for instance_id, sight in seen if sight is not None})


async def _look(parts: Parts, server: Server, gateway: Gateway, name: str, listed: Listed | None) -> Observation | None:
    """One read in memory as an observation; None where the server did not say."""
    asked_at = parts.now()
    answer = await gateway.memory(name)
    if isinstance(answer, Failed) or answer.value is Memory.UNKNOWN:
        return None
    if answer.value is None:
        return _sight(parts, server, Seen.ABSENT, asked_at, reason=TARGETED_404)
    if answer.value is Memory.CLOSE:
        return _sight(parts, server, Seen.CLOSE, asked_at, reason=listed.close_reason if listed else None)
    found = _sight(parts, server, _SIGHTS[answer.value], asked_at)
    if listed is None or answer.value is not Memory.OPEN:
        return found
    return replace(found, phone_number=listed.phone_number, profile_name=listed.profile_name)


def _sight(parts: Parts, server: Server, what: Seen, asked_at: datetime, *, reason: int | None = None) -> Observation:
    return Observation(
        seen=what,
        source=Source.READ,
        server_id=server.id,
        received_at=parts.now(),
        at=asked_at,
        reason=reason,
    )


def _apply(parts: Parts, found: Gathered) -> int:
    """Write what was seen, in the order of ids so that two sweeps never wait for each other in a circle."""
    changed = 0
    with parts.database.transaction() as connection:
        for instance_id in sorted(found.seen):
            decision = snapshots.observe(connection, instance_id, found.seen[instance_id])
            changed += decision is not None and decision.transition is not None
    return changed


def _end_unfinished(parts: Parts, found: Gathered) -> int:
    """End operations whose process died or whose gateway needed longer: by what is there now."""
    now: datetime = parts.now()
    with parts.database.transaction() as connection:
        absent = {i for i, sight in found.seen.items() if sight.seen is Seen.ABSENT}
        return reconciling.end_unfinished(connection, found.server.id, read=set(found.seen), absent=absent, now=now)
