"""Every recorded webhook of a node is the observation the table says, and carries nothing it should not."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import pytest

from sambung.domain.instance import Seen
from sambung.domain.qr import PNG
from sambung.gateways.webhook_event import WebhookEvent
from sambung.gateways.webjs.webhooks import BUCKET_S, parse_webhook
from tests.contract import recordings

NODE: Final = "http://localhost:3002"
# At the start of a bucket, so that a few seconds stay within it.
AT: Final = datetime.fromtimestamp(1_795_297_350 // BUCKET_S * BUCKET_S, UTC)
CUT: Final = "...(truncated, "


class Told(NamedTuple):
    """What the table says of an event."""

    seen: Seen
    reason: int | str | None = None
    reconnects: bool = False
    number: str | None = None


# event, and the word in it that decides -> what it means
TABLE: Final[dict[tuple[str, str | None], Told]] = {
    ("qr_code_generated", None): Told(Seen.QR),
    ("session_authenticated", None): Told(Seen.AUTHENTICATED),
    ("session_ready", None): Told(Seen.SESSION_READY, number="62811801641"),
    ("session_reconnected", None): Told(Seen.SESSION_RECONNECTED),
    ("session_disconnected", "LOGOUT"): Told(Seen.SESSION_DISCONNECTED, "LOGOUT"),
    ("session_disconnected", "UNPAIRED"): Told(Seen.SESSION_DISCONNECTED, "UNPAIRED"),
    ("session_disconnected", "CONFLICT"): Told(Seen.SESSION_DISCONNECTED, "CONFLICT", reconnects=True),
    ("session_error", "phone_extraction_failed"): Told(Seen.SESSION_ERROR, "phone_extraction_failed"),
    ("session_error", "webhook_send_failed"): Told(Seen.SESSION_ERROR, "webhook_send_failed"),
    ("session_reconnect_failed", None): Told(Seen.SESSION_RECONNECT_FAILED, "reconnect_failed"),
    **{
        (event, None): Told(Seen.ACTIVITY)
        for event in (
            "message_received",
            "message_sent",
            "message_status_updated",
            "message_delivered",
            "message_read",
            "typing_indicator",
            "mobile_activity_detected",
        )
    },
}


def bodies() -> Iterator[dict[str, Any]]:
    """Every event that was recorded anywhere, as it would have been sent."""
    yield from (webhook.body for webhook in recordings.webhooks("webjs"))
    for row in recordings.load("webjs", "retry-policy.json"):
        for attempt in row.get("attempts", ()):
            if "data" in attempt:
                yield {"event": attempt["event"], "data": attempt["data"]}
    for row in recordings.load("webjs", "restoration.json"):
        for call in row.get("calls_received", ()):
            body = call.get("request", call).get("body")
            if isinstance(body, dict) and "event" in body:
                yield body


def whole(body: dict[str, Any]) -> dict[str, Any]:
    """The body with a picture where the recording cut it short."""
    data = dict(body["data"])
    cut = data.get("qr_code", "" if body["event"] == "qr_code_generated" else None)
    if cut is not None:
        data["qr_code"] = (cut.partition("...")[0] or PNG + "iVBORw0KGgo") + "A" * 5000
    return {**body, "data": data}


def parsed() -> Iterator[tuple[dict[str, Any], WebhookEvent]]:
    for recorded in bodies():
        body = whole(recorded)
        yield body, parse(body)


def parse(body: dict[str, Any], node: str = NODE, at: datetime = AT) -> WebhookEvent:
    return parse_webhook(json.dumps(body, ensure_ascii=False).encode(), instance_url=node, received_at=at)


def test_every_recorded_webhook_is_the_observation_the_table_says() -> None:
    met = set()
    for body, event in parsed():
        key = (body["event"], body["data"].get("reason", body["data"].get("error")))
        met.add(key)
        assert Told(event.seen, event.reason, event.reconnects, event.phone_number) == TABLE[key]
        assert event.known
        assert (event.event, event.date_time, event.profile_name) == (body["event"], None, None)
    assert met == set(TABLE)


def test_the_name_is_the_sessions() -> None:
    for body, event in parsed():
        assert event.instance_name == body["data"].get("session_id", body.get("session_id"))


def test_a_qr_event_brings_the_picture_its_number_and_how_long_it_lives() -> None:
    for body, event in parsed():
        assert (event.qr is not None) is (event.seen is Seen.QR)
        if event.qr:
            assert event.qr.image == body["data"]["qr_code"]
            assert event.qr.count == event.facts["qr_count"] == body["data"]["qr_count"]
            assert event.facts["expires_in"] == 60


def test_a_code_that_comes_as_text_is_a_code_too() -> None:
    event = parse({"event": "qr_code_generated", "data": {"session_id": "a", "qr_code": "2@abc,def", "qr_count": 1}})
    assert event.qr is not None
    assert (event.qr.code, event.qr.image) == ("2@abc,def", None)


def test_nothing_of_messages_people_and_pictures_survives() -> None:
    for body, event in parsed():
        # The code of a QR event goes to its own column, sealed like a secret, so it is looked at apart.
        kept = json.dumps({**asdict(event), "qr": None}, default=str)
        for secret in texts_of(body):
            assert secret not in kept, f"{event.event}: {secret}"
        if event.qr:
            assert "iVBOR" not in repr(event)


def texts_of(body: dict[str, Any]) -> list[str]:
    """The values no parsed event may hold outside its QR code: what people wrote and to whom, and pictures."""
    data = body["data"]
    message = data.get("message") if isinstance(data.get("message"), dict) else {}
    media = message.get("media", {})
    found = [data.get("message_id"), data.get("recipient"), data.get("contact_id"), data.get("contact_name")]
    found += [message.get(key) for key in ("id", "from", "to", "body", "sender_phone", "sender_name", "group_name")]
    found += [media.get("data"), data.get("qr_code")]
    return [value for value in found if value]


def test_only_the_same_bytes_of_the_same_sender_within_a_bucket_are_one_event() -> None:
    ready = next(body for body in bodies() if body["event"] == "session_ready")
    other = {**ready, "data": {**ready["data"], "session_id": "another"}}
    same = parse(ready).dedupe_key
    assert parse(ready, at=AT + timedelta(seconds=BUCKET_S - 1)).dedupe_key == same
    assert len({same, parse(ready, at=AT + timedelta(seconds=BUCKET_S)).dedupe_key, parse(other).dedupe_key}) == 3
    assert parse(ready, node="http://localhost:3003").dedupe_key != same


@pytest.mark.parametrize("url", ["http://localhost:3001", "", "\ud800", "x" * 100_000])
def test_whatever_the_sender_calls_itself_makes_a_key(url: str) -> None:
    ready = next(body for body in bodies() if body["event"] == "session_ready")
    assert len(parse(ready, node=url).dedupe_key) == 64
