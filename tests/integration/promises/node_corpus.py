"""What may be thrown at the doors of webjs nodes: broken bodies under true signatures, whole ones under false."""

import base64
import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sambung.gateways.signatures import sign

EVENTS = (
    "qr_code_generated", "session_authenticated", "session_ready", "session_reconnected", "session_disconnected",
    "session_error", "session_reconnect_failed", "message_received", "typing_indicator", "who_knows",
)  # fmt: skip
REASONS = ("LOGOUT", "UNPAIRED", "CONFLICT", "Max qrcode retries reached", "", None, 7)
TIMES = ("", "0", "-1", "1e9", "9" * 400, "\u0661" * 10, "1795297366, 1795297366", "\x00", None)
SIGNATURES = ("", "0" * 64, "f" * 63, "é" * 64, "x" * 10**6, "\ud800", 7, None)


@dataclass(frozen=True)
class NodeTarget:
    """A registered node."""

    secret: str
    api_key: str


def bases(session: str) -> list[dict[str, Any]]:
    """One body of each kind."""
    more = {"qr_code": "data:image/png;base64,iVBORw0KGgo=", "expires_in": 60, "phone_number": "62811801641"}
    data = {"workspace_id": 1, "session_id": session, **more}
    return [
        {"event": event, "data": {**data, "reason": REASONS[at % len(REASONS)], "error": "webhook_send_failed"}}
        for at, event in enumerate(EVENTS)
    ]


def request(
    node: NodeTarget, chance: random.Random, body: bytes, session: str, addresses: tuple[str, ...]
) -> dict[str, Any]:
    """One HTTP API event: mostly a signed webhook, now and then what a node asks at its start."""
    at = 1767323045000 + chance.randrange(10**7)
    timestamp = str(at if chance.random() < 0.2 else at // 1000 + chance.choice([0, 0, 0, 299, -299, 301, -301]))
    headers: dict[str, Any] = {
        "content-type": "application/json",
        "x-timestamp": timestamp,
        "x-hmac-signature": sign(body, timestamp, node.secret if chance.random() < 0.9 else "guessed"),
        "x-api-key": node.api_key if chance.random() < 0.9 else chance.choice(["", "é", "x" * 10**5, 7]),
    }
    if chance.random() < 0.8:
        headers["x-instance-url"] = chance.choice(addresses)
    if chance.random() < 0.1:
        headers["x-timestamp"] = chance.choice(TIMES)
    if chance.random() < 0.1:
        headers["x-hmac-signature"] = chance.choice(SIGNATURES)
    method, path = _asked(chance, session)
    return {
        "rawPath": path,
        "headers": headers,
        "requestContext": {"http": {"method": method}, "requestId": str(at), "timeEpoch": at},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def _asked(chance: random.Random, session: str) -> tuple[str, str]:
    if chance.random() < 0.85:
        return "POST", "/api/whatsapp/webhooks/webjs"
    name = chance.choice([session, "bad id", "\x00", "\udfff", "%", "x" * 300, ""])
    mark = f"/api/whatsapp/sessions/{quote(name.encode('utf-8', 'surrogatepass'), safe='')}/mark-disconnected"
    return chance.choice([("POST", mark), ("GET", "/api/whatsapp/accounts/active"), ("GET", mark)])
