"""The shape every gateway module has: what can be asked of a gateway and what it can answer, in our words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, NoReturn, Protocol, TypeVar

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
    `evidence` is the gateway's own text, shortened and redacted, for the log and the diagnosis only."""

    kind: Kind
    code: Code
    http: int | None = None
    cause: str | None = None
    evidence: str = ""

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


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a server's list. On Evolution 2.x this is the database's word, not the memory's."""

    name: str
    memory: Memory
    phone_number: str | None = None
    profile_name: str | None = None
    close_reason: int | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """A server accepted a new instance; `token` is what it will accept as the instance's own key."""

    name: str
    token: str | None


@dataclass(frozen=True, slots=True)
class ConnectAnswer:
    """What connect said: `qr` where it brought one, `open` where the session is already connected."""

    qr: Qr | None
    open: bool = False


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """Where a gateway shall send an instance's events: `url` is ours, `headers` only where the gateway can send them."""

    url: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class WebhookSetting:
    """What a gateway has set. `missing_events` are those of ours it lacks. `bearer`: it sends our header."""

    url: str
    enabled: bool
    missing_events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message the gateway took over; its own id."""

    message_id: str


class Gateway(Protocol):
    """One server. Every call has a total deadline and never raises for what a gateway or a network can do."""

    async def info(self) -> Result[ServerInfo]: ...
    async def instances(self) -> Result[tuple[Listed, ...]]: ...
    async def instance(self, name: str) -> Result[Listed | None]: ...
    async def memory(self, name: str, token: str | None = None) -> Result[Memory | None]: ...
    async def create(self, name: str, token: str, number: str | None = None) -> Result[Created]: ...
    async def connect(self, name: str, number: str | None = None) -> Result[ConnectAnswer]: ...
    async def restart(self, name: str) -> Result[None]: ...
    async def logout(self, name: str) -> Result[None]: ...
    async def delete(self, name: str) -> Result[None]: ...
    async def set_webhook(self, name: str, target: WebhookTarget) -> Result[None]: ...
    async def webhook(self, name: str) -> Result[WebhookSetting | None]: ...
    async def send_text(self, name: str, to: str, text: str) -> Result[Sent]: ...
