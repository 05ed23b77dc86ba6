"""A node's answers in our words, as functions of the answer alone; here it is decided what may be repeated."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sambung.domain.errors import Code
from sambung.domain.instance import Qr
from sambung.domain.qr import parse_qr
from sambung.gateways.ask import ACTION, READ
from sambung.gateways.reply import Reply, mapping, text
from sambung.gateways.shape import Created, Failed, Kind, Listed, Memory, Ok, Result, Sent, ServerInfo
from sambung.gateways.webjs.names import is_addressable
from sambung.gateways.webjs.refusals import failure, garbage

_MEMORY: Final = {
    "connected": Memory.OPEN,
    "qr_scanning": Memory.CONNECTING,
    "authenticated": Memory.CONNECTING,
    "disconnected": Memory.CLOSE,
    "failed": Memory.CLOSE,
}
QR_LIFE_S: Final = 60
"""What every event says of its code; the metadata, where it can be read as well, says nothing."""

_NUMBER: Final = re.compile(r"\+?([0-9]{5,20})", re.ASCII)


def phone(value: object) -> str | None:
    """A phone number's digits."""
    found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


def qr(image: object, count: object, life_s: int | None = QR_LIFE_S) -> Qr | None:
    """A code as nodes show it: a PNG data URL, or the text to draw."""
    pictured = isinstance(image, str) and image.startswith("data:")
    found = parse_qr({"base64" if pictured else "code": image, "count": count})
    return found and replace(found, life_s=life_s)


def health(reply: Reply) -> Result[ServerInfo]:
    return failure(reply, READ) or Ok(ServerInfo(None))


def version(reply: Reply) -> Result[ServerInfo]:
    return failure(reply, READ) or Ok(ServerInfo(text(mapping(reply.body).get("version"), 40)))


def health_list(reply: Reply) -> Result[tuple[Listed, ...] | None]:
    """None where the node counts its sessions instead of naming them, as the present release does."""
    if failed := failure(reply, READ):
        return failed
    details = mapping(mapping(reply.body).get("sessions")).get("details")
    return Ok(_rows(details) if isinstance(details, list) else None)


def sessions(reply: Reply) -> Result[tuple[Listed, ...]]:
    """Rows no call can name are passed over: a session under a number or no name at all is out of reach."""
    if failed := failure(reply, READ):
        return failed
    found = mapping(reply.body).get("sessions")
    return Ok(_rows(found)) if isinstance(found, list) else garbage(reply, READ)


def status(reply: Reply) -> Result[Listed | None]:
    if failed := failure(reply, READ):
        return Ok(None) if failed.code is Code.INSTANCE_NOT_FOUND_ON_SERVER else failed
    return Ok(found) if (found := _listed(reply.body)) else garbage(reply, READ)


def offer(reply: Reply) -> Result[Qr | None]:
    """The code to scan; metadata keeps the used one for as long as the session lives, so the status decides."""
    if failed := failure(reply, READ):
        return failed
    found = mapping(mapping(reply.body).get("metadata"))
    if "status" not in found:
        return garbage(reply, READ)
    return Ok(qr(found.get("qrCode"), found.get("qrCount")) if found["status"] == "qr_scanning" else None)


def created(reply: Reply) -> Result[Created]:
    if failed := failure(reply, ACTION):
        return failed
    name = mapping(reply.body).get("session_id")
    return Ok(Created(name, own_token=False)) if isinstance(name, str) else garbage(reply, ACTION)


def reconnected(reply: Reply) -> Result[None]:
    """It always says `qr_scanning`, also of a session that needs no code."""
    return failure(reply, ACTION) or Ok(None)


def deleted(reply: Reply) -> Result[None]:
    if failed := failure(reply, ACTION):
        return failed
    if mapping(reply.body).get("alreadyDisconnected") is True:
        return Failed(Kind.PERMANENT, Code.INSTANCE_NOT_FOUND_ON_SERVER, reply.status, evidence=reply.evidence)
    return Ok(None)


def sent(reply: Reply) -> Result[Sent]:
    """Success without an id is how a node answers what it did not send; only the id proves the sending."""
    if failed := failure(reply, ACTION):
        return failed
    message_id = text(mapping(reply.body).get("message_id"), 200)
    return Ok(Sent(message_id)) if message_id else garbage(reply, ACTION)


def _rows(found: list[object]) -> tuple[Listed, ...]:
    return tuple(row for row in map(_listed, found) if row)


def _listed(row: object) -> Listed | None:
    found: Mapping[str, object] = mapping(row)
    name, state = found.get("session_id"), found.get("status")
    if not isinstance(name, str) or not is_addressable(name):
        return None
    memory = _MEMORY.get(state, Memory.UNKNOWN) if isinstance(state, str) else Memory.UNKNOWN
    return Listed(name, memory, phone(found.get("phone_number")))
