"""Facts in one line: a healthy number, of which a test changes what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sambung.domain.diagnosis.facts import (
    Done,
    Elsewhere,
    Fact,
    Facts,
    KnownServer,
    Pairings,
    PublicUrl,
    Reach,
    Registry,
    Row,
    Says,
    Sighting,
    Webhook,
    WebhookPolicy,
)
from sambung.domain.errors import Code
from sambung.domain.instance import Source, Status, Transition, WebhookState

NOW = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
HERE = UUID(int=1)
NUMBER, OTHER_NUMBER = "6281234567890", "6281999999999"

WELL = Facts(
    now=NOW,
    registry=Registry(
        Status.CONNECTED,
        NOW - timedelta(hours=5),
        phone_number=NUMBER,
        opened_since_pairing=True,
        webhook_state=WebhookState.OK,
        webhook_proven=True,
    ),
    server=KnownServer("VPS 1", version="2.3.6"),
    reach=Fact(Reach(latency_ms=40), NOW),
    listed=Fact(Row(Says.CONNECTED, phone_number=NUMBER), NOW),
    memory=Fact(Says.CONNECTED, NOW),
    webhook=Fact(Webhook(WebhookState.OK, "sambung.example"), NOW),
    last_event_at=NOW - timedelta(minutes=3),
    server_event_at=NOW - timedelta(minutes=3),
    public_url=PublicUrl("https://sambung.example"),
    pairings=Pairings(),
)


def ago(seconds: float) -> datetime:
    """So long before the diagnosis."""
    return NOW - timedelta(seconds=seconds)


def well(*, registry: dict[str, Any] | None = None, **facts: Any) -> Facts:
    """A healthy number, except for these."""
    return replace(WELL, registry=replace(WELL.registry, **(registry or {})), **facts)


def said(memory: Says, listed: Says | None = None, status: Status = Status.CONNECTED, **facts: Any) -> Facts:
    """Memory, list and registry as given."""
    changes = {"status": status, **facts.pop("registry", {})}
    row = facts.pop("row", {})
    return well(registry=changes, memory=Fact(memory, NOW), listed=Fact(Row(listed or memory, **row), NOW), **facts)


def dialling(seconds: float, *, qr_age: float | None = None, paired: bool = False, **facts: Any) -> Facts:
    """Connecting since so long, with a code of that age or none."""
    since = ago(seconds)
    registry = {
        "status_since": since,
        "connecting_since": since,
        "opened_since_pairing": paired,
        "phone_number": None,
        "qr_at": None if qr_age is None else ago(qr_age),
    }
    return said(Says.CONNECTING, status=Status.CONNECTING, registry=registry, **facts)


def closed(error: Code | None = None, **facts: Any) -> Facts:
    """Seen disconnected, with this as its last error."""
    return said(Says.DISCONNECTED, status=Status.DISCONNECTED, registry={"error": error}, **facts)


def unreached(code: Code, cause: str | None = None, **facts: Any) -> Facts:
    """The server was asked and failed like this."""
    failed = Fact(Reach(code, cause), NOW)
    return well(reach=failed, memory=None, memory_failed=failed, listed=None, webhook=None, **facts)


def hook(
    state: WebhookState,
    *missing: str,
    proven: bool = True,
    policy: WebhookPolicy = WebhookPolicy.OURS,
    **facts: Any,
) -> Facts:
    """The webhook as the server has it."""
    return well(
        registry={"webhook_state": state, "webhook_proven": proven, "webhook_policy": policy},
        webhook=Fact(Webhook(state, "bot.example.com", missing), NOW),
        **facts,
    )


def changed(seconds: float, source: Source = Source.READ, reason: str = "open") -> Transition:
    """A change of status that happened so long ago."""
    return Transition(Status.CONNECTING, Status.CONNECTED, reason, source, HERE, ago(seconds))


def elsewhere(*sightings: Sighting, asked: int = 1, answered: int | None = None) -> Elsewhere:
    """What other servers said."""
    return Elsewhere(asked, asked if answered is None else answered, sightings)


def twin(says: Says = Says.CONNECTED, *, server: str = "VPS 2", **same: Any) -> Sighting:
    """The same number on another server, or whatever is told."""
    return Sighting(UUID(int=2), server, says, **{"same_number": True, **same})


def ended(action: str, state: str, seconds: float = 60) -> Fact[Done]:
    """Our last action."""
    return Fact(Done(action, state), ago(seconds))
