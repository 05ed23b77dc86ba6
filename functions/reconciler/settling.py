"""Settles where sessions are: reads every place that comes into question, and lets the assignment follow the proof."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from aws_lambda_powertools import Logger

from sambung.domain.assignment import FoundBy, Place, Presence, Verdict, judge
from sambung.edge import assigning
from sambung.edge.assigning import ANSWER_WITHIN_S, presence
from sambung.edge.wiring import Parts
from sambung.gateways.quirks import quirks
from sambung.store import assignments, doubts
from sambung.store.doubts import Case, Twin
from sambung.store.servers import Server

AT_ONCE = 20

logger = Logger()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was read of one case: its session on servers of its kind, and its number's other places (server, name)."""

    case: Case
    found: Mapping[UUID, Presence]
    twins: Mapping[tuple[UUID, str], Presence] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        return judge(self.case.sought.server_id, self.found)


def known_cases(parts: Parts, ids: Collection[UUID]) -> Mapping[UUID, Case]:
    """What is needed to seek these instances, by id."""
    if not ids:
        return {}
    with parts.database.transaction() as connection:
        return doubts.cases(connection, ids)


async def seek_all(
    parts: Parts, cases: Collection[Case], silent: Collection[UUID], *, seconds: float
) -> Sequence[Evidence]:
    """Seek many, some at once; servers known to be `silent` are not asked again. What is found in time counts."""
    gate = asyncio.Semaphore(AT_ONCE)
    found: list[Evidence] = []

    async def one(case: Case) -> None:
        async with gate:
            found.append(await seek(parts, case, silent=silent))

    try:
        async with asyncio.timeout(max(seconds, 0)):
            await asyncio.gather(*map(one, cases))
    except TimeoutError:
        logger.warning("searches out of time", extra={"wanted": len(cases), "ended": len(found)})
    return found


async def seek(
    parts: Parts, case: Case, *, here: Presence | None = None, silent: Collection[UUID] = frozenset()
) -> Evidence:
    """Read the assigned server (unless `here` says what it said just now); connected there, the number's other places;
    else every other server."""
    found = dict(await assigning.locate(parts, case.sought, _home(case, silent))) if here is None else said(case, here)
    if Presence.CONNECTED in found.values():
        return Evidence(case, found, await twins(parts, case))
    return Evidence(case, found | await elsewhere(parts, case, silent=silent))


def said(case: Case, here: Presence) -> dict[UUID, Presence]:
    """What the assigned server said, where there is one."""
    return {} if case.sought.server_id is None else {case.sought.server_id: here}


async def elsewhere(parts: Parts, case: Case, *, silent: Collection[UUID] = frozenset()) -> dict[UUID, Presence]:
    """Every other server, all at once and without hurry: only all answers tell a move from a conflict."""
    others = [place for place in case.places if place.id != case.sought.server_id]
    asked = [place for place in others if place.id not in silent]
    unasked = {place.id: Presence.UNANSWERED for place in others if place.id in silent}
    return unasked | dict(await assigning.locate(parts, case.sought, asked, hurry_s=ANSWER_WITHIN_S))


async def twins(parts: Parts, case: Case) -> Mapping[tuple[UUID, str], Presence]:
    """The other places of its number. Whose they are does not matter: who has it open takes the messages."""
    from sambung.gateways.http import Patience

    async def one(twin: Twin) -> Presence:
        gateway = parts.gateway_if_any(twin.server, Patience(read_s=ANSWER_WITHIN_S, repeats=0))
        return Presence.UNANSWERED if gateway is None else presence(await gateway.memory(twin.instance_name))

    answers = await asyncio.gather(*map(one, case.twins))
    places = [(twin.server.id, twin.instance_name) for twin in case.twins]
    return dict(zip(places, answers, strict=True))


def _home(case: Case, silent: Collection[UUID]) -> Sequence[Server]:
    return [place for place in case.places if place.id == case.sought.server_id and place.id not in silent]


def conclude(parts: Parts, evidence: Evidence, *, found_by: FoundBy) -> Place:
    """Write what the evidence proves, and nothing else; the verdict, which is `unknown` for a move that somebody else
    was quicker to write."""
    sought, verdict = evidence.case.sought, evidence.verdict
    match verdict.kind:
        case Place.MOVED if not assigning.adopt(parts, sought, verdict, found_by=found_by):
            return Place.UNKNOWN
        case Place.CONFLICT:
            assigning.conflict(parts, sought, evidence.found, found_by=found_by)
        case Place.NOWHERE:
            assigning.not_found(parts, sought, found_by=found_by)
            _end_conflict(parts, evidence)
        case Place.NOT_CONNECTED:
            _end_conflict(parts, evidence)
        case Place.VERIFIED:
            return _verified(parts, evidence, found_by)
    return verdict.kind


def _verified(parts: Parts, evidence: Evidence, found_by: FoundBy) -> Place:
    """Connected where it should be, which is a conflict only where its number is open elsewhere, too."""
    case, others = evidence.case, evidence.twins
    open_on = {place for place in others if others[place] is Presence.CONNECTED}
    open_on |= {(one, case.sought.instance_name) for one in _proven_again(evidence)}
    if open_on and case.sought.server_id is not None:
        here = (case.sought.server_id, case.sought.instance_name)
        assigning.contested(parts, case.sought, [here, *open_on], found_by=found_by)
        return Place.CONFLICT
    _end_conflict(parts, evidence)
    return Place.VERIFIED


def _end_conflict(parts: Parts, evidence: Evidence) -> None:
    """It is not open in two places any more, unless one of those that did not answer has it. Where the assigned server
    is the right one, only its number's other places matter."""
    verified = evidence.verdict.kind is Place.VERIFIED
    matter = evidence.twins.values() if verified else (*evidence.twins.values(), *evidence.found.values())
    if evidence.case.in_conflict and Presence.UNANSWERED not in matter:
        with parts.database.transaction() as connection:
            assignments.end_conflict(connection, evidence.case.sought.id)


def _proven_again(evidence: Evidence) -> Sequence[UUID]:
    """Other servers where our own token opens the very session; nodes without tokens may list one session each."""
    return [
        place.id
        for place in evidence.case.places
        if place.id != evidence.case.sought.server_id
        and evidence.found.get(place.id) is Presence.CONNECTED
        and quirks(place.kind, place.version).token_proves
    ]
