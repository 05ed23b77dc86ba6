"""What a server answered, apart from how it was fetched, so that parsing needs no network."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from sambung.gateways.redaction import clean, evidence

_TEXT_LIMIT: Final = 500
_EVIDENCE_BYTES: Final = 64 * 1024


@dataclass(frozen=True)
class Reply:
    """One HTTP answer; `hidden` are secrets of the call. Parsed when asked for: of a long list only a part ever is."""

    status: int
    content: bytes = field(repr=False)
    retry_after_s: float | None = None
    hidden: tuple[str, ...] = field(default=(), repr=False)

    @property
    def body(self) -> object:
        """The answer's JSON; means nothing unless `is_json`."""
        return self._parsed[0]

    @property
    def is_json(self) -> bool:
        return self._parsed[1]

    @cached_property
    def _parsed(self) -> tuple[object, bool]:
        try:
            return json.loads(self.content), True
        except (ValueError, RecursionError):
            return None, False

    @property
    def evidence(self) -> str:
        """What the server said of a failure, redacted; of JSON without a message only what it consists of."""
        said = (
            " | ".join(messages(self.body)) if self.is_json else self.content[:_EVIDENCE_BYTES].decode(errors="replace")
        )
        return evidence(said or _outline(self.body), self.hidden)


def read(status: int, content: bytes, headers: Mapping[str, str], hidden: tuple[str, ...] = ()) -> Reply:
    """An answer as it came. Header names are lower case."""
    return Reply(status, content, _seconds(headers.get("retry-after")), hidden)


def _seconds(value: str | None) -> float | None:
    return float(value) if value and value.isascii() and value.isdigit() and len(value) <= 6 else None  # noqa: PLR2004 - a date or a joke otherwise


def messages(body: object) -> Iterator[str]:
    """Every message of an error body: `message` holds a string, a list, a list of lists, rows, or is at the top."""
    for found in _message_values(body):
        yield from _texts(found)


def rows(body: object) -> Iterator[Mapping[str, object]]:
    """The objects among the messages of an error body, such as `{exists: false}`."""
    for found in _message_values(body):
        if isinstance(found, list):
            yield from (item for item in found if isinstance(item, dict))


def _outline(body: object) -> str:
    keys = ", ".join(map(str, body)) if isinstance(body, dict) else ""
    return f"JSON {type(body).__name__} {keys}" if body is not None else ""


def _message_values(body: object) -> Iterator[object]:
    if not isinstance(body, dict):
        return
    for holder in (body.get("response"), body):
        if isinstance(holder, dict) and "message" in holder:
            yield holder["message"]
            return
    yield body.get("error")


def _texts(found: object) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, list):
        for item in found:
            yield from _texts(item) if isinstance(item, list | str) else ()


def text(value: object, limit: int = _TEXT_LIMIT) -> str | None:
    """A non-empty string as it can be stored, else None."""
    if not isinstance(value, str):
        return None
    return clean(value).strip()[:limit] or None


def mapping(value: object) -> Mapping[str, object]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def whole_number(value: object) -> int | None:
    """A small whole number, else None (True is none)."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1_000_000 else None  # noqa: PLR2004 - status codes and counts
