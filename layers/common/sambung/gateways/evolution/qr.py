"""The pairing offer in every shape Evolution gives it: at the top or under `qrcode`; text, picture or eight letters."""

import re
from collections.abc import Mapping
from typing import Final

from sambung.domain.instance import Qr

_PAIRING_CODE: Final = re.compile(r"[A-Z0-9]{8}", re.ASCII)
_IMAGE: Final = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+", re.ASCII)
_BARE_IMAGE: Final = re.compile(r"iVBOR[A-Za-z0-9+/=]+", re.ASCII)
# A real code has some 240 characters, its picture some 12 kB.
_CODE_LIMIT: Final = 4000
_IMAGE_LIMIT: Final = 64 * 1024


def qr_in(body: Mapping[str, object]) -> Qr | None:
    """The offer in an answer or an event's data; None where it carries none."""
    nested = body.get("qrcode")
    source = nested if isinstance(nested, dict) else body
    count = source.get("count")
    found = Qr(
        code=_code(source.get("code")),
        image=_image(source.get("base64")),
        pairing_code=_pairing_code(source.get("pairingCode")),
        count=count if isinstance(count, int) and not isinstance(count, bool) and 0 < count < 10_000 else None,  # noqa: PLR2004
    )
    return found if found.code or found.image or found.pairing_code else None


def _code(value: object) -> str | None:
    fits = isinstance(value, str) and 0 < len(value) <= _CODE_LIMIT and value.isascii() and value.isprintable()
    return value if fits and isinstance(value, str) else None


def _image(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > _IMAGE_LIMIT:
        return None
    if _BARE_IMAGE.fullmatch(value):
        return "data:image/png;base64," + value
    return value if _IMAGE.fullmatch(value) else None


def _pairing_code(value: object) -> str | None:
    bare = value.replace("-", "").upper() if isinstance(value, str) else ""
    return bare if _PAIRING_CODE.fullmatch(bare) else None
