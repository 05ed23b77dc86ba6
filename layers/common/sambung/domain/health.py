"""What a look at the fleet means: which webhooks to read next, why a server is silent, what people are told first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sambung.domain.diagnosis.facts import WebhookPolicy
from sambung.domain.diagnosis.place_rules import FLAPPING_OPENS, REPLACED_BY
from sambung.domain.errors import Code
from sambung.domain.instance import Desired, Qr, Snapshot, Status, View, WebhookState
from sambung.domain.qr import life
from sambung.domain.status import view

READ_IN_TURN = 30
TROUBLED_AT_MOST = 20
WEBHOOKS_ARRIVE = "webhooks_arrive"
DISABLED = "disabled"
# An event proves life only while it is young.
ARRIVED_LATELY = timedelta(minutes=15)
_WEBHOOK_FAULTS: Mapping[str, Code] = {
    WebhookState.MISSING: Code.WEBHOOK_MISSING,
    WebhookState.DISABLED: Code.WEBHOOK_MISSING,
    WebhookState.INCOMPLETE: Code.WEBHOOK_INCOMPLETE,
    WebhookState.ELSEWHERE: Code.WEBHOOK_ELSEWHERE,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An instance whose webhook setting may be read. `looked_at`: when that was done last."""

    id: UUID
    instance_name: str
    generation: int
    troubled: bool
    looked_at: datetime | None


