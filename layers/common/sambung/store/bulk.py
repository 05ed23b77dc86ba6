"""Operations on many instances: their lists, who works on them, and the confirmations that come first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from sambung.domain.bulk import Child, Item
from sambung.store.connection import Connection


@dataclass(frozen=True, slots=True)
class Member:
    """One instance as a preview shows it."""

    id: UUID
    instance_name: str
    label: str | None
    phone_number: str | None
    status: str
    client_id: UUID
    server_id: UUID | None
    server_name: str | None
    webhook_state: str
    webhook_url_host: str | None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What was shown to whom. `operation_id` is set once it was used."""

    actor: str
    client_id: UUID | None
    instance_ids: list[UUID]
    expires_at: datetime
    operation_id: UUID | None


@dataclass(frozen=True, slots=True)
class Parent:
    """An operation on many instances. `wish`: what it wants, by action."""

    id: UUID
    action: str
    state: str
    actor: str
    correlation_id: str
    wish: dict[str, Any]  # a JSON column
    cancelled_by: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One instance to be put on a list; with an `error` it is over already."""

    instance_name: str
    server_id: UUID | None
    instance_id: UUID | None = None
    error: str | None = None


_PARENT = "SELECT id, action, state, actor, correlation_id, wish, cancelled_by, created_at, ended_at FROM operations "


def members(connection: Connection, client_id: UUID | None) -> list[Member]:
    """Every instance of a client, or of all clients, by name."""
    with connection.cursor(row_factory=class_row(Member)) as cursor:
        return cursor.execute(
            """
            SELECT w.id, w.instance_name, w.label, w.phone_number, w.status, w.client_id, w.server_id,
                   s.name AS server_name, w.webhook_state, w.webhook_url_host
            FROM wa_sessions w LEFT JOIN servers s ON s.id = w.server_id
            WHERE %(client_id)s::uuid IS NULL OR w.client_id = %(client_id)s ORDER BY w.instance_name, w.id
            """,
            {"client_id": client_id},
        ).fetchall()


def keep_confirmation(connection: Connection, token_hash: bytes, shown: Confirmation, now: datetime) -> None:
    """Remember what was shown; what nobody can use any more is forgotten."""
    connection.execute("DELETE FROM confirmations WHERE expires_at < %s - interval '1 day'", [now])
    connection.execute(
        """
        INSERT INTO confirmations (token_hash, actor, client_id, instance_ids, expires_at) VALUES (%s, %s, %s, %s, %s)
        """,
        [token_hash, shown.actor, shown.client_id, shown.instance_ids, shown.expires_at],
    )


def hold_confirmation(connection: Connection, token_hash: bytes) -> Confirmation | None:
    """What was shown with this token, held so that only one caller can use it."""
    with connection.cursor(row_factory=class_row(Confirmation)) as cursor:
        return cursor.execute(
            """
            SELECT actor, client_id, instance_ids, expires_at, operation_id FROM confirmations
            WHERE token_hash = %s FOR UPDATE
            """,
            [token_hash],
        ).fetchone()


def use_confirmation(connection: Connection, token_hash: bytes, operation_id: UUID) -> None:
    """Say what it was used for."""
    connection.execute("UPDATE confirmations SET operation_id = %s WHERE token_hash = %s", [operation_id, token_hash])


def begin(
    connection: Connection,
    action: str,
    listed: Sequence[Listed],
    *,
    actor: str,
    correlation_id: str,
    wish: Mapping[str, object],
) -> UUID:
    """Write an operation on many with its list."""
    row = connection.execute(
        """
        INSERT INTO operations (instance_name, action, state, actor, correlation_id, wish)
        VALUES ('', %s, 'running', %s, %s, %s) RETURNING id
        """,
        [action, actor, correlation_id, Jsonb(dict(wish))],
    ).fetchone()
    assert row is not None  # noqa: S101 - RETURNING of a plain INSERT always brings a row
    connection.execute(
        """
        INSERT INTO operation_items (operation_id, position, session_id, server_id, instance_name, state, error_code)
        SELECT %(id)s, listed.position, listed.session_id, listed.server_id, listed.name,
               CASE WHEN listed.error IS NULL THEN 'waiting' ELSE 'failed' END, listed.error
        FROM unnest(%(sessions)s::uuid[], %(servers)s::uuid[], %(names)s::text[], %(errors)s::text[])
            WITH ORDINALITY AS listed (session_id, server_id, name, error, position)
        """,
        {
            "id": row["id"],
            "sessions": [one.instance_id for one in listed],
            "servers": [one.server_id for one in listed],
            "names": [one.instance_name for one in listed],
            "errors": [one.error for one in listed],
        },
    )
    return UUID(str(row["id"]))


def parent(connection: Connection, operation_id: UUID, *, hold: bool = False) -> Parent | None:
    """An operation on many; None where there is none, or where it is on one instance."""
    with connection.cursor(row_factory=class_row(Parent)) as cursor:
        return cursor.execute(
            _PARENT + "WHERE id = %s AND wish IS NOT NULL" + (" FOR UPDATE" if hold else ""), [operation_id]
        ).fetchone()


def items(connection: Connection, operation_id: UUID) -> list[Item]:
    """Its list, each with its latest operation."""
    rows = connection.execute(
        """
        SELECT i.position, i.session_id, i.server_id, i.instance_name, i.state, i.tries, i.refused_at, i.error_code,
               i.error_params, i.child_id, o.state AS child_state, o.deadline_at, o.error_code AS child_error,
               coalesce(o.evidence ->> 'ended_by' = 'reconciler', false) AS by_sweep
        FROM operation_items i LEFT JOIN operations o ON o.id = i.child_id
        WHERE i.operation_id = %s ORDER BY i.position
        """,
        [operation_id],
    ).fetchall()
    return [_item(row) for row in rows]


def _item(row: Mapping[str, Any]) -> Item:
    child = row["child_id"] and Child(
        row["child_id"], row["child_state"], row["deadline_at"], row["by_sweep"], row["child_error"]
    )
    return Item(
        position=row["position"],
        instance_id=row["session_id"],
        server_id=row["server_id"],
        name=row["instance_name"],
        state=row["state"],
        tries=row["tries"],
        refused_at=row["refused_at"],
        error=row["error_code"],
        error_params=row["error_params"],
        child=child or None,
    )


def take(connection: Connection, operation_id: UUID, holder: UUID, now: datetime, until: datetime) -> Parent | None:
    """Become the one who works on it; None where it is over or somebody else does."""
    with connection.cursor(row_factory=class_row(Parent)) as cursor:
        return cursor.execute(
            """
            UPDATE operations SET held_by = %(holder)s, held_until = %(until)s
            WHERE id = %(id)s AND wish IS NOT NULL AND ended_at IS NULL
              AND (held_until IS NULL OR held_until <= %(now)s OR held_by = %(holder)s)
            RETURNING id, action, state, actor, correlation_id, wish, cancelled_by, created_at, ended_at
            """,
            {"id": operation_id, "holder": holder, "now": now, "until": until},
        ).fetchone()


def give_back(connection: Connection, operation_id: UUID, holder: UUID) -> None:
    """Work on it no more."""
    connection.execute(
        "UPDATE operations SET held_by = NULL, held_until = NULL WHERE id = %s AND held_by = %s",
        [operation_id, holder],
    )


def unheld(connection: Connection, now: datetime) -> list[UUID]:
    """The operations on many that wait for somebody to work on them, the oldest first."""
    rows = connection.execute(
        """
        SELECT id FROM operations WHERE wish IS NOT NULL AND ended_at IS NULL
          AND (held_until IS NULL OR held_until <= %s) ORDER BY created_at
        """,
        [now],
    ).fetchall()
    return [row["id"] for row in rows]


def is_cancelled(connection: Connection, operation_id: UUID) -> bool:
    """Whether nothing more of it may begin; held, so that a cancel waits until what begins now is written."""
    row = connection.execute(
        "SELECT cancelled_by FROM operations WHERE id = %s FOR NO KEY UPDATE", [operation_id]
    ).fetchone()
    return row is None or row["cancelled_by"] is not None


def begun(connection: Connection, operation_id: UUID, position: int, child_id: UUID, instance_id: UUID) -> None:
    """Say which operation is at work on an item."""
    connection.execute("UPDATE operations SET parent_id = %s WHERE id = %s", [operation_id, child_id])
    connection.execute(
        """
        UPDATE operation_items SET state = 'begun', child_id = %s, session_id = %s, tries = tries + 1,
               refused_at = NULL, error_code = NULL, error_params = '{}'
        WHERE operation_id = %s AND position = %s
        """,
        [child_id, instance_id, operation_id, position],
    )


def resumed(connection: Connection, operation_id: UUID, item: Item, *, now: datetime, until: datetime) -> bool:
    """Take up an item's operation whose process is over; False where it ended or somebody was faster."""
    if item.child is None:
        return False
    taken = connection.execute(
        """
        UPDATE operations SET deadline_at = %s WHERE id = %s AND state IN ('planned', 'running') AND deadline_at <= %s
        """,
        [until, item.child.id, now],
    ).rowcount
    connection.execute(
        "UPDATE operation_items SET tries = tries + %s WHERE operation_id = %s AND position = %s",
        [taken, operation_id, item.position],
    )
    return bool(taken)


def over(
    connection: Connection,
    operation_id: UUID,
    position: int,
    error: str | None = None,
    params: Mapping[str, str] | None = None,
) -> None:
    """End an item that has no operation of its own: it was done already, or it could not begin."""
    connection.execute(
        """
        UPDATE operation_items SET state = %s, error_code = %s, error_params = %s, child_id = NULL
        WHERE operation_id = %s AND position = %s
        """,
        ["failed" if error else "succeeded", error, Jsonb(dict(params or {})), operation_id, position],
    )


def refused(connection: Connection, operation_id: UUID, position: int, now: datetime) -> None:
    """An item was told to come again later."""
    connection.execute(
        """
        UPDATE operation_items SET refused_at = coalesce(refused_at, %s) WHERE operation_id = %s AND position = %s
        """,
        [now, operation_id, position],
    )


def cancel(connection: Connection, operation_id: UUID, actor: str) -> None:
    """Let nothing more of it begin; what is at work ends by itself."""
    connection.execute("UPDATE operations SET cancelled_by = %s WHERE id = %s", [actor, operation_id])
    connection.execute(
        "UPDATE operation_items SET state = 'cancelled' WHERE operation_id = %s AND state = 'waiting'", [operation_id]
    )
