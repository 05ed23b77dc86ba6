"""Proves that a signed webhook comes from who holds the secret, whatever else its headers claim."""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

WINDOW: Final = timedelta(seconds=300)
ACTIVE_SECRETS: Final = 2
"""The present secret and the one before it, so that a node can be given the new one at leisure."""

# Seconds until the year 5138 have fewer digits than milliseconds since 1973; a longer text is never a time.
_TIME: Final = re.compile(r"[0-9]{9,14}", re.ASCII)
_SECONDS_BELOW: Final = 100_000_000_000
_HEX_SHA256: Final = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


class Verdict(StrEnum):
    """What a signature proves. All but OK are answered alike; the word is for our own log and counters."""

    OK = "ok"
    UNSIGNED = "unsigned"
    MALFORMED = "malformed"
    OUTSIDE_WINDOW = "outside_window"
    NOTHING_TO_CHECK = "nothing_to_check"
    FORGED = "forged"


def verify(body: bytes, timestamp: str | None, signature: str | None, secrets: Sequence[str], now: datetime) -> Verdict:
    """Check `signature`, hex HMAC-SHA256 of `timestamp` as sent + `body` as sent, against up to two active secrets.

    `timestamp` is in unix seconds or milliseconds and at most 300 s from `now`. A header that came twice arrives joined
    by a comma and is refused as malformed, like any other that cannot be. Never raises for what a sender can do.
    """
    refused = refusal(timestamp, signature, now)
    if refused is not None:
        return refused
    active = [secret for secret in secrets[:ACTIVE_SECRETS] if secret]
    if not active:
        return Verdict.NOTHING_TO_CHECK
    return Verdict.OK if any(fitting(body, timestamp or "", signature or "", active)) else Verdict.FORGED


def refusal(timestamp: str | None, signature: str | None, now: datetime) -> Verdict | None:
    """Why no secret at all could make this a true signature; None where one could."""
    if not timestamp or not signature:
        return Verdict.UNSIGNED
    if not _TIME.fullmatch(timestamp) or not _HEX_SHA256.fullmatch(signature):
        return Verdict.MALFORMED
    if abs(now.timestamp() - _seconds(timestamp)) > WINDOW.total_seconds():
        return Verdict.OUTSIDE_WINDOW
    return None


def fitting(body: bytes, timestamp: str, signature: str, secrets: Sequence[str]) -> Sequence[bool]:
    """Which of the secrets made a signature that `refusal` let pass; each is tried, whichever fits."""
    given, signed = bytes.fromhex(signature), timestamp.encode() + body
    return [hmac.compare_digest(hmac.digest(secret.encode(), signed, "sha256"), given) for secret in secrets]


def sign(body: bytes, timestamp: str, secret: str) -> str:
    """The signature a gateway makes."""
    return hmac.digest(secret.encode(), timestamp.encode() + body, "sha256").hex()


def _seconds(timestamp: str) -> float:
    number = int(timestamp)
    return float(number) if number < _SECONDS_BELOW else number / 1000