def in_turn(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Whose webhook to read now: the troubled ones, then whoever waited longest; never more than READ_IN_TURN."""
    waiting = sorted(candidates, key=lambda one: (one.looked_at is not None, one.looked_at, one.id))
    troubled = [one for one in waiting if one.troubled][:TROUBLED_AT_MOST]
    first = {one.id for one in troubled}
    others = [one for one in waiting if one.id not in first]
    return (*troubled, *others[: READ_IN_TURN - len(troubled)])


def silence(cause: str | None, *, since: datetime | None, last_event_at: datetime | None, now: datetime) -> str | None:
    """Why a server does not answer: one whose webhooks came in after it fell silent lives, and the fault is between.

    `since`: when the looks before this one began to fail; None where the last one was answered.
    """
    if since is None or last_event_at is None or last_event_at <= since:
        return cause
    return WEBHOOKS_ARRIVE if now - last_event_at <= ARRIVED_LATELY else cause


class QrReadiness(StrEnum):
    """Where pairing stands, in the words of GET .../qr; `none` where nobody pairs."""

    READY = "ready"
    NOT_READY = "qr_not_ready"
    EXPIRED = "qr_expired"
    LIMIT_REACHED = "qr_limit_reached"
    STUCK = "stuck_connecting"
    CONNECTED = "connected"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Known:
    """What the registry has of one instance and of its server; `server_*` are None where it has no server.

    `conflict_on`: the servers where its session or its number is open at once, where it is. `opens`: how often it
    opened lately, our own doing apart; `replaced`: it was closed meanwhile because it was opened somewhere else.
    """

    instance_id: UUID
    instance_name: str
    server_id: UUID | None
    status: str
    status_since: datetime
    connecting_since: datetime | None
    opened_since_pairing: bool
    desired: str
    error_code: str | None
    error_evidence: dict[str, Any]  # a JSON column
    has_qr: bool
    qr_at: datetime | None
    last_read_at: datetime | None
    last_webhook_event_at: datetime | None
    last_qr_event_at: datetime | None
    webhook_state: str
    webhook_proven: bool
    webhook_url_host: str | None
    webhook_find_ok: bool | None
    webhook_looked_at: datetime | None
    server_enabled: bool | None
    server_reachable: bool | None
    server_error_code: str | None
    server_cause: str | None
    qr_life_s: int | None = None
    conflict_on: list[str] | None = None
    webhook_policy: str = WebhookPolicy.OURS
    opens: int = 0
    replaced: bool = False

    @property
    def parked(self) -> bool:
        """Whether it is off on purpose."""
        return self.desired == Desired.PARKED


@dataclass(frozen=True, slots=True)
class Reason:
    """What is wrong, for the texts."""

    code: Code
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Health:
    """One instance as the health check tells it."""

    known: Known
    view: View
    qr: QrReadiness
    reason: Reason | None


def health_of(known: Known, now: datetime) -> Health:
    """One instance at `now`."""
    seen = view(
        _snapshot(known),
        reachable=known.server_reachable,
        last_read_at=known.last_read_at,
        desired=Desired(known.desired),
        now=now,
    )
    qr = _qr(known, seen, now)
    return Health(known, seen, qr, None if known.parked else _reason(known, seen, qr, now))


def summary(found: Iterable[Health], *, servers_down: int) -> dict[str, int]:
    """How many there are of each status; the stale ones count as stale only."""
    counted = Counter("stale" if one.view.stale else one.known.status for one in found)
    return {**{word: counted[word] for word in (*Status, "stale")}, "servers_down": servers_down}


def worst(found: Sequence[Health]) -> Health | None:
    """The one to begin with: what the operator can mend by one step before what passes by itself."""
    wrong = [one for one in found if one.reason is not None]
    return min(wrong, key=_gravity, default=None)


def _gravity(one: Health) -> tuple[int, str]:
    order = (Status.ERROR, Status.DISCONNECTED, Status.CONNECTING, Status.CONNECTED)
    return order.index(Status(one.known.status)), one.known.instance_name


def _snapshot(known: Known) -> Snapshot:
    return Snapshot(
        status=Status(known.status),
        status_since=known.status_since,
        server_id=known.server_id,
        connecting_since=known.connecting_since,
        qr_at=known.qr_at,
        opened_since_pairing=known.opened_since_pairing,
        error=Code(known.error_code) if known.error_code else None,
    )


def _qr(known: Known, seen: View, now: datetime) -> QrReadiness:
    if known.status == Status.CONNECTED:
        return QrReadiness.CONNECTED
    if known.error_code == Code.QR_LIMIT_REACHED:
        return QrReadiness.LIMIT_REACHED
    if known.status != Status.CONNECTING:
        return QrReadiness.NONE
    if known.has_qr and known.qr_at is not None and now - known.qr_at < life(Qr(life_s=known.qr_life_s)):
        return QrReadiness.READY
    if seen.stuck:
        return QrReadiness.STUCK
    return QrReadiness.EXPIRED if known.has_qr else QrReadiness.NOT_READY


def _reason(known: Known, seen: View, qr: QrReadiness, now: datetime) -> Reason | None:
    """What hides the rest comes first: an unreachable server, then what the number itself says, then its webhook."""
    if known.server_enabled is False:
        return Reason(Code.SERVER_UNREACHABLE, {"cause": DISABLED})
    if known.server_reachable is False:
        return Reason(Code(known.server_error_code or Code.SERVER_UNREACHABLE), {"cause": known.server_cause or ""})
    if known.conflict_on is not None:
        return Reason(Code.CONFLICT_TWO_SERVERS, {"servers": ", ".join(known.conflict_on)})
    if known.error_code:
        return Reason(Code(known.error_code), {name: str(value) for name, value in known.error_evidence.items()})
    if known.status == Status.DISCONNECTED:
        return Reason(Code.NOT_CONNECTED, {"cause": "closed"})
    if known.opens >= FLAPPING_OPENS:
        return _reason_of_flapping(known)
    # Where people chose to leave the webhook alone there is nothing to mend.
    if known.webhook_policy == WebhookPolicy.OURS and known.webhook_state in _WEBHOOK_FAULTS:
        return Reason(_WEBHOOK_FAULTS[known.webhook_state], {"host": known.webhook_url_host or ""})
    return _reason_of_pairing(known, seen, qr, now)


def _reason_of_flapping(known: Known) -> Reason:
    if known.replaced or known.error_evidence.get("reason") in REPLACED_BY:
        return Reason(Code.REPLACED_ELSEWHERE, {})
    return Reason(Code.UNSTABLE_CONNECTION, {"count": str(known.opens)})


def _reason_of_pairing(known: Known, seen: View, qr: QrReadiness, now: datetime) -> Reason | None:
    if qr is QrReadiness.STUCK:
        minutes = (now - (known.connecting_since or known.status_since)) // timedelta(minutes=1)
        return Reason(Code.STUCK_CONNECTING, {"minutes": str(minutes)})
    if qr in {QrReadiness.NOT_READY, QrReadiness.EXPIRED} and not seen.reconnecting:
        return Reason(Code(qr.value), {})
    return None
