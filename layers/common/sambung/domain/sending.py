"""What is decided about a message: whether it may go out, what proves its number connected, what a failure means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sambung.domain.errors import CATALOGUE, Action, Code, FieldError, GatewayFailed, RequestError
from sambung.domain.instance import Desired, Status
from sambung.domain.names import phone_number

PROVEN_FOR = timedelta(seconds=5)
"""How long a sight of the number connected spares another read."""
TEXT_LIMIT = 65_536
"""Characters; WhatsApp shows no more of one message."""
BURST = 5
"""Messages that may leave at once after a silence."""
REST_AFTER_LIMIT = timedelta(minutes=1)
"""How long a number says nothing after WhatsApp itself called it too fast."""
EXCLUDED_BY = frozenset({"create", "logout", "delete", "recreate", "restart", "release"})
"""Actions during which nothing is sent: they end the session, or take it away for a while."""

_TEXT_RULE = f"must be 1 to {TEXT_LIMIT} characters, and not only spaces"
# Why a number is closed, where the registry knows it, and what helps then.
_WHY_CLOSED = frozenset(
    {Code.LOGGED_OUT_BY_PHONE, Code.SESSION_ENDED, Code.ACCOUNT_BANNED, Code.PAIRING_FAILED, Code.QR_LIMIT_REACHED}
)
# Provably not sent, and for a reason that speaks against the place and not against the message.
_WRONG_PLACE = frozenset({Code.INSTANCE_NOT_FOUND_ON_SERVER, Code.NOT_CONNECTED, Code.SERVER_UNREACHABLE})
# These say nothing of the number's own connection.
_NO_DOUBT = frozenset(
    {Code.NUMBER_NOT_ON_WHATSAPP, Code.INVALID_REQUEST, Code.SEND_RATE_LIMITED, Code.OVERLOADED, Code.MOVED}
)


@dataclass(frozen=True, slots=True)
class Message:
    """`to`: the recipient in digits with the country code."""

    to: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the registry knows of a number before anything is asked.

    `conflict_on`: the servers it is connected on, where these are several; `may_be_another`: a certain number is
    expected, and nobody has seen since the last pairing whether it is that one; `waits_for_scan`: a code is on offer;
    `proven_at`: when it was last seen where it is assigned, or sent from there; `excluded_by`: the action at work.
    """

    status: Status
    desired: Desired
    error: Code | None = None
    error_evidence: Mapping[str, object] = field(default_factory=dict)
    conflict_on: str | None = None
    may_be_another: bool = False
    needs_check: bool = False
    waits_for_scan: bool = False
    proven_at: datetime | None = None
    excluded_by: Mapping[str, str] | None = None


def message(to: str, text: str) -> Message:
    """The message as a gateway takes it; raises `invalid_request` naming the field."""
    recipient = phone_number(to, "to")
    if not 0 < len(text.strip()) <= len(text) <= TEXT_LIMIT or "\0" in text:
        raise RequestError(Code.INVALID_REQUEST, errors=[FieldError("text", _TEXT_RULE)])
    return Message(recipient, text)


def refusal(standing: Standing) -> RequestError | None:
    """Why nothing may be sent, whatever a server would say; None where it may be tried."""
    if standing.conflict_on is not None:
        return RequestError(Code.CONFLICT_TWO_SERVERS, params={"servers": standing.conflict_on})
    if standing.error is Code.NUMBER_CHANGED:
        evidence = {name: str(value) for name, value in standing.error_evidence.items() if value}
        return RequestError(Code.NUMBER_CHANGED, params=evidence)
    if standing.desired is Desired.PARKED:
        return RequestError(Code.NOT_CONNECTED, params={"cause": "parked"}, action=Action.NONE)
    if standing.excluded_by is not None:
        return RequestError(Code.INSTANCE_BUSY, params=standing.excluded_by)
    return None


def is_proven(standing: Standing, now: datetime) -> bool:
    """Whether it was seen connected so lately that no read can tell more."""
    if standing.status is not Status.CONNECTED or standing.needs_check or standing.proven_at is None:
        return False
    return abs(now - standing.proven_at) <= PROVEN_FOR and not standing.may_be_another


def not_connected(standing: Standing) -> RequestError:
    """The session is there and not connected: why, as far as the registry knows, and what helps."""
    cause, action = _why(standing)
    return RequestError(Code.NOT_CONNECTED, params={"cause": cause} if cause else {}, action=action)


def _why(standing: Standing) -> tuple[str | None, Action]:
    if standing.error in _WHY_CLOSED:
        return standing.error.value, CATALOGUE[standing.error].action
    if standing.waits_for_scan:
        return "waits_for_scan", Action.CONNECT
    if standing.status is Status.CONNECTING:
        return "connecting", Action.WAIT
    return None, Action.CONNECT


def is_wrong_place(error: GatewayFailed) -> bool:
    """Whether nothing was sent because the session is not there, so that it may be looked for and sent from there."""
    return not error.maybe_done and error.code in _WRONG_PLACE


def makes_doubtful(code: Code) -> bool:
    """Whether a send that failed so says something of the number's connection, which then must be checked."""
    return code not in _NO_DOUBT


def maybe_sent(code: Code, operation_id: UUID, evidence: Mapping[str, object] | None = None) -> GatewayFailed:
    """What is told of a message that may have left: it is neither sent again nor called lost."""
    return GatewayFailed(
        code,
        transient=False,
        maybe_done=True,
        params={"cause": "maybe_sent", "operation_id": str(operation_id)},
        evidence=evidence,
        action=Action.VIEW_DIAGNOSIS,
    )


def too_fast(evidence: Mapping[str, object]) -> GatewayFailed:
    """WhatsApp itself refuses the pace."""
    params = {"seconds": str(REST_AFTER_LIMIT // timedelta(seconds=1))}
    return GatewayFailed(Code.SEND_RATE_LIMITED, transient=True, maybe_done=False, params=params, evidence=evidence)
