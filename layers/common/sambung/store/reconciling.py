"""What a sweep needs of the registry, and the end of operations that nobody else will end."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sambung.domain.instance import Status
from sambung.domain.reconcile import UNFINISHED_AFTER, Registered
from sambung.store import instances, operations
from sambung.store.connection import Connection

DELETE_MAY_TAKE = timedelta(minutes=25)


def registered(connection: Connection) -> Mapping[UUID, Sequence[Registered]]:
    """Every assigned instance, by server."""
    rows = connection.execute(
        """
        SELECT w.server_id, w.id, w.instance_name, w.status, w.needs_check, w.last_read_at, o.created_at
        FROM wa_sessions w
        LEFT JOIN operations o ON o.session_id = w.id AND o.state IN ('planned', 'running')
        WHERE w.server_id IS NOT NULL ORDER BY w.id
        """
    ).fetchall()
    found: dict[UUID, list[Registered]] = defaultdict(list)
    for row in rows:
        found[row["server_id"]].append(
            Registered(
                instance_id=row["id"],
                name=row["instance_name"],
                status=Status(row["status"]),
                needs_check=row["needs_check"],
                last_read_at=row["last_read_at"],
                operation_since=row["created_at"],
            )
        )
    return found


def end_unfinished(
    connection: Connection, server_id: UUID, *, read: Collection[UUID], absent: Collection[UUID], now: datetime
) -> int:
    """End this server's abandoned operations; how many.

    `read`: the instances just read, `absent`: those the server no longer knows. A delete may take its gateway 20
    minutes; any other action's process has long ended, so what it did stands as it was just read.
    """
    rows = connection.execute(
        """
        SELECT id, session_id, action, created_at FROM operations
        WHERE server_id = %s AND state IN ('planned', 'running') AND created_at < %s ORDER BY id FOR UPDATE SKIP LOCKED
        """,
        [server_id, now - UNFINISHED_AFTER],
    ).fetchall()
    ended = 0
    for row in rows:
        state = _true_end(row["action"], row["session_id"], now - row["created_at"], read, absent)
        if state is None:
            continue
        operations.end(connection, row["id"], state, now=now)
        if row["action"] == "delete" and state == "succeeded":
            instances.delete_instance(connection, row["session_id"])
        ended += 1
    return ended


def _true_end(
    action: str, instance_id: UUID, age: timedelta, read: Collection[UUID], absent: Collection[UUID]
) -> str | None:
    """How an abandoned operation ended; None while that cannot be known."""
    if instance_id not in read:
        return None
    if action != "delete":
        return "needs_operator"
    if instance_id in absent:
        return "succeeded"
    return "failed" if age > DELETE_MAY_TAKE else None
