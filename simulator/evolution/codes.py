"""QR and pairing codes of the recorded shape, as real images a camera could read."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field

import segno

PAIRING_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTVWXYZ"
_QUIET_ZONE = 4
_MASK = 0  # any mask is a valid QR code; a fixed one is six times faster than searching the best


@dataclass(frozen=True)
class Code:
    """What is shown to be scanned: `count` codes were made so far; without `code` none is ready."""

    count: int = 0
    code: str | None = None
    base64: str | None = None
    pairing_code: str | None = None

    def shown(self) -> dict[str, str | int | None]:
        """As connect and create answer it."""
        if self.code is None:
            return {"count": self.count}
        return {"pairingCode": self.pairing_code, "code": self.code, "base64": self.base64, "count": self.count}


@dataclass(frozen=True)
class Identity:
    """The keys of one session: the same in each of its QR codes."""

    keys: tuple[str, str, str] = field(default_factory=lambda: (_key(), _key(), _key()))


def make(identity: Identity, count: int, *, pairing: bool) -> Code:
    """A fresh code; with `pairing` it brings eight characters to type instead."""
    reference = "2@" + base64.b64encode(secrets.token_bytes(66)).decode()[:87]
    text = ",".join((reference, *identity.keys))
    return Code(
        count=count,
        code=text,
        base64=_image(text),
        pairing_code="".join(secrets.choice(PAIRING_ALPHABET) for _ in range(8)) if pairing else None,
    )


def _image(text: str) -> str:
    return str(segno.make(text, error="m", mask=_MASK, boost_error=False).png_data_uri(scale=4, border=_QUIET_ZONE))


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
