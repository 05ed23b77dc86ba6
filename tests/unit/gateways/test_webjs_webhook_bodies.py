"""What a node's webhook may not be, what it may be although nobody told us of it, and what reading it costs."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.instance import Seen
from sambung.gateways.strict_json import UnreadableBody
from sambung.gateways.webhook_event import WebhookEvent
from sambung.gateways.webjs.webhooks import parse_webhook

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def parse(body: bytes) -> WebhookEvent:
    return parse_webhook(body, instance_url="http://localhost:3001", received_at=AT)


def told(event: str, **data: object) -> WebhookEvent:
    return parse(json.dumps({"event": event, "data": {"session_id": "toko-1", **data}}).encode())


def test_the_parser_and_the_signatures_start_without_a_client() -> None:
    code = "import sys, sambung.gateways.webjs.webhooks, sambung.gateways.signatures; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)}
    ).stdout.split()
    assert "sambung.gateways.strict_json" in loaded
    assert {"httpx", "httpcore", "ssl", "pydantic", "asyncio"}.isdisjoint(loaded)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"event": "session_ready"}',
        b'{"event": "session_ready", "data": null}',
        b'{"event": "session_ready", "data": {"session_id": ""}}',
        b'{"event": "session_ready", "data": {"session_id": 12345}}',
        b'{"event": "", "data": {"session_id": "a"}}',
        b'{"event": ["x"], "data": {"session_id": "a"}}',
        rb'{"event": "x", "data": {"session_id": "\u0000"}}',
        b'{"event": "x", "data": {"session_id": "' + b"a" * 256 + b'"}}',
    ],
)
def test_a_body_that_can_never_be_read_says_so(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        parse(body)


def test_an_event_nobody_told_us_of_is_activity() -> None:
    event = told("session_teleported", status="x")
    assert (event.seen, event.known, event.facts) == (Seen.ACTIVITY, False, {})


@pytest.mark.parametrize(
    "code", [None, 5, "", "data:text/html;base64,PHNjcmlwdD4=", "data:image/png;base64,####", "a\nb"]
)
def test_a_qr_event_without_a_code_that_can_be_shown_brings_none(code: object) -> None:
    event = told("qr_code_generated", qr_code=code, qr_count=1)
    assert event.qr is None or not str(code).startswith("data:image")
    assert event.qr is None or event.qr.image is None


@pytest.mark.parametrize(
    ("given_number", "kept"), [("+62811801641", "62811801641"), ("0811 801", None), (62811801641, None), (None, None)]
)
def test_a_number_is_kept_as_digits_or_not_at_all(given_number: object, kept: str | None) -> None:
    assert told("session_ready", phone_number=given_number).phone_number == kept


@pytest.mark.parametrize("reason", ["Max qrcode retries reached", "NAVIGATION", "CONFLICT"])
def test_a_technical_reason_is_kept_and_the_node_dials_again(reason: str) -> None:
    event = told("session_disconnected", reason=reason)
    assert (event.reason, event.reconnects) == (reason, True)


@pytest.mark.parametrize("reason", [None, 5, {}, "x" * 100, "token=abc1234567"])
def test_a_reason_that_is_no_word_is_not_kept(reason: object) -> None:
    assert told("session_disconnected", reason=reason).reason is None


def test_what_an_error_says_is_kept_without_numbers_and_addresses() -> None:
    said = "Failed for 628123456789@c.us at https://sambung.example/x?token=canary"
    kept = str(told("session_error", error="webhook_send_failed", message=said).facts["message"])
    assert kept.startswith("Failed for [number] at [url]")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.sampled_from(
    [
        "qr_code_generated",
        "session_ready",
        "session_disconnected",
        "session_error",
        "session_reconnect_failed",
        "message_sent",
    ]
)
FIELDS = st.sampled_from(
    [
        "session_id",
        "qr_code",
        "qr_count",
        "expires_in",
        "phone_number",
        "reason",
        "error",
        "message",
        "status",
        "max_retries",
    ]
)


@given(EVENTS, st.dictionaries(FIELDS, JSON, max_size=6))
def test_no_value_of_a_known_field_surprises(event: str, data: dict[str, object]) -> None:
    try:
        found = parse(json.dumps({"event": event, "data": {"session_id": "a", **data}}).encode())
    except UnreadableBody:
        return
    assert all(isinstance(fact, str | int | bool) for fact in found.facts.values())
