"""What differs between Evolution's versions, as facts with names, so that nobody compares version strings elsewhere."""

import re
from dataclasses import dataclass
from typing import Final

Number = tuple[int, int, int]

# One name a server does not know fails its whole request, so each is asked for only from the version that has it.
_EVENTS_SINCE: Final[tuple[tuple[Number, tuple[str, ...]], ...]] = (
    ((0, 0, 0), ("QRCODE_UPDATED", "CONNECTION_UPDATE", "MESSAGES_UPSERT", "SEND_MESSAGE")),
    ((2, 1, 0), ("LOGOUT_INSTANCE", "REMOVE_INSTANCE")),
    ((2, 3, 0), ("STATUS_INSTANCE",)),
)
BASIC_EVENTS: Final = _EVENTS_SINCE[0][1]
CREATION: Final = "INSTANCE_CREATE"
_RECONNECTING_CLOSES: Final = frozenset({408, 428, 440, 500, 503, 515})


@dataclass(frozen=True, slots=True)
class Traits:
    """How one version behaves; see compat-matrix and the recordings.

    `restart_by_put`: None where the version is unknown. `restart_deafens`: restarting an open instance makes it hear
    nothing any more. `new_qr_after_logout`: else only delete and create help. `sends_headers`: webhooks can carry our
    own headers. `deletes_while_open`: else delete wants a logout first. `closes_silently`: technical drops send none.
    `tells_of_creation`: known to have the event of an instance's making.
    """

    major: int | None
    restart_by_put: bool | None
    restart_deafens: bool
    new_qr_after_logout: bool
    sends_headers: bool
    deletes_while_open: bool
    closes_silently: bool
    nested_webhook: bool
    events: tuple[str, ...]
    tells_of_creation: bool


def parse(version: str | None) -> Number | None:
    """`2.3.6` as (2, 3, 6); a leading v and a trailing label are forgiven; None where it is no version."""
    found = re.match(r"\s*v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?", version or "", re.ASCII)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def traits(version: str | None) -> Traits:
    """The facts of a version. An unknown one is taken for a present one where both ways work, and for the oldest
    where asking too much would fail."""
    known = parse(version)
    number = known or (2, 3, 0)
    return Traits(
        major=known[0] if known else None,
        restart_by_put=number < (2, 0, 0) if known else None,
        restart_deafens=number < (1, 8, 2),
        new_qr_after_logout=number >= (1, 7, 0),
        sends_headers=number >= (2, 1, 1),
        deletes_while_open=number >= (2, 2, 1),
        closes_silently=number >= (2, 0, 0),
        nested_webhook=number >= (2, 1, 0),
        events=events_for(known),
        tells_of_creation=known is not None and number >= (2, 3, 0),
    )


def events_for(version: Number | None) -> tuple[str, ...]:
    """The event names we need that this version knows."""
    return tuple(name for since, names in _EVENTS_SINCE if since <= (version or (0, 0, 0)) for name in names)


def reconnects_after(reason: int | None, version: str | None) -> bool:
    """Whether the gateway dials again by itself after closing with this reason.

    2.x sends a close for final reasons only, so a technical code from an unknown version is a 1.x.
    """
    known = parse(version)
    return reason in _RECONNECTING_CLOSES and (known is None or known < (2, 0, 0))


def is_addressable(name: str) -> bool:
    """Whether calls can reach an instance of this name: it survives a URL path and a trimming server."""
    return bool(name) and name == name.strip() and name not in {".", ".."} and name.isprintable()
