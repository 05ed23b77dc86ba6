"""Reads a pairing offer out of whatever shape a gateway gives it, and says what the page may show of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from sambung.domain.errors import Code
from sambung.domain.instance import Qr, Snapshot, Status

QR_LIFE = timedelta(seconds=45)
PNG = "data:image/png;base64,"
_PNG_IN_BASE64 = re.compile(r"iVBOR[A-Za-z0-9+/]+={0,2}")
_PAIRING_CODE = re.compile(r"[A-Z0-9]{8}")
_LONGEST_CODE = 4_096
_LONGEST_IMAGE = 131_072
_HIGHEST_COUNT = 10_000
_LONGEST_LIFE_S = 300


_Found = TypeVar("_Found")


class QrReason(StrEnum):
    """Why there is no code to show."""

    NOT_READY = "qr_not_ready"
    EXPIRED = "qr_expired"
    LIMIT_REACHED = "qr_limit_reached"
    CONNECTED = "connected"


@dataclass(frozen=True, slots=True)
class Offer:
    """The answer to "show me the code": all of it, or the reason why not."""

    qr: Qr | None = None
    received_at: datetime | None = None
    expires_at: datetime | None = None
    reason: QrReason | None = None


def parse_qr(body: object) -> Qr | None:
    """The offer in a decoded answer or event: `code`, `base64`, `pairingCode`, `count`, on top or under `qrcode`.

    None where there is none, which includes `{"count": 0}` (ask again) and every field of a wrong type.
    """
    if not isinstance(body, Mapping):
        return None
    nested = body.get("qrcode")
    places = (body, nested if isinstance(nested, Mapping) else {})
    qr = Qr(
        code=_first(places, "code", _code),
        image=_first(places, "base64", _image),
        pairing_code=_first(places, "pairingCode", _pairing_code),
        count=_first(places, "count", _count),
    )
    return qr if qr.code or qr.image or qr.pairing_code else None


def _first(
    places: tuple[Mapping[str, object], ...], key: str, read: Callable[[object], _Found | None]
) -> _Found | None:
    found = (read(place.get(key)) for place in places)
    return next((value for value in found if value is not None), None)


def _code(value: object) -> str | None:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_CODE:
        return None
    return value if value.isascii() and value.isprintable() else None


def _image(value: object) -> str | None:
    """A PNG data URL. Anything else is dropped: the page shows it, so a foreign type must not get there."""
    if not isinstance(value, str) or len(value) > _LONGEST_IMAGE:
        return None
    bare = value.removeprefix(PNG)
    return PNG + bare if _PNG_IN_BASE64.fullmatch(bare) else None


def _pairing_code(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    bare = value.replace("-", "").upper()
    return bare if _PAIRING_CODE.fullmatch(bare) else None


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _HIGHEST_COUNT else None


def same_offer(old: Qr | None, new: Qr) -> bool:
    """Whether `new` is the code we have: gateways answer a second connect with the old one."""
    if old is None or old.pairing_code != new.pairing_code:
        return False
    if old.code and new.code:
        return old.code == new.code
    return old.image == new.image


def life(qr: Qr | None) -> timedelta:
    """How long a code can be scanned from its receipt: as its gateway says, where it says anything to be believed."""
    told = qr.life_s if qr else None
    return timedelta(seconds=told) if told and told <= _LONGEST_LIFE_S else QR_LIFE


def offer(snapshot: Snapshot, now: datetime) -> Offer:
    """What may be shown at `now`; a code whose gateway tells no life has 45 s."""
    if snapshot.status is Status.CONNECTED:
        return Offer(reason=QrReason.CONNECTED)
    if snapshot.qr is None or snapshot.qr_at is None:
        limit = snapshot.error is Code.QR_LIMIT_REACHED
        return Offer(reason=QrReason.LIMIT_REACHED if limit else QrReason.NOT_READY)
    expires_at = snapshot.qr_at + life(snapshot.qr)
    if now >= expires_at:
        return Offer(received_at=snapshot.qr_at, expires_at=expires_at, reason=QrReason.EXPIRED)
    return Offer(snapshot.qr, snapshot.qr_at, expires_at)
