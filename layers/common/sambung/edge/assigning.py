"""Follows sessions: asks servers where one is, changes the assignment once it is proven, and tells who looks."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from psycopg.errors import UniqueViolation

from sambung.domain.assignment import FoundBy, Place, Presence, Verdict
from sambung.domain.errors import Code
from sambung.domain.instance import Observation, Seen, Source
from sambung.edge import observing
from sambung.edge.keyring import SecretUnreadable
from sambung.edge.observing import Event, Metric
from sambung.edge.wiring import Parts
from sambung.gateways.shape import Failed, Gateway, Memory, Result
from sambung.store import assignments, snapshots
from sambung.store.assignments import Move, Sought
from sambung.store.servers import Server

ANSWER_WITHIN_S = 3.0
HURRY_S = 0.3
_NO_TOKENS = frozenset({"webjs"})


class Session(Protocol):
    """An instance whose session is looked for: `assignments.Sought` and `instances.Instance` are such."""

    @property
    def id(self) -> UUID: ...
    @property
    def instance_name(self) -> str: ...
    @property
    def server_id(self) -> UUID | None: ...
    @property
    def instance_token_sealed(self) -> str | None: ...


async def locate(
    parts: Parts,
    session: Session,
    servers: Collection[Server],
    *,
    seconds: float = ANSWER_WITHIN_S,
    hurry_s: float = HURRY_S,
) -> Mapping[UUID, Presence]:
    """What each of these servers says of the session, all asked at once, each once and within `seconds`.

    After the first that has it connected the others have `hurry_s` left; who did not answer is `unanswered`.
    `assignments.places` knows whom to ask. Never raises for what a gateway can do.
    """
    found = {server.id: Presence.UNANSWERED for server in servers}
    tasks = {asyncio.create_task(_presence(parts, session, server, seconds)): server.id for server in servers}
    now = asyncio.get_running_loop().time
    ends, pending, hurried = now() + seconds, set(tasks), False
    try:
        while pending and now() < ends:
            done, pending = await asyncio.wait(pending, timeout=ends - now(), return_when=asyncio.FIRST_COMPLETED)
            found |= {tasks[task]: task.result() for task in done}
            if not hurried and Presence.CONNECTED in found.values():
                ends, hurried = min(ends, now() + hurry_s), True
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
    return found


async def _presence(parts: Parts, session: Session, server: Server, seconds: float) -> Presence:
    from sambung.gateways.http import Patience

    gateway = parts.gateway_if_any(server, Patience(read_s=seconds, repeats=0))
    if gateway is None:
        return Presence.UNANSWERED
    if server.kind in _NO_TOKENS:
        return presence(await gateway.memory(session.instance_name))
    return await _owned(parts, session, server, gateway)


async def _owned(parts: Parts, session: Session, server: Server, gateway: Gateway) -> Presence:
    """On a kind with tokens ours opens our session, and what it does not open is somebody else's.

    Without one, only the registry says that the instance on the assigned server is ours; elsewhere nothing can.
    """
    try:
        token = session.instance_token_sealed and parts.keyring.unseal(session.instance_token_sealed)
    except SecretUnreadable:
        return Presence.UNANSWERED
    if not token and server.id != session.server_id:
        return Presence.ABSENT
    return presence(await gateway.memory(session.instance_name, token))


def presence(said: Result[Memory | None]) -> Presence:
    """A targeted read as a presence; a namesake that is not ours is no presence of ours."""
    if isinstance(said, Failed):
        return Presence.ABSENT if said.code is Code.INSTANCE_EXISTS else Presence.UNANSWERED
    if said.value is None:
        return Presence.ABSENT
    return Presence.CONNECTED if said.value is Memory.OPEN else Presence.PRESENT


def adopt(parts: Parts, session: Session, verdict: Verdict, *, found_by: FoundBy) -> bool:
    """Assign the instance to the server where its session was just seen connected; whether this call did it.

    False where it was assigned anew since `session` was read, or where that server has another instance of the name:
    read it again. Writes the sync event and the sight of the open session with it, and announces all after the commit.
    """
    if verdict.kind is not Place.MOVED or verdict.server_id is None:
        return False
    try:
        moved = _move(parts, session, verdict.server_id, found_by)
    except UniqueViolation:
        return False
    if moved is None:
        return False
    _announce_move(session.id, moved, found_by)
    return True


def _move(parts: Parts, session: Session, to_server: UUID, found_by: FoundBy) -> Move | None:
    with parts.database.transaction() as connection:
        moved = assignments.move(
            connection, _sought(session), to_server, found_by=found_by, correlation_id=observing.correlation_id()
        )
        if moved is not None:
            now = parts.now()
            seen = Observation(Seen.OPEN, Source.READ, to_server, received_at=now, at=now)
            snapshots.observe(connection, session.id, seen)
        return moved


def _announce_move(session_id: UUID, moved: Move, found_by: FoundBy) -> None:
    events = [Event.ASSIGNMENT_AUTO_SYNCED]
    if found_by is FoundBy.RECONCILE:
        events.append(Event.HEALTH_CHECK_CORRECTED_ASSIGNMENT)
    for event in (*events, Event.INSTANCE_SYNC_SUCCESSFUL):
        observing.announce(event, instance_id=session_id, old_url=moved.old_url, new_url=moved.new_url)
    observing.measure(Metric.SYNC_SUCCESS_RATE, 100)
    if found_by is not FoundBy.WEBHOOK:
        observing.measure(Metric.AUTO_SYNCS)


def not_found(parts: Parts, session: Session, *, found_by: FoundBy) -> None:
    """Keep that the session was found on no server."""
    with parts.database.transaction() as connection:
        news = assignments.not_found(
            connection, _sought(session), found_by=found_by, correlation_id=observing.correlation_id()
        )
    if news:
        observing.measure(Metric.SYNC_SUCCESS_RATE, 0)


def conflict(parts: Parts, session: Session, found: Mapping[UUID, Presence], *, found_by: FoundBy) -> None:
    """Keep that several servers, and not the assigned one, have the session connected."""
    open_on = [(one, session.instance_name) for one, said in found.items() if said is Presence.CONNECTED]
    contested(parts, session, open_on, found_by=found_by)


def contested(parts: Parts, session: Session, open_on: Sequence[tuple[UUID, str]], *, found_by: FoundBy) -> None:
    """Keep that its session or its number is open in all these places (server, instance name): nothing is sent until
    one of them alone is verified."""
    with parts.database.transaction() as connection:
        news = assignments.begin_conflict(
            connection, session.id, open_on, found_by=found_by, correlation_id=observing.correlation_id()
        )
    if news:
        observing.measure(Metric.SYNC_SUCCESS_RATE, 0)


def verified(parts: Parts, session: Session, server: Server) -> None:
    """Keep that the session is connected where it is assigned, and tell."""
    with parts.database.transaction() as connection:
        assignments.verified(connection, session.id)
    observing.announce(Event.SESSION_VERIFIED, instance_id=session.id, old_url=server.base_url, new_url=server.base_url)


def unverified(parts: Parts, session: Session, server: Server) -> int:
    """Keep that the assigned server has not got the session, and tell; how often in a row now."""
    with parts.database.transaction() as connection:
        failures = assignments.unverified(connection, session.id)
    observing.announce(
        Event.SESSION_NOT_ON_ASSIGNED_SERVER, instance_id=session.id, old_url=server.base_url, new_url=None
    )
    return failures


def _sought(session: Session) -> Sought:
    return Sought(session.id, session.instance_name, session.server_id, session.instance_token_sealed)
