"""The operational log: what was done to which instance, how it ended and how long it took; never a secret."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sambung.store.connection import Connection


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `status`: ok, failed or unknown. `detail` is redacted before it comes here."""

    action: str
    status: str
    instance_name: str
    actor: str
    correlation_id: str
    session_id: UUID | None = None
    server_id: UUID | None = None
    operation_id: UUID | None = None
    error_code: str | None = None
    latency_ms: int | None = None
    detail: dict[str, object] = field(default_factory=dict)


def write(connection: Connection, entry: Entry) -> None:
    """Add a line."""
    connection.execute(
        """
        INSERT INTO wa_ops_logs (action, status, instance_name, actor, correlation_id, session_id, server_id,
                                 operation_id, error_code, latency_ms, detail)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            entry.action, entry.status, entry.instance_name, entry.actor, entry.correlation_id, entry.session_id,
            entry.server_id, entry.operation_id, entry.error_code, entry.latency_ms, Jsonb(entry.detail),
        ],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines; None means any. `since` and `until` bound the time, the first one included."""

    instance_id: UUID | None = None
    action: str | None = None
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def latest(connection: Connection, chosen: Filter, *, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Lines, newest first, older than `before` (a line's id)."""
    return connection.execute(
        """
        SELECT id, created_at, instance_name, session_id AS instance_id, server_id, operation_id, action, status,
               error_code, latency_ms, actor, correlation_id, detail
        FROM wa_ops_logs
        WHERE (%(instance_id)s::uuid IS NULL OR session_id = %(instance_id)s)
          AND (%(action)s::text IS NULL OR action = %(action)s)
          AND (%(status)s::text IS NULL OR status = %(status)s)
          AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
          AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
          AND (%(before)s::bigint IS NULL OR id < %(before)s)
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {
            "instance_id": chosen.instance_id,
            "action": chosen.action,
            "status": chosen.status,
            "since": chosen.since,
            "until": chosen.until,
            "before": before,
            "limit": limit,
        },
    ).fetchall()
