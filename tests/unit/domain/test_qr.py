from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.errors import Code
from sambung.domain.instance import Qr, Snapshot, Status
from sambung.domain.qr import Offer, QrReason, offer, parse_qr, same_offer
from tests.unit.domain.builders import START, at, snapshot

PNG = "data:image/png;base64,iVBORw0KGgo="
KEYS = ["code", "base64", "pairingCode", "count", "qrcode", "message"]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner, max_size=5),
)


@pytest.mark.parametrize(
    ("body", "qr"),
    [
        ({"code": "2@a"}, Qr(code="2@a")),
        ({"base64": PNG}, Qr(image=PNG)),
        ({"base64": "iVBORw0KGgo="}, Qr(image=PNG)),
        ({"pairingCode": "wzyeh1yy"}, Qr(pairing_code="WZYEH1YY")),
        ({"pairingCode": "WZYE-H1YY"}, Qr(pairing_code="WZYEH1YY")),
        ({"qrcode": {"code": "2@a"}}, Qr(code="2@a")),
        ({"qrcode": {"base64": PNG}}, Qr(image=PNG)),
        (
            {"pairingCode": None, "code": "2@a", "base64": PNG, "count": 3},
            Qr(code="2@a", image=PNG, count=3),
        ),
        (
            {"qrcode": {"instance": "x", "pairingCode": "WZYEH1YY", "code": "2@a", "base64": PNG}},
            Qr(code="2@a", image=PNG, pairing_code="WZYEH1YY"),
        ),
        ({"code": "2@a", "qrcode": {"base64": PNG, "code": "other"}}, Qr(code="2@a", image=PNG)),
        ({"code": 7, "qrcode": {"code": "2@a"}}, Qr(code="2@a")),
        ({"code": "2@a", "count": True}, Qr(code="2@a")),
    ],
)
def test_every_shape_of_an_offer_is_read(body: object, qr: Qr) -> None:
    assert parse_qr(body) == qr


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "2@a",
        {},
        {"count": 0},
        {"qrcode": {"count": 0}},
        {"qrcode": None},
        {"qrcode": "2@a"},
        {"code": ""},
        {"code": 500, "base64": 1, "pairingCode": ["A"]},
        {"base64": "data:text/html;base64,iVBORw0KGgo="},
        {"base64": "javascript:alert(1)"},
        {"base64": PNG + '" onerror="x'},
        {"code": "2@a\x00"},
        {"code": "x" * 5000},
        {"pairingCode": "1234"},
        {"message": "QR code limit reached, please login again", "statusCode": 500},
        {"instance": {"instanceName": "x", "state": "open"}},
    ],
)
def test_what_offers_nothing_is_none(body: object) -> None:
    assert parse_qr(body) is None


@given(anything)
def test_no_body_breaks_the_reading(body: object) -> None:
    qr = parse_qr(body)
    assert qr is None or qr.code or qr.image or qr.pairing_code


def test_the_same_offer_is_known_by_its_code_and_else_by_its_picture() -> None:
    assert same_offer(Qr(code="a", count=1), Qr(code="a", image=PNG, count=2))
    assert same_offer(Qr(image=PNG), Qr(image=PNG, code="a"))
    assert not same_offer(Qr(code="a"), Qr(code="b"))
    assert not same_offer(Qr(code="a"), Qr(code="a", pairing_code="ABCD1234"))
    assert not same_offer(None, Qr(code="a"))


def offering(**facts: object) -> Snapshot:
    return snapshot(Status.CONNECTING, qr=Qr(code="2@a"), qr_at=START, **facts)


def test_a_code_is_shown_for_45_seconds_from_its_receipt() -> None:
    assert offer(offering(), at(44.9)) == Offer(Qr(code="2@a"), START, at(45), None)
    assert offer(offering(), at(45)) == Offer(None, START, at(45), QrReason.EXPIRED)


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        (snapshot(Status.CONNECTING), QrReason.NOT_READY),
        (snapshot(Status.DISCONNECTED, error=Code.SESSION_ENDED), QrReason.NOT_READY),
        (snapshot(Status.DISCONNECTED, error=Code.QR_LIMIT_REACHED), QrReason.LIMIT_REACHED),
        (snapshot(Status.CONNECTED, qr=Qr(code="2@a"), qr_at=START), QrReason.CONNECTED),
    ],
)
def test_no_code_has_a_reason(kept: Snapshot, reason: QrReason) -> None:
    assert offer(kept, at(1)) == Offer(reason=reason)
