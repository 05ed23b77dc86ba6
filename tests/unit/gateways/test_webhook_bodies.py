"""What a webhook's body may not be, and what it may be although nobody told us of it."""

import json
from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.instance import Seen
from sambung.gateways.evolution.webhooks import parse_webhook
from sambung.gateways.strict_json import UnreadableBody, loads
from sambung.gateways.webhook_event import WebhookEvent

SERVER = UUID("0b3f2f0e-3c5f-4f0e-9d5c-6a1f5f1f9b11")


def parse(event: str = "connection.update", version: str | None = None, **envelope: object) -> WebhookEvent:
    body = {"event": event, "instance": "toko-1", "date_time": "2026-11-21T18:36:37.958Z", "data": None} | envelope
    return parse_webhook(json.dumps(body).encode(), server_id=SERVER, version=version)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"\xff\xfe{}",
        b'\xef\xbb\xbf{"event": "x"}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 21 + b"}",
        b'{"a": ' + b"9" * 10_000 + b"}",
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        rb'{"a": "\u0000"}',
        rb'{"\u0000": 1}',
        rb'{"a": "\ud800"}',
        rb'{"a": ["\uDFff"]}',
        b'{"a": "\x00"}',
        b'{"a": ' + b"[" * 32 + b"]" * 32 + b"}",
        b"[" * 200_000,
        b'{"a":' * 50_000,
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_postgresql_could_not_keep_is_refused_as_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"a": 18446744073709551615}',
        rb'{"a": "\ud83d\ude00"}',
        '{"a": "Toko Bu Siti 😀"}'.encode(),
        b'{"a": ' + b"[" * 31 + b"]" * 31 + b"}",
    ],
)
def test_ordinary_bodies_are_read(body: bytes) -> None:
    assert loads(body) == json.loads(body)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    try:
        parse_webhook(body, server_id=SERVER)
    except UnreadableBody:
        return


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KNOWN = ["connection.update", "qrcode.updated", "status.instance", "messages.upsert", "logout.instance", "x"]
FIELDS = ["state", "statusReason", "qrcode", "key", "fromMe", "status", "wuid", "disconnectionReasonCode"]


@given(st.sampled_from(KNOWN), st.dictionaries(st.sampled_from(FIELDS), json_values) | json_values, json_values)
def test_no_data_of_any_shape_raises_anything_else(event: str, data: object, other: object) -> None:
    body = {"event": event, "instance": "a", "data": data, "date_time": other, "sender": other}
    try:
        found = parse_webhook(json.dumps(body).encode(), server_id=SERVER)
    except UnreadableBody:
        return
    assert all(isinstance(value, str | int | bool) for value in found.facts.values())


@given(st.dictionaries(st.text(max_size=8), json_values, max_size=3))
def test_what_was_parsed_elsewhere_is_held_to_the_same_rules(extra: dict[str, object]) -> None:
    body: dict[str, object] = {"event": "x", "instance": "a"} | extra
    try:
        from_mapping = parse_webhook(body, server_id=SERVER)
    except UnreadableBody:
        with pytest.raises(UnreadableBody):
            parse_webhook(json.dumps(body).encode(), server_id=SERVER)
        return
    assert from_mapping.instance_name == body["instance"]


@pytest.mark.parametrize(
    "envelope", [{"event": None}, {"event": ""}, {"event": 7}, {"instance": None}, {"instance": {}}]
)
def test_a_body_without_event_or_instance_is_no_webhook(envelope: dict[str, object]) -> None:
    with pytest.raises(UnreadableBody):
        parse(**({"event": "connection.update"} | envelope))  # type: ignore[arg-type]


def test_an_unknown_event_is_kept_as_activity() -> None:
    found = parse("labels.invented", data={"secret": "x"})
    assert (found.seen, found.known, found.facts) == (Seen.ACTIVITY, False, {})


def test_an_unknown_connection_state_changes_nothing() -> None:
    found = parse(data={"state": "reticulating", "statusReason": 200})
    assert (found.seen, found.known) == (Seen.ACTIVITY, False)


@pytest.mark.parametrize("name", ["QRCODE_UPDATED", "qrcode-updated", "qrcode.updated"])
def test_an_event_is_known_in_every_spelling(name: str) -> None:
    assert parse(name, data={"qrcode": {"code": "2@abc"}}).seen is Seen.QR


def test_a_qr_event_without_a_qr_is_the_limit() -> None:
    found = parse("qrcode.updated", data={"message": "QR code limit reached, please login again", "statusCode": 500})
    assert (found.seen, found.qr, found.facts) == (Seen.QR_LIMIT, None, {"status_code": 500})


def test_an_empty_qr_is_no_limit() -> None:
    assert parse("qrcode.updated", data={"qrcode": {"code": None}}).seen is Seen.ACTIVITY


@pytest.mark.parametrize(
    ("version", "reason", "again"),
    [("1.8.2", 440, True), ("1.8.2", 401, False), ("2.3.6", 428, False), (None, 515, True), (None, 403, False)],
)
def test_only_1_x_dials_again_after_a_close(version: str | None, reason: int, again: bool) -> None:
    assert parse(version=version, data={"state": "close", "statusReason": reason}).reconnects is again


def test_the_false_zone_of_the_gateways_clock_is_dropped() -> None:
    assert parse().date_time == datetime(2026, 11, 21, 18, 36, 37, 958000)  # noqa: DTZ001 - a claim without a zone


@pytest.mark.parametrize("claimed", [None, 7, "yesterday", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_an_impossible_time_is_none(claimed: object) -> None:
    assert parse(date_time=claimed).date_time is None


def test_a_profile_name_loses_what_a_log_line_cannot_hold() -> None:
    found = parse(data={"state": "open", "wuid": "6281234567890:12@s.whatsapp.net", "profileName": "Bu\nSiti 👩‍👧"})
    assert (found.phone_number, found.profile_name) == ("6281234567890", "Bu Siti 👩‍👧")


def test_a_qr_a_number_and_a_name_stay_out_of_the_repr() -> None:
    found = parse("qrcode.updated", data={"qrcode": {"code": "2@canary", "base64": "iVBORcanary"}})
    assert "canary" not in repr(found)
