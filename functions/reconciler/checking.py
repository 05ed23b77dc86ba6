"""The one verifying path: a doubt is settled by reading the truth, on the assigned server and on every candidate."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from aws_lambda_powertools import Logger

from reconciler.looking import look
from sambung.domain.instance import Observation, Seen
from sambung.domain.reconcile import is_busy
from sambung.edge.keyring import SecretUnreadable
from sambung.edge.wiring import Parts
from sambung.gateways.shape import Failed, Gateway, Listed, Memory, Ok
from sambung.store import reconciling, servers, sightings
from sambung.store.reconciling import Wanted
from sambung.store.servers import Server
from sambung.store.sightings import Sight

READS_AT_ONCE = 20
ALL_SERVERS = 100_000

logger = Logger()


@dataclass(frozen=True, slots=True)
class Checked:
    """How many of the wished-for checks were still wanted, how many were answered, how many changed a status."""

    wanted: int
    answered: int
    changed: int


def check(parts: Parts, instance_ids: Collection[UUID], *, seconds: float) -> Checked:
    """Answer the wishes for a check of these instances. One that cannot be answered stays in the database, where the
    next sweep finds it; one that was answered meanwhile costs nothing."""
    with parts.database.transaction() as connection:
        wished = reconciling.wanted(connection, instance_ids, parts.now())
        known = {one.id: one for one in servers.all_servers(connection, limit=ALL_SERVERS)} if wished else {}
    due = [one for one in wished if not is_busy(one.instance, parts.now())]
    sights = parts.run(_read_all(parts, known, due, seconds))
    with parts.database.transaction() as connection:
        decisions = sightings.observe_all(connection, sights)
    changed = sum(decision.transition is not None for decision in decisions.values())
    return Checked(wanted=len(wished), answered=len(sights), changed=changed)


async def _read_all(
    parts: Parts, known: Mapping[UUID, Server], due: Sequence[Wanted], seconds: float
) -> Sequence[Sight]:
    gate = asyncio.Semaphore(READS_AT_ONCE)
    sights: list[Sight] = []

    async def one(wanted: Wanted) -> None:
        async with gate:
            seen = await _read(parts, known, wanted)
            if seen is not None:
                sights.append(Sight(wanted.instance.id, wanted.instance.revision, seen))

    try:
        async with asyncio.timeout(max(seconds, 0)):
            await asyncio.gather(*(one(wanted) for wanted in due))
    except TimeoutError:
        logger.warning("checks out of time", extra={"wanted": len(due), "answered": len(sights)})
    return sights


async def _read(parts: Parts, known: Mapping[UUID, Server], wanted: Wanted) -> Observation | None:
    """What its own server says now; what candidates say is told in the log, since only a verified move changes an
    assignment."""
    server = known.get(wanted.server_id)
    gateway = None if server is None else _open(parts, server)
    if gateway is None:
        return None
    seen, *_ = await asyncio.gather(
        look(gateway, wanted.server_id, wanted.instance, await _row(gateway, wanted), parts.now),
        *(_candidate(parts, known[one], wanted) for one in wanted.candidates if one in known),
    )
    return seen


async def _row(gateway: Gateway, wanted: Wanted) -> Listed | None:
    """The list row, before the memory: it tells why a session closed and whose number it is."""
    answer = await gateway.instance(wanted.instance.name)
    return answer.value if isinstance(answer, Ok) else None


async def _candidate(parts: Parts, server: Server, wanted: Wanted) -> None:
    """Whether the session is open on another server, by our own token: a namesake there is not ours."""
    gateway = _open(parts, server)
    if gateway is None or wanted.token_sealed is None:
        return
    answer = await gateway.memory(wanted.instance.name, parts.keyring.unseal(wanted.token_sealed))
    found = answer.code.value if isinstance(answer, Failed) else (answer.value or Seen.ABSENT).value
    logger.info(
        "candidate read",
        extra={
            "instance_id": str(wanted.instance.id),
            "server_id": str(server.id),
            "found": found,
            "open_there": isinstance(answer, Ok) and answer.value is Memory.OPEN,
        },
    )


def _open(parts: Parts, server: Server) -> Gateway | None:
    if not server.enabled or server.kind != "evolution":
        return None
    try:
        return parts.gateway_for(server)
    except SecretUnreadable:
        return None
