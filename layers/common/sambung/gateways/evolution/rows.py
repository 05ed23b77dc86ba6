"""The rows of a server's list. A sweep reads ten thousand at once, so only what is looked at is made of each."""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final

from pydantic import FailFast, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from sambung.gateways.ask import READ
from sambung.gateways.evolution.jid import phone_in
from sambung.gateways.evolution.refusals import failure
from sambung.gateways.redaction import clean
from sambung.gateways.reply import Reply, mapping, text, whole_number
from sambung.gateways.shape import ClosedBy, Failed, Listed, Memory

_MEMORY: Final = {
    "open": Memory.OPEN,
    "connecting": Memory.CONNECTING,
    "close": Memory.CLOSE,
    "closed": Memory.CLOSE,
    "refused": Memory.CLOSE,
}


class _Told(TypedDict, total=False):
    """What is read of a row, in the words of 1.x or 2.x. The rest, its token too, is passed over unread."""

    instanceName: object
    name: object
    connectionStatus: object
    status: object
    ownerJid: object
    owner: object
    profileName: object
    disconnectionReasonCode: object
    disconnectionAt: object
    disconnectionObject: object


class _Row(_Told, total=False):
    """A row of 1.x (`{"instance": {...}}`) or of 2.x (flat)."""

    instance: _Told


_ROWS: Final = TypeAdapter(Annotated[list[_Row], FailFast()])


def rows(reply: Reply) -> Sequence[object] | Failed:
    """The rows of a list, or the one object that some versions answer with."""
    if reply.status == HTTPStatus.OK:
        # Else it is no list of objects, or JSON that only a more patient parser takes.
        with suppress(ValidationError):
            return _ROWS.validate_json(reply.content)
    return failure(reply, READ) or (reply.body if isinstance(reply.body, list) else [reply.body])


def listed(row: object) -> Listed | None:
    """What a row tells; None where it has no name that could be stored."""
    outer = mapping(row)
    get = (mapping(outer.get("instance")) or outer).get
    name = get("instanceName", get("name"))
    if not isinstance(name, str) or name != clean(name):
        return None
    return Listed(
        name,
        memory_of(get("connectionStatus", get("status"))),
        phone_in(get("ownerJid", get("owner"))),
        text(get("profileName"), 200),
        whole_number(get("disconnectionReasonCode")),
        _moment(get("disconnectionAt")),
        _closed_by(get("disconnectionObject")),
    )


def memory_of(state: object) -> Memory:
    """A state in our words."""
    return _MEMORY.get(state, Memory.UNKNOWN) if isinstance(state, str) else Memory.UNKNOWN


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found and found.tzinfo else None


def _closed_by(value: object) -> ClosedBy | None:
    """`Log out instance` is written by the gateway's own logout, `Stream Errored (conflict)` by WhatsApp's removal."""
    if value is None:
        return None
    said = value if isinstance(value, str) else json.dumps(value)
    if "Log out instance" in said:
        return ClosedBy.API
    return ClosedBy.PHONE if "Stream Errored (conflict)" in said else None
