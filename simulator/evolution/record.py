"""What an Evolution server keeps on disk or in its database: it outlives the process and can contradict its memory."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def timestamp(offset_s: float = 0) -> str:
    """Now as JavaScript writes it; with an offset it is local time that still claims to be UTC."""
    moment = datetime.now(UTC) + timedelta(seconds=offset_s)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass
class Account:
    """The WhatsApp account an instance is linked to; `number` is digits only."""

    number: str
    profile_name: str

    @property
    def jid(self) -> str:
        return f"{self.number}@s.whatsapp.net"

    @property
    def picture(self) -> str:
        return f"https://pps.whatsapp.net/v/t61/lab-{self.number}.jpg"


@dataclass
class Disconnection:
    """Why a session ended for good: `cause` is the serialised error the server shows."""

    code: int
    cause: str
    at: str


@dataclass
class Record:
    """One instance as stored. `account` is set while its credentials are good, `owner` is the last one ever seen."""

    name: str
    instance_id: str
    token: str
    own_token: bool
    integration: str | None = None
    number: str | None = None
    status: str = "close"
    account: Account | None = None
    owner: Account | None = None
    code_pending: bool = False
    folder_removed: bool = False
    disconnection: Disconnection | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    settings_id: str = ""
    created_at: str = field(default_factory=timestamp)
    updated_at: str = field(default_factory=timestamp)

    def touch(self, status: str) -> None:
        """Store a new connection status."""
        self.status = status
        self.updated_at = timestamp()

    @classmethod
    def load(cls, stored: dict[str, Any]) -> Record:
        """Read back what `asdict` made of one."""
        parts = {"account": Account, "owner": Account, "disconnection": Disconnection}
        read = {key: parts[key](**value) if key in parts and value else value for key, value in stored.items()}
        return cls(**read)


@dataclass
class Store:
    """Everything that outlives the process; webhooks go by name, because 1.x finds them again after a re-create."""

    records: dict[str, Record] = field(default_factory=dict)
    webhooks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def save(self, file: Path) -> None:
        """Write it so that a kill in the middle leaves the former state."""
        text = json.dumps({"records": [asdict(r) for r in self.records.values()], "webhooks": self.webhooks})
        draft = file.with_suffix(".new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)

    @classmethod
    def load(cls, file: Path) -> Store:
        """Read what `save` wrote."""
        stored = json.loads(file.read_text(encoding="utf-8"))
        records = [Record.load(row) for row in stored["records"]]
        return cls(records={record.name: record for record in records}, webhooks=stored["webhooks"])
