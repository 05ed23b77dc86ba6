"""What came in over HTTP, held to its limits before anything is looked at closely."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

# An HTTP API event of payload format 2.0: JSON whose shape AWS vouches for.
Event: TypeAlias = Mapping[str, Any]

BODY_LIMIT_BYTES = 256 * 1024
UUID_TEXT = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_SERVER = re.compile(UUID_TEXT, re.ASCII)


class Unreadable(ValueError):
    """A body that can never be read; the message holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `mark` is the `i` of our own address, `received_at` when it reached API Gateway."""

    event: Event
    method: str
    segments: tuple[str, ...]
    mark: str
    received_at: datetime
    request_id: str

    def header(self, name: str) -> str:
        """The one value of a header; empty where there is none or more than one."""
        values = [v for k, v in (self.event.get("headers") or {}).items() if str(k).lower() == name]
        return values[0] if len(values) == 1 and isinstance(values[0], str) else ""

    def has(self, name: str) -> bool:
        """Whether a header was sent at all."""
        return any(str(sent).lower() == name for sent in self.event.get("headers") or {})

    @property
    def named_server(self) -> UUID | None:
        """The server in `/webhooks/{server_id}`; None where no id stands there."""
        named = self.segments[1] if len(self.segments) > 1 else ""
        return UUID(named) if _SERVER.fullmatch(named) else None

    @property
    def is_too_large(self) -> bool:
        """Whether the body is over the limit, told without decoding it."""
        body = self.event.get("body") or ""
        longest = (BODY_LIMIT_BYTES + 2) // 3 * 4 if self.event.get("isBase64Encoded") else BODY_LIMIT_BYTES
        return len(body) > longest

    def body(self) -> bytes:
        """The body's own bytes; raises Unreadable."""
        if self.header("content-encoding").strip().lower() not in {"", "identity"}:
            raise Unreadable("is compressed")
        raw = _decoded(self.event.get("body") or "", is_base64=bool(self.event.get("isBase64Encoded")))
        if len(raw) > BODY_LIMIT_BYTES:
            raise Unreadable("is too large")
        return raw


def read(event: Event) -> Request:
    """The request of an event."""
    context = event["requestContext"]
    path = str(event.get("rawPath") or "/")
    milliseconds = context.get("timeEpoch")
    return Request(
        event=event,
        method=str(context["http"]["method"]),
        segments=tuple(path.split("/")[1:]),
        mark=str((event.get("queryStringParameters") or {}).get("i", "")),
        received_at=datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else datetime.now(UTC),
        request_id=str(context.get("requestId", "")),
    )


def _decoded(body: str, *, is_base64: bool) -> bytes:
    if not is_base64:
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("is not base64") from None
