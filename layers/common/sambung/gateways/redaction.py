"""Makes a gateway's own words safe to keep: what it said helps a diagnosis, but it says keys, numbers and QR codes."""

import re
from collections.abc import Iterable
from typing import Final

LENGTH: Final = 200
# More than this is never looked at: evidence is one line, and patterns over a megabyte cost time.
_LOOKED_AT: Final = 4000

_UNKEEPABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"data:[\w/+.-]{0,60};base64,[^\s\"',}]*"), "[image]"),
    (re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s\"'<>]+", re.IGNORECASE), "[url]"),
    (re.compile(r"\d@[A-Za-z0-9+/=,_-]{16,}"), "[qr]"),
    (re.compile(r"\+?\d{5,}(?::\d+)?@[\w.]+"), "[number]"),
    (re.compile(r"(?i)\bbearer\s+\S+"), "[secret]"),
    (
        re.compile(
            r"(?i)\"?\b(?:api_?key|token|authorization|password|secret|hash|jwt_key)\"?\s*[:=]\s*\"?[^\s\",}]+\"?"
        ),
        "[secret]",
    ),
    (re.compile(r"\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b"), "[id]"),
    (re.compile(r"(?=[A-Za-z_+=-]*\d)[A-Za-z0-9_+=-]{20,}|[A-Za-z0-9+/=-]{40,}"), "[secret]"),
    (re.compile(r"\+?\d(?:[ ().-]{0,2}\d){6,}"), "[number]"),
)


def evidence(said: str, hidden: Iterable[str] = ()) -> str:
    """One short line of what a gateway said, without keys, numbers, addresses and pictures.

    `hidden` are secrets known by value, whatever they look like.
    """
    for secret in hidden:
        if secret:
            said = said.replace(secret, "[secret]")
    line = clean(said[:_LOOKED_AT])
    for pattern, instead in _PATTERNS:
        line = pattern.sub(instead, line)
    line = " ".join(line.split())
    return line if len(line) <= LENGTH else line[: LENGTH - 1] + "…"


def clean(text: str) -> str:
    """The text without what PostgreSQL and a log line cannot hold: control characters and lone surrogates."""
    # Ten thousand names are looked at in one sweep, and hardly ever has one anything to clean.
    return text if text.isascii() and text.isprintable() else _UNKEEPABLE.sub(" ", text)
