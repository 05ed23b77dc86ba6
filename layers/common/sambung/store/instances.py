"""Instances as the admin API reads and edits them; what is seen of them is written by `snapshots` and `events`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from sambung.store.connection import Connection


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance with what its server and its open operation say; without its QR image."""

    id: UUID
    client_id: UUID
    instance_name: str
    label: str | None
    server_id: UUID | None
    assigned_instance_url: str | None
    generation: int
    instance_token_sealed: str | None
    status: str
    status_since: datetime
    connecting_since: datetime | None
    observed_at: datetime | None
    last_read_at: datetime | None
    desired: str
    error_code: str | None
    error_evidence: dict[str, Any]  # a JSON column
    phone_number: str | None
    expected_number: str | None
    profile_name: str | None
    qr_ready: bool
    qr_at: datetime | None
    opened_since_pairing: bool
    last_webhook_event_at: datetime | None
    last_qr_event_at: datetime | None
    last_send_ok_at: datetime | None
    last_send_error: str | None
    webhook_state: str
    webhook_proven: bool
    webhook_url_host: str | None
    webhook_policy: str
    previous_webhook_sealed: str | None
    previous_webhook_host: str | None
    server_reachable: bool | None
    open_operation_id: UUID | None
    open_operation_action: str | None
    revision: int
    created_at: datetime
    updated_at: datetime


_SELECT = """
    SELECT w.id, w.client_id, w.instance_name, w.label, w.server_id, w.assigned_instance_url, w.generation,
           w.instance_token_sealed, w.status, w.status_since, w.connecting_since, w.observed_at, w.last_read_at,
           w.desired, w.error_code, w.error_evidence, w.phone_number, w.expected_number, w.profile_name,
           num_nonnulls(w.qr_code, w.qr_image, w.pairing_code) > 0 AS qr_ready, w.qr_at, w.opened_since_pairing,
           w.last_webhook_event_at, w.last_qr_event_at, w.last_send_ok_at, w.last_send_error,
           w.webhook_state, w.webhook_proven, w.webhook_url_host, w.webhook_policy, w.previous_webhook_sealed,
           w.previous_webhook_host, s.reachable AS server_reachable,
           o.id AS open_operation_id, o.action AS open_operation_action, w.revision, w.created_at, w.updated_at
    FROM wa_sessions w
    LEFT JOIN servers s ON s.id = w.server_id
    LEFT JOIN operations o ON o.session_id = w.id AND o.state IN ('planned', 'running') AND o.action <> 'send'
"""


_IS_THERE = "(server_id = %(server_id)s OR server_id IN (SELECT id FROM servers WHERE kind = %(kind)s))"


@dataclass(frozen=True, slots=True)
class Filter:
    """What to list; None means any. `text` is looked for in name, label and number, case ignored."""

    client_id: UUID | None = None
    server_id: UUID | None = None
    status: str | None = None
    text: str | None = None


def instances(connection: Connection, chosen: Filter, *, after: tuple[str, UUID] | None, limit: int) -> list[Instance]:
    """Instances by name, then id, from after the given pair on."""
    name, last_id = after or ("", UUID(int=0))
    with connection.cursor(row_factory=class_row(Instance)) as cursor:
        return cursor.execute(
            _SELECT
            + """
            WHERE (w.instance_name, w.id) > (%(name)s, %(last_id)s)
              AND (%(client_id)s::uuid IS NULL OR w.client_id = %(client_id)s)
              AND (%(server_id)s::uuid IS NULL OR w.server_id = %(server_id)s)
              AND (%(status)s::text IS NULL OR w.status = %(status)s)
              AND (%(text)s::text IS NULL
                   OR strpos(lower(concat_ws(' ', w.instance_name, w.label, w.phone_number)), lower(%(text)s)) > 0)
            ORDER BY w.instance_name, w.id LIMIT %(limit)s
            """,
            {
                "name": name,
                "last_id": last_id,
                "client_id": chosen.client_id,
                "server_id": chosen.server_id,
                "status": chosen.status,
                "text": chosen.text,
                "limit": limit,
            },
        ).fetchall()


