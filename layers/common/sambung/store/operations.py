"""Operations: one row for each action on an instance, written before the gateway is called."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from sambung.domain.errors import Code, RequestError
from sambung.store.connection import Connection


@dataclass(frozen=True, slots=True)
class Operation:
    """One action on one instance."""

    id: UUID
    session_id: UUID | None
    server_id: UUID | None
    instance_name: str
    action: str
    state: str
    actor: str
    error_code: str | None
    evidence: dict[str, Any]  # a JSON column
    created_at: datetime
    ended_at: datetime | None


_COLUMNS = "id, session_id, server_id, instance_name, action, state, actor, error_code, evidence, created_at, ended_at"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is about to be done, by whom."""

    session_id: UUID
    server_id: UUID | None
    instance_name: str
    action: str
    actor: str
    correlation_id: str
    # `planned`: nothing was sent yet; `start` tells when something is about to be.
    state: str = "running"
    generation: int | None = None
    deadline_at: datetime | None = None


def begin(connection: Connection, plan: Plan) -> UUID:
    """Open an operation; raises `instance_busy` with the running one's id where one is open."""
    try:
        with connection.transaction():
            row = connection.execute(
                """
                INSERT INTO operations (session_id, server_id, instance_name, action, state, actor, correlation_id,
                                        generation, deadline_at)
                VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
                """,
                [
                    plan.session_id, plan.server_id, plan.instance_name, plan.action, plan.state, plan.actor,
                    plan.correlation_id, plan.generation, plan.deadline_at,
                ],
            ).fetchone()  # fmt: skip
            connection.execute(
                "UPDATE wa_sessions SET last_operation_kind = %s, last_operation_open = true WHERE id = %s",
                [plan.action, plan.session_id],
            )
    except UniqueViolation as error:
        running = connection.execute(
            """
            SELECT id, action FROM operations
            WHERE session_id = %s AND state IN ('planned', 'running') AND action <> 'send'
            """,
            [plan.session_id],
        ).fetchone()
        found = {"operation_id": str(running["id"]), "action": running["action"]} if running else {}
        raise RequestError(Code.INSTANCE_BUSY, params=found) from error
    assert row is not None  # noqa: S101 - RETURNING of a plain INSERT always brings a row
    return UUID(str(row["id"]))


def start(connection: Connection, operation_id: UUID) -> None:
    """Say that from now on the gateway may have been told something."""
    connection.execute("UPDATE operations SET state = 'running' WHERE id = %s AND state = 'planned'", [operation_id])


def end(
    connection: Connection,
    operation_id: UUID,
    state: str,
    *,
    now: datetime,
    error_code: str | None = None,
    evidence: dict[str, object] | None = None,
) -> None:
    """Close an operation with what was seen of it."""
    connection.execute(
        """
        WITH ended AS (
            UPDATE operations SET state = %(state)s, error_code = %(error_code)s, evidence = %(evidence)s,
                   ended_at = %(now)s
            WHERE id = %(id)s RETURNING session_id
        )
        UPDATE wa_sessions SET last_operation_open = false, last_operation_ended_at = %(now)s
        WHERE id = (SELECT session_id FROM ended)
        """,
        {"id": operation_id, "state": state, "error_code": error_code, "evidence": Jsonb(evidence or {}), "now": now},
    )


def operation(connection: Connection, operation_id: UUID) -> Operation | None:
    """One operation."""
    with connection.cursor(row_factory=class_row(Operation)) as cursor:
        return cursor.execute(f"SELECT {_COLUMNS} FROM operations WHERE id = %s", [operation_id]).fetchone()


def of_instance(connection: Connection, instance_id: UUID, limit: int = 20) -> list[Operation]:
    """The latest operations on an instance, newest first; of its messages only those that did not get through."""
    with connection.cursor(row_factory=class_row(Operation)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM operations WHERE session_id = %s AND (action <> 'send' OR state <> 'succeeded') "
            "ORDER BY created_at DESC LIMIT %s",
            [instance_id, limit],
        ).fetchall()
