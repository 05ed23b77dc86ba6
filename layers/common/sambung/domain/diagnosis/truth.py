"""The truth panel's words: where memory, list, registry, webhook and other servers contradict each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sambung.domain.diagnosis.facts import Facts, Says, Sighting
from sambung.domain.instance import Status, WebhookState

_ALIVE = frozenset({Says.CONNECTED, Says.CONNECTING})
_TOLD = frozenset({Says.CONNECTED, Says.CONNECTING, Says.DISCONNECTED})
_STATUS_SAYS = {
    Status.CONNECTED: Says.CONNECTED,
    Status.CONNECTING: Says.CONNECTING,
    Status.DISCONNECTED: Says.DISCONNECTED,
}


class Disagreement(StrEnum):
    """A contradiction between two sources, by its name."""

    GHOST_OPEN = "ghost_open"
    """The list says connected, the memory does not."""
    MEMORY_ONLY = "memory_only"
    """The memory has the session, the list does not know the name."""
    LIST_ONLY = "list_only"
    """The list has the name, the memory does not know it."""
    LIST_BEHIND = "list_behind"
    """The list lags behind the memory in any other way."""
    REGISTRY_BEHIND = "registry_behind"
    """The memory says otherwise than our registry."""
    MOVED = "moved"
    """The session lives on another server."""
    WEBHOOK_ELSEWHERE = "webhook_elsewhere"
    """The events go to somebody else's system."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One disagreement, and what each source says."""

    name: Disagreement
    says: dict[str, str]


def contradictions(facts: Facts) -> tuple[Contradiction, ...]:
    """Every disagreement among the sources that answered."""
    return (*_of_list(facts), *_of_registry(facts), *_of_places(facts))


def _of_list(facts: Facts) -> Iterator[Contradiction]:
    if facts.memory is None or facts.listed is None:
        return
    memory, listed = facts.memory.value, facts.listed.value.says
    says = {"memory": memory.value, "list": listed.value}
    if listed is Says.CONNECTED and memory in {Says.CONNECTING, Says.DISCONNECTED}:
        yield Contradiction(Disagreement.GHOST_OPEN, says)
    elif listed is Says.ABSENT and memory in _TOLD:
        yield Contradiction(Disagreement.MEMORY_ONLY, says)
    elif memory is Says.ABSENT and listed is not Says.ABSENT:
        yield Contradiction(Disagreement.LIST_ONLY, says)
    elif memory in _TOLD and listed in _TOLD and memory is not listed:
        yield Contradiction(Disagreement.LIST_BEHIND, says)


def _of_registry(facts: Facts) -> Iterator[Contradiction]:
    memory = facts.memory.value if facts.memory is not None else Says.UNKNOWN
    expected = _STATUS_SAYS.get(facts.registry.status)
    if memory in _TOLD and expected is not None and memory is not expected:
        yield Contradiction(
            Disagreement.REGISTRY_BEHIND, {"registry": facts.registry.status.value, "memory": memory.value}
        )


def _of_places(facts: Facts) -> Iterator[Contradiction]:
    place = moved_to(facts)
    if place is not None:
        yield Contradiction(
            Disagreement.MOVED, {"assigned": facts.server.name if facts.server else "", "found": place.server}
        )
    if facts.webhook_now.state is WebhookState.ELSEWHERE:
        yield Contradiction(Disagreement.WEBHOOK_ELSEWHERE, {"webhook": facts.webhook_now.host or ""})


def by_token(facts: Facts) -> bool:
    """Whether our own token tells whose a session of that name is."""
    return facts.server is None or facts.server.token_proves


def homes(facts: Facts) -> tuple[Sighting, ...]:
    """Other places where this very session is connected: where tokens prove it, a namesake is ours only if ours opens
    it."""
    found = (s for s in facts.elsewhere.sightings if s.same_name and s.says is Says.CONNECTED)
    return tuple(s for s in found if s.ours or (s.ours is None and not by_token(facts)))


def moved_to(facts: Facts) -> Sighting | None:
    """The one other place where the session is connected while it is not where it should be."""
    here = _ALIVE if by_token(facts) else frozenset({Says.CONNECTED})
    if facts.memory is not None and facts.memory.value in here:
        return None
    found = homes(facts)
    return found[0] if len(found) == 1 else None
