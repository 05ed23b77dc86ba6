"""The one verifying path: a doubt is settled by reading the truth, on the assigned server and where else it may be."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from aws_lambda_powertools import Logger

from reconciler import settling
from reconciler.looking import announce, look
from reconciler.settling import Evidence
from sambung.domain.assignment import FoundBy, Place, Presence
from sambung.domain.instance import Observation, Seen
from sambung.domain.reconcile import is_busy, proves_absence
from sambung.edge.assigning import ANSWER_WITHIN_S
from sambung.edge.wiring import Parts
from sambung.gateways.quirks import quirks
from sambung.gateways.shape import Gateway, Listed, Ok
from sambung.store import reconciling, sightings
from sambung.store.doubts import Case
from sambung.store.reconciling import Wanted
from sambung.store.servers import Server
from sambung.store.sightings import Sight

READS_AT_ONCE = 20
_PRESENCES = {Seen.OPEN: Presence.CONNECTED, Seen.ABSENT: Presence.ABSENT}

logger = Logger()


@dataclass(frozen=True, slots=True)
class Checked:
    """How many of the wished-for checks were still wanted, how many were answered, how many changed a status; how many
    assignments followed their session, how many sessions were found in several places."""

    wanted: int
    answered: int
    changed: int
    moved: int
    conflicts: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one check read. `seen`: on the assigned server; None where that did not say."""

    wanted: Wanted
    case: Case
    seen: Observation | None
    evidence: Evidence | None = None


def check(parts: Parts, instance_ids: Collection[UUID], *, seconds: float) -> Checked:
    """Answer the wishes for a check of these instances. One that cannot be answered stays in the database, where the
    next sweep finds it; one that was answered meanwhile costs nothing."""
    with parts.database.transaction() as connection:
        wished = reconciling.wanted(connection, instance_ids, parts.now())
    due = [one for one in wished if not is_busy(one.instance, parts.now())]
    cases = settling.known_cases(parts, [one.instance.id for one in due])
    answers = parts.run(_read_all(parts, cases, due, seconds))
    ended = [(one, _concluded(parts, one)) for one in answers]
    sights = [sight for one, place in ended if place is not Place.MOVED and (sight := _sight(parts, one)) is not None]
    with parts.database.transaction() as connection:
        decisions = sightings.observe_all(connection, sights)
    moved = sum(place is Place.MOVED for _, place in ended)
    return Checked(
        wanted=len(wished),
        answered=len(sights) + moved,
        changed=sum(decision.transition is not None for decision in decisions.values()),
        moved=moved,
        conflicts=sum(place is Place.CONFLICT for _, place in ended),
    )


async def _read_all(
    parts: Parts, cases: Mapping[UUID, Case], due: Sequence[Wanted], seconds: float
) -> Sequence[_Answer]:
    gate = asyncio.Semaphore(READS_AT_ONCE)
    answers: list[_Answer] = []

    async def one(wanted: Wanted, case: Case) -> None:
        async with gate:
            answers.append(await _read(parts, case, wanted))

    known = [(wanted, case) for wanted in due if (case := cases.get(wanted.instance.id)) is not None]
    try:
        async with asyncio.timeout(max(seconds, 0)):
            await asyncio.gather(*(one(wanted, case) for wanted, case in known))
    except TimeoutError:
        logger.warning("checks out of time", extra={"wanted": len(due), "answered": len(answers)})
    return answers


async def _read(parts: Parts, case: Case, wanted: Wanted) -> _Answer:
    """What its own server says, and where that does not settle it, the others; at the same time where one of them said
    to have it, so that a hung server delays nothing."""
    if not wanted.said_elsewhere:
        seen = await _look(parts, case, wanted)
        evidence = await settling.seek(parts, case, here=_here(seen)) if _is_doubted(case, seen) else None
        return _Answer(wanted, case, seen, evidence)
    seen, elsewhere = await asyncio.gather(_look(parts, case, wanted), settling.elsewhere(parts, case))
    found = settling.said(case, _here(seen)) | elsewhere
    return _Answer(wanted, case, seen, Evidence(case, found, await settling.twins(parts, case)))


async def _look(parts: Parts, case: Case, wanted: Wanted) -> Observation | None:
    from sambung.gateways.http import Patience

    server = home(case)
    gateway = parts.gateway_if_any(server, Patience(read_s=ANSWER_WITHIN_S))
    if server is None or gateway is None:
        return None
    return await look(gateway, server.id, wanted.instance, await _row(gateway, wanted), parts.now)


async def _row(gateway: Gateway, wanted: Wanted) -> Listed | None:
    """The list row, before the memory: it tells why a session closed and whose number it is."""
    answer = await gateway.instance(wanted.instance.name)
    return answer.value if isinstance(answer, Ok) else None


def home(case: Case) -> Server | None:
    """The assigned server, where it may be asked."""
    return next((place for place in case.places if place.id == case.sought.server_id), None)


def _here(seen: Observation | None) -> Presence:
    return Presence.UNANSWERED if seen is None else _PRESENCES.get(seen.seen, Presence.PRESENT)


def _is_doubted(case: Case, seen: Observation | None) -> bool:
    """Whether another place may have it. What is present, but not connected, may be so on several nodes; where tokens
    prove whose it is, it has not moved."""
    here, server = _here(seen), home(case)
    if case.in_conflict:
        return True
    if here is Presence.PRESENT:
        return server is not None and not quirks(server.kind, server.version).token_proves
    return here is not Presence.CONNECTED or bool(case.twins)


def _concluded(parts: Parts, answer: _Answer) -> Place | None:
    server = home(answer.case)
    if server is not None and answer.seen is not None:
        announce(answer.case.sought.id, answer.seen, server.base_url)
    if answer.evidence is None:
        return None
    found_by = FoundBy.WEBHOOK if answer.wanted.said_elsewhere else FoundBy.CHECK
    return settling.conclude(parts, answer.evidence, found_by=found_by)


def _sight(parts: Parts, answer: _Answer) -> Sight | None:
    seen, instance, server = answer.seen, answer.wanted.instance, home(answer.case)
    if seen is None:
        return None
    late = server is not None and quirks(server.kind, server.version).opens_late
    if seen.seen is Seen.ABSENT and not proves_absence(instance, parts.now(), opens_late=late):
        return None
    return Sight(instance.id, instance.revision, seen)
