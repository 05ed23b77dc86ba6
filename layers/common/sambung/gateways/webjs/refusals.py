"""Tells a node's failures apart: by status and words, here and nowhere else."""

import re
from typing import Final, NamedTuple

from sambung.domain.errors import Code
from sambung.gateways.ask import Effect
from sambung.gateways.reply import Reply, messages
from sambung.gateways.shape import Failed, Kind

_REDIRECT, _BAD_REQUEST, _SERVER_SIDE = 300, 400, 500


class Rule(NamedTuple):
    """A refusal that can be told: `says` is looked for in each message. Kind None: the call's effect decides."""

    status: int
    says: re.Pattern[str]
    kind: Kind | None
    code: Code
    cause: str | None = None


def _rule(status: int, says: str, kind: Kind | None, code: Code, cause: str | None = None) -> Rule:
    return Rule(status, re.compile(says), kind, code, cause)


_P, _T, _A = Kind.PERMANENT, Kind.TRANSIENT, Kind.AMBIGUOUS

# A 4xx is answered before anything is done, and a 500 of the two last rows while a message is still being looked at.
# A create that could not start its browser has taken the session of that name out of memory, if there was one.
RULES: Final = (
    _rule(401, "", _P, Code.SERVER_KEY_REJECTED),
    _rule(404, "^Session not found", _P, Code.INSTANCE_NOT_FOUND_ON_SERVER),
    _rule(404, "^Endpoint not found", _P, Code.SERVER_ERROR, "route_missing"),
    _rule(400, "^Session not connected", _P, Code.NOT_CONNECTED),
    _rule(400, "^Invalid phone number", _P, Code.INVALID_REQUEST, "phone"),
    _rule(400, "^Missing required fields|^Message must be", _P, Code.INVALID_REQUEST, "wrong_form"),
    _rule(429, "", _T, Code.SERVER_ERROR, "rate_limited"),
    _rule(500, "^Invalid clientId", _P, Code.INSTANCE_NAME_INVALID),
    _rule(500, "^Failed to launch the browser process", None, Code.SERVER_ERROR, "browser"),
    _rule(500, "invalid wid", _P, Code.INVALID_REQUEST, "phone"),
    _rule(500, r"^recipient_phone\.replace is not a function", _P, Code.INVALID_REQUEST, "wrong_form"),
)


def failure(reply: Reply, effect: Effect) -> Failed | None:
    """How an answer failed, None where it did not."""
    if reply.status < _REDIRECT:
        return _untrue(reply, effect)
    if reply.status < _BAD_REQUEST:
        return _failed(reply, _P, Code.SERVER_UNREACHABLE, "redirect")
    told = _told(reply)
    if told:
        return _failed(reply, told.kind or _undecided(effect), told.code, told.cause)
    if reply.status < _SERVER_SIDE:
        return _failed(reply, _P, Code.SERVER_ERROR, "refused")
    node_itself = isinstance(reply.body, dict) and "error" in reply.body
    if node_itself:
        return _failed(reply, _undecided(effect), Code.SERVER_ERROR, "fault")
    return _failed(reply, _undecided(effect), Code.SERVER_UNREACHABLE, "proxy_5xx")


def garbage(reply: Reply, effect: Effect) -> Failed:
    """An answer that is none: not JSON, or not what this call is answered with."""
    return _failed(reply, _undecided(effect), Code.SERVER_ERROR, "garbage")


def _told(reply: Reply) -> Rule | None:
    said = tuple(messages(reply.body)) or ("",)
    return next((r for r in RULES if r.status == reply.status and any(r.says.search(line) for line in said)), None)


def _untrue(reply: Reply, effect: Effect) -> Failed | None:
    if not isinstance(reply.body, dict):
        return garbage(reply, effect)
    if reply.body.get("success") is False or reply.body.get("error"):
        return _failed(reply, _undecided(effect), Code.SERVER_ERROR, "error_in_200")
    return None


def _undecided(effect: Effect) -> Kind:
    return _T if effect is Effect.READ else _A


def _failed(reply: Reply, kind: Kind, code: Code, cause: str | None = None) -> Failed:
    return Failed(kind, code, reply.status, cause, reply.evidence, reply.retry_after_s)
