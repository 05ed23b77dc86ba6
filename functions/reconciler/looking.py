"""Reads of a gateway's memory as observations: the only thing that tells what is."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sambung.domain.instance import Observation, Seen, Source, Status
from sambung.domain.meaning import TARGETED_404
from sambung.domain.reconcile import Registered, told_reason
from sambung.edge import observing
from sambung.edge.observing import Event
from sambung.gateways.shape import Failed, Gateway, Listed, Memory

TELLS = {Seen.OPEN: Event.SESSION_VERIFIED, Seen.ABSENT: Event.SESSION_NOT_ON_ASSIGNED_SERVER}
CLAIMS = {Memory.OPEN: Status.CONNECTED, Memory.CONNECTING: Status.CONNECTING, Memory.CLOSE: Status.DISCONNECTED}
_SIGHTS = {Memory.OPEN: Seen.OPEN, Memory.CONNECTING: Seen.CONNECTING, Memory.CLOSE: Seen.CLOSE, None: Seen.ABSENT}


async def look(
    gateway: Gateway, server_id: UUID, instance: Registered, listed: Listed | None, now: Callable[[], datetime]
) -> Observation | None:
    """One instance as its server's memory has it now; None where the server did not say.

    `listed` adds what only a list tells: why it closed and whose number it is.
    """
    asked_at = now()
    answer = await gateway.memory(instance.name)
    if isinstance(answer, Failed) or answer.value is Memory.UNKNOWN:
        return None
    seen = Observation(
        seen=_SIGHTS[answer.value],
        source=Source.READ,
        server_id=server_id,
        received_at=now(),
        at=asked_at,
        generation=instance.generation,
    )
    if answer.value is None:
        return replace(seen, reason=TARGETED_404)
    if listed is None:
        return seen
    if answer.value is Memory.CLOSE:
        return replace(seen, reason=told_reason(listed.close_reason, listed.closed_at, instance))
    if answer.value is Memory.OPEN:
        return replace(seen, phone_number=listed.phone_number, profile_name=listed.profile_name)
    return seen


def announce(instance_id: UUID, seen: Observation, url: str, *, only: Collection[Seen] = frozenset(TELLS)) -> None:
    """Tell by name what a read on the assigned server verified, or that it has not got the session."""
    if seen.seen in TELLS and seen.seen in only:
        found = url if seen.seen is Seen.OPEN else None
        observing.announce(TELLS[seen.seen], instance_id=instance_id, old_url=url, new_url=found)
