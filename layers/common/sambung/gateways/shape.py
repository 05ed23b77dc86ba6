"""The shape every gateway module has: what can be asked of a gateway and what it can answer, in our words."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, NamedTuple, NoReturn, Protocol, TypeVar

from sambung.domain.errors import Code, GatewayFailed
from sambung.domain.instance import Qr

T_co = TypeVar("T_co", covariant=True)


class Kind(StrEnum):
    """How a call failed: whether it may be tried again, and whether it may have taken effect."""

    TRANSIENT = "transient"
    PERMANENT = "permanent"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Ok(Generic[T_co]):
    """The call was answered as its contract says; this proves the answer, not the effect."""

    value: T_co


@dataclass(frozen=True, slots=True)
class Failed:
    """The call failed. `cause` tells reachability failures apart (dns, refused, timeout, tls, proxy_5xx, ...);
    `evidence` is the gateway's own text, shortened and redacted, for the log and the diagnosis only.
    `retry_after_s`: how long the server asked to be left alone, where it did."""

    kind: Kind
    code: Code
    http: int | None = None
    cause: str | None = None
    evidence: str = ""
    retry_after_s: float | None = None

    def throw(self) -> NoReturn:
        """Raise this failure as ours."""
        raise GatewayFailed(
            self.code,
            transient=self.kind is Kind.TRANSIENT,
            maybe_done=self.kind is Kind.AMBIGUOUS,
            params={"cause": self.cause or ""},
            evidence={"http": self.http, "cause": self.cause, "said": self.evidence},
        )


Result = Ok[T_co] | Failed


class Memory(StrEnum):
    """A session's state in the gateway's memory."""

    OPEN = "open"
    CONNECTING = "connecting"
    CLOSE = "close"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What a server says of itself; `version` like `2.3.6`, None where it does not tell."""

    version: str | None


class ClosedBy(StrEnum):
    """Who ended a session, as far as a server's list tells."""

    API = "api"
    PHONE = "phone"


class Listed(NamedTuple):
    """One row of a server's list. On Evolution 2.x `memory` is the database's word, not the memory's.

    `close_reason`, `closed_at`, `closed_by` tell of the last final close and stay after a new pairing.
    """

    name: str
    memory: Memory
    phone_number: str | None = None
    profile_name: str | None = None
    close_reason: int | None = None
    closed_at: datetime | None = None
    closed_by: ClosedBy | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """A server accepted a new instance. `own_token`: our token is its own key, so it proves that it is ours."""

    name: str
    own_token: bool


@dataclass(frozen=True, slots=True)
class ConnectAnswer:
    """What connect said: `qr` where it brought one, `open` where the session is already connected.

    Neither: no QR yet; read the memory (connecting: ask again, close: the limit of QR codes is reached). The QR of a
    session that is reconnecting is an old, used one: read the memory before connecting.
    """

    qr: Qr | None
    open: bool = False


class WebhookShape(StrEnum):
    """Which body a server takes to set a webhook; learned once and remembered with the server."""

    UNION = "union"
    FLAT = "flat"
    NESTED = "nested"


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """Where a gateway shall send an instance's events. `headers` go only to gateways that can send them.

    `events` None: the ones we need. The rest serves to put back what somebody else had set, and to switch it off.
    """

    url: str = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    enabled: bool = True
    events: tuple[str, ...] | None = None
    by_events: bool = False
    base64: bool = False


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """One body a server was offered, and why it did not take it; None where it did."""

    shape: WebhookShape
    refused: Failed | None = None


@dataclass(frozen=True, slots=True)
class WebhookSet:
    """A server took our webhook; `attempts` in the order they were made, the last one is `shape`."""

    shape: WebhookShape
    attempts: tuple[WebhookAttempt, ...]


@dataclass(frozen=True, slots=True)
class WebhookSetting:
    """What a gateway has set. `missing_events`: those of ours it lacks. `bearer`: it sends an Authorization header.

    `as_target` is all of it, with the owner's own headers: to be sealed, and never shown.
    """

    url: str = field(repr=False)
    enabled: bool
    missing_events: tuple[str, ...]
    bearer: bool = False
    as_target: WebhookTarget | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message the gateway took over; its own id."""

    message_id: str


class Gateway(Protocol):
    """One server. Every call has a total deadline and never raises for what a gateway or a network can do.

    Absent instances: `instance` and `memory` answer None, every other call instance_not_found_on_server.
    """

    async def info(self) -> Result[ServerInfo]:
        """The version; needs no key and proves none."""

    async def instances(self) -> Result[tuple[Listed, ...]]:
        """The whole list; the call that proves the key."""

    async def instance(self, name: str) -> Result[Listed | None]:
        """One row of the list."""

    async def memory(self, name: str, token: str | None = None) -> Result[Memory | None]:
        """The session's state in memory. With our own `token` instead of the server's key: instance_exists where the
        instance is somebody else's."""

    async def create(
        self, name: str, token: str, number: str | None = None, webhook: WebhookTarget | None = None
    ) -> Result[Created]:
        """Create without connecting; a failure may leave the instance behind (ambiguous). `webhook`: set with it, so
        that it hears of the making, by servers that can (see Quirks)."""

    async def connect(self, name: str, number: str | None = None) -> Result[ConnectAnswer]:
        """Start pairing; `number` (digits) asks for a pairing code and is ignored while connecting."""

    async def restart(self, name: str) -> Result[None]:
        """Restart an open session; a closed one must be connected instead."""

    async def logout(self, name: str) -> Result[None]:
        """Log out; a session that was not connected counts as done."""

    async def delete(self, name: str) -> Result[None]:
        """Delete; conflict with cause still_connected where the server wants a logout first."""

    async def set_webhook(self, name: str, target: WebhookTarget) -> Result[WebhookSet]:
        """Set the webhook with the events we need, by the body the server takes."""

    async def webhook(self, name: str) -> Result[WebhookSetting | None]:
        """What is set; None where nothing ever was."""

    async def send_text(self, name: str, to: str, text: str) -> Result[Sent]:
        """Send once; anything but a provable refusal is ambiguous and must not be sent again."""
