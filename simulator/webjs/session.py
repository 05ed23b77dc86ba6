"""One WhatsApp session inside a node: what it remembers, and how it is shown."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.wire import Body

QR_LIFE_S = 60


def now() -> str:
    """UTC as JavaScript writes it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def present(**values: Any) -> Body:  # noqa: ANN401 - values of a JSON body
    """The values JavaScript would write: what is undefined, here None, is left out."""
    return {name: value for name, value in values.items() if value is not None}


@dataclass(eq=False)
class Session:
    """`id` and `workspace` are whatever the caller sent, also nothing or a number. `linked`: its client knows a number,
    which the service mistakes for a connection."""

    id: Any
    workspace: Any
    account: Any = None
    status: str = "qr_scanning"
    number: str | None = None
    linked: bool = False
    created_at: str = field(default_factory=now)
    connected_at: str | None = None
    authenticated_at: str | None = None
    qr_code: str | None = None
    qr_at: int | None = None
    qr_count: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    hangs: bool = False
    shows_codes: bool = True

    @property
    def key(self) -> tuple[object, object]:
        """Where its pairing is kept."""
        return self.workspace, self.id

    def owned(self, **more: Any) -> Body:  # noqa: ANN401 - values of a JSON body
        """The data of an event."""
        return {**present(workspace_id=self.workspace, session_id=self.id), **more}

    def scanned(self, image: str) -> Body:
        """Remember a new code; the data of its event."""
        self.qr_count += 1
        self.qr_code, self.qr_at = image, int(time.time() * 1000)
        self.status = "qr_scanning"
        again = self.qr_count > 1
        return self.owned(qr_code=image, expires_in=QR_LIFE_S, qr_count=self.qr_count, is_regeneration=again)

    def row(self) -> Body:
        """As the list shows it."""
        return {
            **present(session_id=self.id, workspace_id=self.workspace),
            "status": self.status,
            "phone_number": self.number,
            **present(connected_at=self.connected_at),
        }

    def shown(self) -> Body:
        """As its status shows it."""
        return {
            **present(session_id=self.id),
            "status": self.status,
            "phone_number": self.number,
            **present(workspace_id=self.workspace, connected_at=self.connected_at),
            "last_activity": self.created_at,
        }

    def metadata(self) -> Body:
        return {
            **present(workspaceId=self.workspace, accountId=self.account),
            "status": self.status,
            "createdAt": self.created_at,
            "phoneNumber": self.number,
            "lastActivity": self.created_at,
            "performanceStart": int(dt.datetime.fromisoformat(self.created_at).timestamp() * 1000),
            **present(qrCode=self.qr_code, qrGeneratedAt=self.qr_at, qrCount=self.qr_count or None),
            **present(authenticatedAt=self.authenticated_at),
            **self._connection(),
        }

    def _connection(self) -> Body:
        if self.connected_at is None:
            return {}
        known = {"platform": "android", "connectedAt": self.connected_at, "phoneExtractionMethod": "client.info.wid"}
        return known if self.qr_code else {**known, "qrCode": None}

    def end(self) -> None:
        """Stop whatever it was about to do."""
        for task in tuple(self.tasks):
            task.cancel()
