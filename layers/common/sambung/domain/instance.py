"""What an instance is to us and what can be seen of it: the words every decision is made in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sambung.domain.errors import Code


class Status(StrEnum):
    """What was last seen of a number's connection; stored."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    ERROR = "error"


class Desired(StrEnum):
    """What the operator wants: a parked number alarms nobody."""

    ONLINE = "online"
    PARKED = "parked"


class WebhookState(StrEnum):
    """Where the gateway sends this instance's events."""

    OK = "ok"
    MISSING = "missing"
    ELSEWHERE = "elsewhere"
    INCOMPLETE = "incomplete"
    DISABLED = "disabled"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Who saw it. A read beats a webhook of the same time."""

    WEBHOOK = "webhook"
    READ = "read"
    ACTION = "action"


class Seen(StrEnum):
    """What an observation says, in our words; each row of the status table is one of these."""

    CREATED = "created"
    CONNECT_ACCEPTED = "connect_accepted"
    QR = "qr"
    CONNECTING = "connecting"
    OPEN = "open"
    CLOSE = "close"
    REFUSED = "refused"
    QR_LIMIT = "qr_limit"
    LOGOUT_NOTICE = "logout_notice"
    REMOVE_NOTICE = "remove_notice"
    STATUS_NOTICE = "status_notice"
    ABSENT = "absent"
    AUTHENTICATED = "authenticated"
    SESSION_READY = "session_ready"
    SESSION_RECONNECTED = "session_reconnected"
    SESSION_DISCONNECTED = "session_disconnected"
    SESSION_ERROR = "session_error"
    SESSION_RECONNECT_FAILED = "session_reconnect_failed"
    SEND_REFUSED = "send_refused"
    ACTION_FAILED = "action_failed"
    ACTIVITY = "activity"


@dataclass(frozen=True, slots=True)
class Qr:
    """A pairing offer. `code` is the text to draw, `image` a PNG data URL, `pairing_code` eight characters.

    At least one of the three is set. `count` is the gateway's own number of this code, `life_s` for how many seconds it
    can be scanned from its receipt, where it tells.
    """

    code: str | None = None
    image: str | None = None
    pairing_code: str | None = None
    count: int | None = None
    life_s: int | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What one webhook, read or action saw of one instance on one server.

    `at`: its time on our clock; None where a gateway's event carries none (it then counts as seen when received).
    `late`: delivered more than 5 s after its time. `reason`: a close code (int) or a vendor's reason word (str).
    `reconnects`: the gateway dials again by itself after this close. `code`: the catalogue code of a failed action.
    `seen` absent with `reason` 404 is a targeted read that found nothing; without, the name was missing in a list.
    """

    seen: Seen
    source: Source
    server_id: UUID
    received_at: datetime
    at: datetime | None = None
    late: bool = False
    generation: int | None = None
    reason: int | str | None = None
    reconnects: bool = False
    qr: Qr | None = None
    phone_number: str | None = None
    profile_name: str | None = None
    code: Code | None = None
    operation_id: UUID | None = None

    @property
    def time(self) -> datetime:
        """The time that orders it."""
        return self.at or self.received_at


@dataclass(frozen=True, slots=True)
class OwnOperation:
    """Our last action on the instance: explains a close 401 as our own doing."""

    kind: str
    open: bool
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The stored row, as far as a decision needs it. `observed_rank` breaks ties of equal time."""

    status: Status
    status_since: datetime
    server_id: UUID | None
    generation: int = 1
    connecting_since: datetime | None = None
    observed_at: datetime | None = None
    observed_rank: int = 0
    recent_opens: tuple[datetime, ...] = ()
    close_reads: int = 0
    absent_reads: int = 0
    qr: Qr | None = None
    qr_at: datetime | None = None
    opened_since_pairing: bool = False
    last_operation: OwnOperation | None = None
    error: Code | None = None
    error_evidence: Mapping[str, object] = field(default_factory=dict)
    phone_number: str | None = None
    expected_number: str | None = None
    profile_name: str | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of status, kept as a row. `reason` is a catalogue code or the word of what was seen."""

    old: Status
    new: Status
    reason: str
    source: Source
    server_id: UUID
    at: datetime
    operation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What an observation changes. `snapshot` is the row to store, equal to the old one where nothing changes.

    `applied` is False for what was only worth logging (`why_not` says why: late, older, generation, foreign_server).
    """

    snapshot: Snapshot
    transition: Transition | None
    needs_check: bool
    applied: bool
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What people see; never stored. `label` is one of the words of the page: connected, connecting, waiting_qr,
    reconnecting, disconnected, error, stale, parked."""

    label: str
    reconnecting: bool
    stuck: bool
    stale: bool


@dataclass(frozen=True, slots=True)
class Restorable:
    """An instance that its server may open again after a restart of its process."""

    id: UUID
    name: str
    status: Status
    phone_number: str | None = field(default=None, repr=False)
