"""webjs nodes as the webhook function sees them: registered with sealed secrets, and posting signed events."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from local.events import Request, http_event
from local.routes import Match
from local.template import Route
from sambung.edge.keyring import Keyring
from sambung.gateways.signatures import sign
from sambung.store.connection import Connection
from tests.calling import Reply
from tests.functional.webhook.conftest import NOW
from webhook.door import Door

SHARED_DOOR = "/api/whatsapp/webhooks/webjs"
SESSION = "webjs_1_1732000003_cccccc03"
NUMBER = "62811801641"
PICTURE = "data:image/png;base64,iVBORw0KGgo="


@dataclass(frozen=True)
class Node:
    """A node that posts to our door; `says` is its X-Instance-Url, None for none."""

    door: Door | None
    server_id: UUID
    secret: str
    says: str | None
    api_key: str
    path: str = SHARED_DOOR
    more: Mapping[str, str] = field(default_factory=dict)

    def tells(
        self, event: str, *, at: float = 0, session: str = SESSION, workspace: object = 1, **data: object
    ) -> Reply:
        """An event that comes `at` seconds after NOW."""
        told = {"event": event, "data": {"workspace_id": workspace, "session_id": session, **data}}
        return self.posts(json.dumps(told, separators=(",", ":")).encode(), at=at)

    def posts(
        self,
        body: bytes,
        *,
        at: float = 0,
        signed: float | None = None,
        headers: Mapping[str, str] | None = None,
        changed: Mapping[str, object] | None = None,
    ) -> Reply:
        """Any body; `signed`: when, if not as it comes. `headers` replace its own."""
        received = NOW + timedelta(seconds=at)
        moment = received if signed is None else NOW + timedelta(seconds=signed)
        return self.asks(
            "POST", self.path, body, self._signature(body, moment) if headers is None else headers, received, changed
        )

    def _signature(self, body: bytes, moment: datetime) -> dict[str, str]:
        timestamp = str(int(moment.timestamp()))
        says = {} if self.says is None else {"X-Instance-Url": self.says}
        return {"X-HMAC-Signature": sign(body, timestamp, self.secret), "X-Timestamp": timestamp, **says, **self.more}

    def asks(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        received: datetime = NOW,
        changed: Mapping[str, object] | None = None,
    ) -> Reply:
        """Any request; without `headers` with its own key."""
        sent = {"content-type": "application/json", "host": "hook.example"}
        sent |= {"X-API-Key": self.api_key} if headers is None else headers
        request = Request(method, path, "", list(sent.items()), body, "127.0.0.1")
        event = http_event(request, Match(Route(method, path, "test", authorized=False), {}), None, "r-1", received)
        assert self.door is not None, "this node has nobody to send to"
        answer = self.door.answer({**event, **(changed or {})})
        return Reply(answer["statusCode"], {k.lower(): v for k, v in answer["headers"].items()}, answer["body"])

    def ready(self, *, at: float = 0, **more: Any) -> Reply:
        """session_ready"""
        return self.tells("session_ready", at=at, phone_number=NUMBER, status="connected", **more)


def node(
    plain: Connection,
    keyring: Keyring,
    door: Door | None,
    name: str,
    *,
    secret: str | None = None,
    previous: str | None = None,
    announced: str | None = None,
    says: str | None = "",
    kind: str = "webjs",
    api_key: str | None = None,
) -> Node:
    """One more registered node; unless told otherwise with a secret and a key of its own, and announcing its URL."""
    url = f"https://{name}.example"
    key = api_key or f"key of {name}"
    row = plain.execute(
        """
        INSERT INTO servers (name, kind, base_url, announced_url, api_key_sealed, key_id, webhook_secret_sealed,
                             previous_webhook_secret_sealed)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
        """,
        [
            name,
            kind,
            url,
            announced or url,
            keyring.seal(key),
            keyring.primary,
            keyring.seal(secret or f"secret of {name}"),
            previous and keyring.seal(previous),
        ],
    ).fetchone()
    assert row is not None
    said = (announced or url) if says == "" else says
    return Node(door, UUID(str(row["id"])), secret or f"secret of {name}", said, key)


def session(plain: Connection, server_id: UUID | None, name: str = SESSION, *, status: str = "disconnected") -> UUID:
    """One more session of the first client."""
    row = plain.execute(
        """
        INSERT INTO wa_sessions (client_id, server_id, instance_name, status)
        SELECT id, %s, %s, %s FROM clients ORDER BY created_at LIMIT 1 RETURNING id
        """,
        [server_id, name, status],
    ).fetchone()
    assert row is not None
    return UUID(str(row["id"]))


def row_of(plain: Connection, session_id: UUID) -> dict[str, Any]:
    """Its row now."""
    row = plain.execute("SELECT * FROM wa_sessions WHERE id = %s", [session_id]).fetchone()
    assert row is not None
    return row


def events(plain: Connection) -> list[dict[str, Any]]:
    """What was kept, as it came."""
    return plain.execute("SELECT * FROM webhook_events ORDER BY received_at, event").fetchall()
