"""Where a session lives: what every server said of it, judged without asking anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Presence(StrEnum):
    """What one server says of a session. `unanswered` proves nothing, least of all absence."""

    CONNECTED = "connected"
    PRESENT = "present"
    ABSENT = "absent"
    UNANSWERED = "unanswered"


class Place(StrEnum):
    """How a search for a session ended."""

    VERIFIED = "verified"
    NOT_CONNECTED = "not_connected"
    MOVED = "moved"
    CONFLICT = "conflict"
    NOWHERE = "nowhere"
    UNKNOWN = "unknown"


class FoundBy(StrEnum):
    """What made somebody look: an event, a message to send, the schedule, or any other doubt."""

    WEBHOOK = "webhook"
    SEND = "send"
    RECONCILE = "reconcile"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`server_id`: the assigned server where verified; the new one where moved; where not connected, the one place
    that has the session. Else None."""

    kind: Place
    server_id: UUID | None = None


def judge(assigned: UUID | None, found: Mapping[UUID, Presence]) -> Verdict:
    """Where the session is, of the servers that were asked. The assigned one is right wherever else it is listed.

    A server that was not asked has not answered; without an assigned one nothing can be verified.
    """
    here = Presence.ABSENT if assigned is None else found.get(assigned, Presence.UNANSWERED)
    if here is Presence.CONNECTED:
        return Verdict(Place.VERIFIED, assigned)
    connected = _where(found, Presence.CONNECTED)
    if len(connected) > 1:
        return Verdict(Place.CONFLICT)
    if connected:
        return Verdict(Place.MOVED, connected[0])
    if here is Presence.PRESENT:
        return Verdict(Place.NOT_CONNECTED, assigned)
    if here is Presence.UNANSWERED or Presence.UNANSWERED in found.values():
        return Verdict(Place.UNKNOWN)
    present = _where(found, Presence.PRESENT)
    if present:
        return Verdict(Place.NOT_CONNECTED, present[0] if len(present) == 1 else None)
    return Verdict(Place.NOWHERE)


def _where(found: Mapping[UUID, Presence], presence: Presence) -> list[UUID]:
    return sorted(server_id for server_id, said in found.items() if said is presence)
