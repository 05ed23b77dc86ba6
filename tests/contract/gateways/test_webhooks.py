"""Every recorded webhook of a real server is the observation the table says, and carries nothing it should not."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final
from uuid import UUID

import pytest

from sambung.domain.instance import Seen
from sambung.gateways.evolution.webhooks import parse_webhook
from sambung.gateways.webhook_event import WebhookEvent
from tests.contract import recordings
from tests.contract.recordings import Webhook

SERVER: Final = UUID("0b3f2f0e-3c5f-4f0e-9d5c-6a1f5f1f9b11")
VERSIONS: Final = ("1.6.0", "1.8.2", "2.3.6")

# event, state or what stands for it, reason -> seen, reason kept, dials again by itself
Meaning = tuple[Seen, int | None, bool]
TABLE: Final[dict[str, dict[tuple[str, str | None, int | None], Meaning]]] = {
    "1": {
        ("connection.update", "connecting", 200): (Seen.CONNECTING, None, False),
        ("connection.update", "open", 200): (Seen.OPEN, None, False),
        ("connection.update", "close", 401): (Seen.CLOSE, 401, False),
        ("connection.update", "close", 408): (Seen.CLOSE, 408, True),
        ("connection.update", "close", 428): (Seen.CLOSE, 428, True),
        ("connection.update", "close", 440): (Seen.CLOSE, 440, True),
        ("connection.update", "close", 515): (Seen.CLOSE, 515, True),
    },
    "2": {
        ("connection.update", "connecting", 200): (Seen.CONNECTING, None, False),
        ("connection.update", "open", 200): (Seen.OPEN, None, False),
        ("connection.update", "close", 401): (Seen.CLOSE, 401, False),
        ("connection.update", "close", 402): (Seen.CLOSE, 402, False),
        ("connection.update", "close", 403): (Seen.CLOSE, 403, False),
        ("connection.update", "close", 406): (Seen.CLOSE, 406, False),
        ("status.instance", "closed", 401): (Seen.STATUS_NOTICE, 401, False),
        ("status.instance", "closed", 402): (Seen.STATUS_NOTICE, 402, False),
        ("status.instance", "closed", 403): (Seen.STATUS_NOTICE, 403, False),
        ("status.instance", "closed", 406): (Seen.STATUS_NOTICE, 406, False),
        ("logout.instance", None, None): (Seen.LOGOUT_NOTICE, None, False),
        ("remove.instance", None, None): (Seen.REMOVE_NOTICE, None, False),
    },
}
BOTH: Final[dict[tuple[str, str | None, int | None], Meaning]] = {
    ("connection.update", "refused", 428): (Seen.REFUSED, 428, False),
    ("qrcode.updated", "qrcode", None): (Seen.QR, None, False),
    ("qrcode.updated", None, None): (Seen.QR_LIMIT, None, False),
    ("instance.create", None, None): (Seen.ACTIVITY, None, False),
    ("instance.delete", None, None): (Seen.REMOVE_NOTICE, None, False),
}
MESSAGES: Final = re.compile(r"messages\.|send\.message|contacts\.|presence\.")


def meaning(version: str, body: dict[str, object]) -> Meaning:
    """What the table says of a recorded body."""
    data = body["data"] if isinstance(body["data"], dict) else {}
    event = str(body["event"])
    if MESSAGES.match(event):
        return (Seen.ACTIVITY, None, False)
    word = "qrcode" if "qrcode" in data else data.get("state", data.get("status"))
    reason = data.get("statusReason", data.get("disconnectionReasonCode"))
    key = (event, word, reason)
    return (TABLE[version[0]] | BOTH)[key]


def parsed(version: str) -> Iterator[tuple[Webhook, WebhookEvent]]:
    for webhook in recordings.webhooks(f"evolution-{version}"):
        body = json.dumps(webhook.body, ensure_ascii=False).encode()
        yield webhook, parse_webhook(body, server_id=SERVER, version=version)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_recorded_webhook_is_the_observation_the_table_says(version: str) -> None:
    wrong = [
        f"{webhook.body['event']} {webhook.body['data']}: {event.seen} {event.reason} {event.reconnects}"
        for webhook, event in parsed(version)
        if (event.seen, event.reason, event.reconnects) != meaning(version, webhook.body)
    ]
    assert wrong == []


@pytest.mark.parametrize("version", VERSIONS)
def test_name_time_and_event_are_those_of_the_envelope(version: str) -> None:
    for webhook, event in parsed(version):
        assert event.known
        assert (event.event, event.instance_name) == (webhook.body["event"], webhook.body["instance"])
        assert event.date_time is not None
        assert event.date_time.tzinfo is None
        assert webhook.body["date_time"] == event.date_time.isoformat(timespec="milliseconds") + "Z"


@pytest.mark.parametrize("version", VERSIONS)
def test_an_open_tells_the_number_and_on_2_x_the_profile(version: str) -> None:
    opens = [event for _, event in parsed(version) if event.seen is Seen.OPEN]
    assert opens
    assert all(event.phone_number and event.phone_number.isdigit() for event in opens)
    assert all(event.profile_name for event in opens) is (version[0] == "2")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_qr_event_brings_the_code_and_its_picture(version: str) -> None:
    for webhook, event in parsed(version):
        given = webhook.body["data"].get("qrcode") if isinstance(webhook.body["data"], dict) else None
        assert (event.qr is not None) is bool(given)
        if event.qr and given:
            assert event.qr.code == given["code"]
            assert event.qr.pairing_code == given["pairingCode"]


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_of_keys_addresses_and_messages_survives(version: str) -> None:
    for webhook, event in parsed(version):
        kept = json.dumps(asdict(event), default=str)
        for secret in secrets_of(webhook.body):
            assert secret not in kept, f"{event.event}: {secret}"


def secrets_of(body: dict[str, object]) -> list[str]:
    """The values no parsed event may hold: keys, addresses, and what people wrote and to whom."""
    data = body["data"] if isinstance(body["data"], dict) else {}
    found = [body.get("apikey"), body.get("destination"), body.get("server_url"), data.get("remoteJid")]
    found += [data.get("key", {}).get("remoteJid"), data.get("key", {}).get("id")] if "key" in data else []
    message = data.get("message")
    found += [message.get("conversation") if isinstance(message, dict) else None, data.get("pushName")]
    return [value for value in found if isinstance(value, str) and len(value) > 3]


@pytest.mark.parametrize("version", VERSIONS)
def test_only_a_repeated_delivery_has_the_same_dedupe_key(version: str) -> None:
    seen: dict[str, str] = {}
    for webhook, event in parsed(version):
        body = webhook.body
        same = json.dumps([body["event"], body["instance"], body["date_time"], body["data"]], sort_keys=True)
        assert seen.setdefault(event.dedupe_key, same) == same
    assert len(set(seen.values())) == len(seen)


def test_the_same_event_from_another_server_is_another_event() -> None:
    body = json.dumps(next(recordings.webhooks("evolution-2.3.6")).body).encode()
    other = UUID("9a1e6f57-7f6e-4d57-8a49-7d4c8b6f3c22")
    assert parse_webhook(body, server_id=SERVER).dedupe_key != parse_webhook(body, server_id=other).dedupe_key
