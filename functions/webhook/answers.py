"""What a gateway is answered: few words, chosen by what each makes the gateways do next."""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from sambung.domain.errors import CATALOGUE, Code

Answer: TypeAlias = dict[str, Any]

RETRY_AFTER_S = 5
_TITLES = {
    Code.UNAUTHORIZED: "Not authenticated",
    Code.INVALID_REQUEST: "This body cannot be read",
    Code.OVERLOADED: "Try again later",
    Code.NOT_FOUND: "Nothing here",
}


def taken(word: str) -> Answer:
    """Durable, or nothing to keep: do not repeat it."""
    return _json(200, {"status": word})


def said(document: Mapping[str, object]) -> Answer:
    """What was asked for."""
    return _json(200, document)


def parked() -> Answer:
    """Durable, though not in the registry yet: do not repeat it."""
    return _json(202, {"status": "parked"})


def refused() -> Answer:
    """The one answer to every failed authentication, whatever failed."""
    return _problem(401, Code.UNAUTHORIZED)


def unreadable(why: str) -> Answer:
    """Can never be read: gateways do not repeat after 422, but do after 413 and 415."""
    return _problem(422, Code.INVALID_REQUEST, {"errors": [{"field": "body", "reason": why}]})


def later() -> Answer:
    """Nothing was kept: every gateway that repeats at all repeats after 429, and one of them not after 5xx."""
    return _problem(429, Code.OVERLOADED, headers={"Retry-After": str(RETRY_AFTER_S)})


def unknown() -> Answer:
    """No such route."""
    return _problem(404, Code.NOT_FOUND)


def _problem(
    status: int, code: Code, more: dict[str, object] | None = None, headers: dict[str, str] | None = None
) -> Answer:
    entry = CATALOGUE[code]
    document = {
        "type": f"urn:sambung:error:{code}",
        "title": _TITLES[code],
        "status": status,
        "code": code.value,
        "action": entry.action.value,
        "side": entry.side.value,
        **(more or {}),
    }
    return _json(status, document, {"Content-Type": "application/problem+json", **(headers or {})})


def _json(status: int, body: Mapping[str, object], headers: dict[str, str] | None = None) -> Answer:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store", **(headers or {})},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