def instance(connection: Connection, instance_id: UUID) -> Instance | None:
    """One instance."""
    with connection.cursor(row_factory=class_row(Instance)) as cursor:
        return cursor.execute(_SELECT + "WHERE w.id = %s", [instance_id]).fetchone()


def names_on_server(connection: Connection, server_id: UUID, *, shared_by: str | None) -> dict[str, UUID]:
    """The instances assigned to a server, by name; `shared_by`: to any server of this kind, where all share names."""
    rows = connection.execute(
        f"SELECT instance_name, id FROM wa_sessions WHERE {_IS_THERE} ORDER BY server_id = %(server_id)s",
        {"server_id": server_id, "kind": shared_by},
    ).fetchall()
    return {row["instance_name"]: row["id"] for row in rows}


def namesake(
    connection: Connection, client_id: UUID, server_id: UUID, name: str, *, shared_by: str | None
) -> UUID | None:
    """An instance that already has this name with this client or on this server; `shared_by` as above."""
    row = connection.execute(
        f"""
        SELECT id FROM wa_sessions
        WHERE instance_name = %(name)s AND (client_id = %(client_id)s OR {_IS_THERE}) LIMIT 1
        """,
        {"name": name, "client_id": client_id, "server_id": server_id, "kind": shared_by},
    ).fetchone()
    return None if row is None else UUID(str(row["id"]))


def insert_instance(connection: Connection, columns: Mapping[str, object]) -> UUID:
    """A new instance's id; psycopg's UniqueViolation where the name is taken meanwhile."""
    names = sorted(columns)
    statement = sql.SQL("INSERT INTO wa_sessions ({}) VALUES ({}) RETURNING id").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join(map(sql.Placeholder, names))
    )
    row = connection.execute(statement, columns).fetchone()
    assert row is not None  # noqa: S101 - RETURNING of a plain INSERT always brings a row
    return UUID(str(row["id"]))


def edit_instance(connection: Connection, instance_id: UUID, columns: Mapping[str, object]) -> None:
    """Change the given columns."""
    assignments = [sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in sorted(columns)]
    statement = sql.SQL(
        "UPDATE wa_sessions SET {}, revision = revision + 1, updated_at = now() WHERE id = %(instance_id)s"
    ).format(sql.SQL(", ").join(assignments))
    connection.execute(statement, {**columns, "instance_id": instance_id})


def dead_qr(connection: Connection, instance_id: UUID) -> bytes | None:
    """The hash of the code that our last logout ended."""
    row = connection.execute("SELECT dead_qr FROM wa_sessions WHERE id = %s", [instance_id]).fetchone()
    return None if row is None else row["dead_qr"]


def delete_instance(connection: Connection, instance_id: UUID) -> None:
    """Forget an instance; its log stays."""
    connection.execute("DELETE FROM wa_sessions WHERE id = %s", [instance_id])


def transitions(connection: Connection, instance_id: UUID, limit: int = 50) -> list[dict[str, Any]]:
    """The latest changes of status, newest first."""
    return connection.execute(
        """
        SELECT old_status, new_status, reason, source, server_id, event_time, operation_id
        FROM status_transitions WHERE session_id = %s ORDER BY id DESC LIMIT %s
        """,
        [instance_id, limit],
    ).fetchall()


def events(connection: Connection, instance_id: UUID, limit: int = 50) -> list[dict[str, Any]]:
    """The latest events its gateway sent us, newest first."""
    return connection.execute(
        """
        SELECT event, outcome, received_at FROM webhook_events
        WHERE session_id = %s ORDER BY received_at DESC LIMIT %s
        """,
        [instance_id, limit],
    ).fetchall()
