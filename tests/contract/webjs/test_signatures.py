"""Signatures are exactly the recorded ones, and nothing a sender can put into a header raises or passes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.gateways.signatures import Verdict, sign, verify
from tests.contract import recordings


class Vector(NamedTuple):
    body: bytes
    timestamp: str
    signature: str
    secret: str

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(int(self.timestamp), UTC)


def vectors() -> list[Vector]:
    rows = recordings.load("webjs", "hmac-vectors.json")
    return [Vector(r["raw_body"].encode(), r["timestamp"], r["signature"], r["secret"]) for r in rows]


VECTORS: Final = vectors()
ONE: Final = VECTORS[0]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v.signature[:8])
def test_every_recorded_signature_verifies(vector: Vector) -> None:
    assert verify(vector.body, vector.timestamp, vector.signature, [vector.secret], vector.at) is Verdict.OK
    assert sign(vector.body, vector.timestamp, vector.secret) == vector.signature


def test_the_recorded_webhooks_whose_bytes_are_known_verify() -> None:
    checked = 0
    for webhook in recordings.webhooks("webjs"):
        body = json.dumps(webhook.body, ensure_ascii=False, separators=(",", ":")).encode()
        if str(len(body)) != webhook.headers.get("content-length") or "x-hmac-signature" not in webhook.headers:
            continue
        timestamp, signature = webhook.headers["x-timestamp"], webhook.headers["x-hmac-signature"]
        now = datetime.fromtimestamp(int(timestamp), UTC)
        assert verify(body, timestamp, signature, [ONE.secret], now) is Verdict.OK
        checked += 1
    assert checked > 10


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v.signature[:8])
def test_another_byte_another_time_or_another_secret_is_refused(vector: Vector) -> None:
    later = str(int(vector.timestamp) + 1)
    for body, timestamp, secret in (
        (vector.body + b" ", vector.timestamp, vector.secret),
        (vector.body, later, vector.secret),
        (vector.body, vector.timestamp, vector.secret + "x"),
    ):
        assert verify(body, timestamp, vector.signature, [secret], vector.at) is Verdict.FORGED


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [
        (0, Verdict.OK),
        (300, Verdict.OK),
        (-300, Verdict.OK),
        (301, Verdict.OUTSIDE_WINDOW),
        (-301, Verdict.OUTSIDE_WINDOW),
    ],
)
def test_the_window_is_300_seconds_either_way(seconds: int, verdict: Verdict) -> None:
    now = ONE.at + timedelta(seconds=seconds)
    assert verify(ONE.body, ONE.timestamp, ONE.signature, [ONE.secret], now) is verdict


@pytest.mark.parametrize(("milliseconds", "verdict"), [(300_000, Verdict.OK), (300_001, Verdict.OUTSIDE_WINDOW)])
def test_milliseconds_are_understood_and_signed_as_sent(milliseconds: int, verdict: Verdict) -> None:
    timestamp = ONE.timestamp + "000"
    signature = sign(ONE.body, timestamp, ONE.secret)
    assert (
        verify(ONE.body, timestamp, signature, [ONE.secret], ONE.at + timedelta(milliseconds=milliseconds)) is verdict
    )


def test_the_two_active_secrets_verify_and_a_third_does_not() -> None:
    def verdict(*secrets: str) -> Verdict:
        return verify(ONE.body, ONE.timestamp, ONE.signature, secrets, ONE.at)

    assert verdict("new", ONE.secret) is Verdict.OK
    assert verdict(ONE.secret, "old") is Verdict.OK
    assert verdict("a", "b", ONE.secret) is Verdict.FORGED
    assert verdict() is Verdict.NOTHING_TO_CHECK


def test_an_empty_secret_verifies_nothing() -> None:
    signature = sign(ONE.body, ONE.timestamp, "")
    assert verify(ONE.body, ONE.timestamp, signature, ["", ""], ONE.at) is Verdict.NOTHING_TO_CHECK


@pytest.mark.parametrize("timestamp", [None, "", ONE.timestamp])
@pytest.mark.parametrize("signature", [None, "", ONE.signature])
def test_without_both_headers_nothing_passes(timestamp: str | None, signature: str | None) -> None:
    verdict = verify(ONE.body, timestamp, signature, [ONE.secret], ONE.at)
    assert verdict is (Verdict.OK if timestamp and signature else Verdict.UNSIGNED)


@pytest.mark.parametrize(
    "signature",
    [
        f"{ONE.signature},{ONE.signature}",
        f"{ONE.signature}, {ONE.signature}",
        ONE.signature[:-1],
        ONE.signature + "0",
        f" {ONE.signature}",
        f"{ONE.signature}\n",
        f"sha256={ONE.signature}",
        "ä" * 64,
        "٠" * 64,  # noqa: RUF001 - digits of another script are the point
        "\ud800" * 64,
        "a" * 1_000_000,
    ],
)
def test_a_signature_that_cannot_be_one_is_refused(signature: str) -> None:
    assert verify(ONE.body, ONE.timestamp, signature, [ONE.secret], ONE.at) is Verdict.MALFORMED


@pytest.mark.parametrize(
    "timestamp",
    [
        f"{ONE.timestamp},{ONE.timestamp}",
        f" {ONE.timestamp}",
        f"{ONE.timestamp}\n",
        f"+{ONE.timestamp}",
        f"-{ONE.timestamp}",
        f"{ONE.timestamp}.0",
        "1_795_297_366",
        "NaN",
        "1e9",
        "9" * 400,
        "9" * 1_000_000,
        "١٧٩٥٢٩٧٣٦٦",
        "\ud800",
    ],
)
def test_a_time_that_cannot_be_one_is_refused_even_when_it_is_signed(timestamp: str) -> None:
    signature = sign(ONE.body, timestamp, ONE.secret) if timestamp.isascii() else ONE.signature
    assert verify(ONE.body, timestamp, signature, [ONE.secret], ONE.at) is Verdict.MALFORMED


def test_hex_in_capitals_is_the_same_signature() -> None:
    assert verify(ONE.body, ONE.timestamp, ONE.signature.upper(), [ONE.secret], ONE.at) is Verdict.OK


@given(st.binary(max_size=64), st.text(max_size=80), st.text(max_size=80), st.lists(st.text(max_size=8), max_size=4))
def test_nothing_raises_and_nothing_unsigned_passes(
    body: bytes, timestamp: str, signature: str, secrets: list[str]
) -> None:
    assert verify(body, timestamp, signature, secrets, ONE.at) is not Verdict.OK
