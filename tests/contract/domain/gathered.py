"""What a diagnosis at the end of a golden sequence gathers, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sambung.domain.diagnosis.diagnose import diagnose
from sambung.domain.diagnosis.facts import (
    Done,
    Elsewhere,
    Fact,
    Facts,
    KnownServer,
    Pairings,
    Reach,
    Registry,
    Row,
    Says,
    Sighting,
    Webhook,
)
from sambung.domain.instance import WebhookState
from sambung.gateways.evolution.versions import traits
from sambung.gateways.shape import Memory
from tests.contract.domain import story
from tests.contract.domain.golden import WEBJS, End

if TYPE_CHECKING:
    from sambung.domain.instance import Snapshot
    from sambung.gateways.shape import Listed
    from tests.contract.domain.golden import Recorded
    from tests.contract.domain.story import Life

_LISTED = {Memory.OPEN: Says.CONNECTED, Memory.CONNECTING: Says.CONNECTING, Memory.CLOSE: Says.DISCONNECTED}


def end(recorded: Recorded, life: Life) -> End:
    """What Sambung says of a life: the stored row, and what a diagnosis finds."""
    found = life.snapshot
    findings = diagnose(facts(recorded, life))
    return End(found.status, found.error, found.qr is not None, tuple(one.code for one in findings))


def facts(recorded: Recorded, life: Life) -> Facts:
    """What a diagnosis right after the last event would have gathered from a server that is well itself."""
    last = max(one.received_at for one in story.told(recorded))
    now = last + story.SOON * (recorded.sweeps + 2)
    says = story.memory(recorded)
    at_work = recorded.own == "delete"
    return Facts(
        now=now,
        registry=_registry(life.snapshot),
        server=_server(recorded),
        reach=Fact(Reach(latency_ms=40), now),
        listed=Fact(_row(story.listed(recorded)), now) if recorded.listed else None,
        memory=None if says is None else Fact(says, now),
        webhook=Fact(Webhook(WebhookState.OK, "sambung.example"), now),
        last_event_at=last,
        server_event_at=last,
        transitions=life.transitions,
        open_operation=Fact("delete", last) if at_work else None,
        last_operation=Fact(Done(recorded.own, "succeeded"), last) if recorded.own and not at_work else None,
        elsewhere=_elsewhere(recorded),
        pairings=Pairings(),
    )


def _registry(found: Snapshot) -> Registry:
    return Registry(
        status=found.status,
        status_since=found.status_since,
        connecting_since=found.connecting_since,
        error=found.error,
        error_evidence=found.error_evidence,
        phone_number=found.phone_number,
        opened_since_pairing=found.opened_since_pairing,
        qr_at=found.qr_at,
        recent_opens=found.recent_opens,
        webhook_state=WebhookState.OK,
        webhook_proven=True,
    )


def _server(recorded: Recorded) -> KnownServer:
    if recorded.folder == WEBJS:
        return KnownServer("3001", kind="webjs", token_proves=False)
    version = story.version(recorded)
    return KnownServer("VPS 1", version=version, new_qr_after_logout=traits(version).new_qr_after_logout)


def _row(found: Listed | None) -> Row:
    if found is None:
        return Row(Says.ABSENT)
    closed_by = found.closed_by.value if found.closed_by else None
    return Row(_LISTED[found.memory], found.phone_number, found.close_reason, found.closed_at, closed_by)


def _elsewhere(recorded: Recorded) -> Elsewhere:
    places = recorded.other_places
    same_name = recorded.folder == WEBJS
    seen = (Sighting(story.ELSEWHERE, name, Says.CONNECTED, same_name=same_name, same_number=True) for name in places)
    return Elsewhere(len(places), len(places), tuple(seen))
