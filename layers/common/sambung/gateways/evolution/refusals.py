"""Tells Evolution's failures apart: by status and words, here and nowhere else."""

import re
from typing import Final, NamedTuple

from sambung.domain.errors import Code
from sambung.gateways.ask import Effect
from sambung.gateways.reply import Reply, messages, rows
from sambung.gateways.shape import Failed, Kind

_REDIRECT, _BAD_REQUEST, _SERVER_SIDE = 300, 400, 500
_GATEWAY_SAID: Final = ("response", "error", "message")


class Rule(NamedTuple):
    """A refusal that can be told: `says` is looked for in each message."""

    status: int
    says: re.Pattern[str]
    kind: Kind
    code: Code
    cause: str | None = None


def _rule(status: int, says: str, kind: Kind, code: Code, cause: str | None = None) -> Rule:
    return Rule(status, re.compile(says, re.DOTALL), kind, code, cause)


_P, _T, _A = Kind.PERMANENT, Kind.TRANSIENT, Kind.AMBIGUOUS

COMMON: Final = (
    _rule(401, "", _P, Code.SERVER_KEY_REJECTED),
    _rule(403, "already in use", _P, Code.INSTANCE_EXISTS),
    _rule(403, "(?i)api ?key", _P, Code.SERVER_KEY_REJECTED),
    _rule(404, r"instance does not exist|^Instance \".*\" not found$", _P, Code.INSTANCE_NOT_FOUND_ON_SERVER),
    _rule(404, r"^Cannot [A-Z]+ /", _P, Code.SERVER_ERROR, "route_missing"),
    _rule(400, "needs to be disconnected", _P, Code.CONFLICT, "still_connected"),
    _rule(400, "Token already exists", _P, Code.CONFLICT, "token_in_use"),
    _rule(400, r"requires property \"(webhook|url|enabled|text|textMessage)\"", _P, Code.INVALID_REQUEST, "wrong_form"),
    _rule(400, r"events\[\d+\] is not one of enum values", _P, Code.INVALID_REQUEST, "unknown_event"),
    _rule(429, "", _T, Code.SERVER_ERROR, "rate_limited"),
)
# Any other 400 to a create may have left the instance behind: 1.8 answers so and keeps it.
CREATE: Final = (
    _rule(400, "^Invalid integration$", _P, Code.SERVER_ERROR, "refused"),
    _rule(400, "^Invalid proxy$", _P, Code.SERVER_ERROR, "refused"),
)
# These two are raised while the number is looked up, before anything is sent.
SEND: Final = (
    _rule(500, r"reading '(onWhatsApp|find)'", _P, Code.NOT_CONNECTED),
    _rule(500, "Connection Closed", _A, Code.NOT_CONNECTED),
    _rule(400, "rate-overlimit", _T, Code.SEND_RATE_LIMITED),
)


def failure(reply: Reply, effect: Effect, rules: tuple[Rule, ...] = (), *, harmless_400: bool = True) -> Failed | None:
    """How an answer failed, None where it did not. `harmless_400`: an untold 400 proves that nothing was done."""
    if reply.status < _REDIRECT:
        return _lie(reply, effect)
    if reply.status < _BAD_REQUEST:
        return _failed(reply, _P, Code.SERVER_UNREACHABLE, "redirect")
    if b"LICENSE_REQUIRED" in reply.content:
        return _failed(reply, _P, Code.LICENSE_REQUIRED)
    told = _told(reply, (*rules, *COMMON))
    if told:
        return _failed(reply, told.kind, told.code, told.cause)
    if reply.status >= _SERVER_SIDE:
        return _broken(reply, effect)
    return _refused(reply, harmless=harmless_400)


def garbage(reply: Reply, effect: Effect) -> Failed:
    """An answer that is none: not JSON, or not what this call is answered with."""
    return _failed(reply, _undecided(effect), Code.SERVER_ERROR, "garbage")


def _told(reply: Reply, rules: tuple[Rule, ...]) -> Rule | None:
    said = tuple(messages(reply.body)) or ("",)
    return next((r for r in rules if r.status == reply.status and any(r.says.search(line) for line in said)), None)


def _lie(reply: Reply, effect: Effect) -> Failed | None:
    """2.x answers 200 with `error: true` when connect or restart failed inside."""
    if not reply.is_json:
        return garbage(reply, effect)
    if isinstance(reply.body, dict) and reply.body.get("error") is True:
        return _failed(reply, _undecided(effect), Code.SERVER_ERROR, "error_in_200")
    return None


def _broken(reply: Reply, effect: Effect) -> Failed:
    gateway_itself = isinstance(reply.body, dict) and any(key in reply.body for key in _GATEWAY_SAID)
    if gateway_itself:
        return _failed(reply, _undecided(effect), Code.SERVER_ERROR, "fault")
    return _failed(reply, _undecided(effect), Code.SERVER_UNREACHABLE, "proxy_5xx")


def _refused(reply: Reply, *, harmless: bool) -> Failed:
    if any(row.get("exists") is False for row in rows(reply.body)):
        return _failed(reply, _P, Code.NUMBER_NOT_ON_WHATSAPP)
    if _is_schema(reply):
        return _failed(reply, _P, Code.INVALID_REQUEST, "schema")
    return _failed(reply, _P if harmless else _A, Code.SERVER_ERROR, "refused")


def _is_schema(reply: Reply) -> bool:
    """Schema complaints, and only they, come as a list in a list."""
    body = reply.body if isinstance(reply.body, dict) else {}
    response = body.get("response")
    found = response.get("message") if isinstance(response, dict) else body.get("message")
    return isinstance(found, list) and bool(found) and isinstance(found[0], list)


def _undecided(effect: Effect) -> Kind:
    return _T if effect is Effect.READ else _A


def _failed(reply: Reply, kind: Kind, code: Code, cause: str | None = None) -> Failed:
    return Failed(kind, code, reply.status, cause, reply.evidence, reply.retry_after_s)
