"""What is known of one instance when a diagnosis is made; every source may be silent, and each tells when it spoke."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID

from sambung.domain.errors import Code
from sambung.domain.instance import Desired, Status, Transition, WebhookState
from sambung.domain.qr import QR_LIFE

T = TypeVar("T")


class Says(StrEnum):
    """What one source says of a session."""

    CONNECTED = "connected"
    CONNECTING = "connecting"
    DISCONNECTED = "disconnected"
    ABSENT = "absent"
    UNKNOWN = "unknown"


_OF_STATUS = {
    Status.CONNECTED: Says.CONNECTED,
    Status.CONNECTING: Says.CONNECTING,
    Status.DISCONNECTED: Says.DISCONNECTED,
    Status.ERROR: Says.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """What one source said; `at`: when, on our clock."""

    value: T
    at: datetime


class WebhookPolicy(StrEnum):
    """What the operator wants of the webhook: ours, left alone and watched by reads, or the server's global one."""

    OURS = "ours"
    LEAVE = "leave"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class Registry:
    """Our own row: what was last seen, and what the operator wants. `conflict_on`: the servers where its session or
    its number was found open at once, until one is verified."""

    status: Status
    status_since: datetime
    desired: Desired = Desired.ONLINE
    connecting_since: datetime | None = None
    error: Code | None = None
    error_evidence: Mapping[str, object] = field(default_factory=dict)
    phone_number: str | None = None
    expected_number: str | None = None
    opened_since_pairing: bool = False
    qr_at: datetime | None = None
    qr_life: timedelta = QR_LIFE
    recent_opens: tuple[datetime, ...] = ()
    last_read_at: datetime | None = None
    webhook_state: WebhookState = WebhookState.UNKNOWN
    webhook_proven: bool = False
    webhook_policy: WebhookPolicy = WebhookPolicy.OURS
    conflict_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownServer:
    """The server the instance is assigned to, as registered. `version`: last told, `checked_at` or before.

    `new_qr_after_logout`: else a closed session shows its used code again, and only a new instance helps.
    `offers_restart`, `offers_logout`: there is such a thing. `hears`: what proves its webhooks is known.
    """

    name: str
    kind: str = "evolution"
    enabled: bool = True
    version: str | None = None
    checked_at: datetime | None = None
    new_qr_after_logout: bool = True
    token_proves: bool = True
    offers_restart: bool = True
    offers_logout: bool = True
    hears: bool = True


@dataclass(frozen=True, slots=True)
class Reach:
    """How a call ended. `code` None: it was answered; else how not (`cause`: dns, refused, timeout, tls, ...)."""

    code: Code | None = None
    cause: str | None = None
    http: int | None = None
    said: str = ""
    latency_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The instance's row in the server's list: on Evolution 2.x the database's word. `closed_by`: api or phone."""

    says: Says
    phone_number: str | None = None
    close_reason: int | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where the server sends the instance's events."""

    state: WebhookState
    host: str | None = None
    missing_events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """Our last action, after its end."""

    action: str
    state: str
    error: Code | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """The same name or number in another place. `ours`: our own token opened it; None where that was not asked."""

    server_id: UUID
    server: str
    says: Says
    same_name: bool = False
    same_number: bool = False
    ours: bool | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the other servers of its kind said: how many there are, how many answered, where name or number was seen."""

    asked: int = 0
    answered: int = 0
    sightings: tuple[Sighting, ...] = ()


@dataclass(frozen=True, slots=True)
class Pairings:
    """Pairings that people tried over the whole fleet lately, and the numbers that came through."""

    attempts: int = 0
    numbers: int = 0
    servers: int = 0
    succeeded: int = 0
    first_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublicUrl:
    """Our address as the server is told it; `unreachable`: why it cannot be reached from there (loopback, private)."""

    url: str
    unreachable: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a diagnosis may know. What is None was not asked, or not answered in time.

    `reach` is the answer to the list, which needs the key; `memory_failed` how the read in memory failed.
    `transitions` are newest first. `server_event_at`: the last event of any instance of the server; `refused`: how
    often a webhook in the server's name was refused lately, and when last.
    """

    now: datetime
    registry: Registry
    server: KnownServer | None = None
    reach: Fact[Reach] | None = None
    listed: Fact[Row] | None = None
    memory: Fact[Says] | None = None
    memory_failed: Fact[Reach] | None = None
    webhook: Fact[Webhook] | None = None
    last_event_at: datetime | None = None
    last_qr_event_at: datetime | None = None
    server_event_at: datetime | None = None
    refused: Fact[int] | None = None
    transitions: tuple[Transition, ...] = ()
    open_operation: Fact[str] | None = None
    last_operation: Fact[Done] | None = None
    last_send_ok_at: datetime | None = None
    last_send_error: str | None = None
    elsewhere: Elsewhere = Elsewhere()
    pairings: Pairings | None = None
    public_url: PublicUrl | None = None

    @property
    def state(self) -> Says:
        """What is to be believed: the server's memory, and where it is silent what was last seen of it."""
        if self.memory is not None and self.memory.value is not Says.UNKNOWN:
            return self.memory.value
        return _OF_STATUS[self.registry.status]

    @property
    def key_accepted(self) -> bool | None:
        """Whether the server took our key; None where it did not come to that."""
        if self.reach is None or self.reach.value.code not in {None, Code.SERVER_KEY_REJECTED}:
            return None
        return self.reach.value.code is None

    @property
    def webhook_now(self) -> Webhook:
        """What the server has set; where it did not say, what it had set when last read."""
        return self.webhook.value if self.webhook is not None else Webhook(self.registry.webhook_state)

    @property
    def connecting_for(self) -> timedelta | None:
        """How long it has been connecting; None where it is not."""
        if self.state is not Says.CONNECTING:
            return None
        if self.registry.status is not Status.CONNECTING:
            return timedelta()
        return self.now - (self.registry.connecting_since or self.registry.status_since)

    @property
    def qr_age(self) -> timedelta | None:
        """The age of the stored code; None where there is none."""
        return None if self.registry.qr_at is None else self.now - self.registry.qr_at

    def happened(self, at: datetime | None, *, within: timedelta) -> bool:
        """Whether something happened, and so long ago at most."""
        return at is not None and self.now - at <= within
