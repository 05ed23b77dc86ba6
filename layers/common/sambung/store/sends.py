"""Messages on their way: an operation each, paced per number, and never left open by a process that died."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sambung.domain.errors import Code
from sambung.domain.instance import Desired, Status
from sambung.domain.sending import BURST, EXCLUDED_BY, REST_AFTER_LIMIT, Standing
from sambung.store.connection import Connection
from sambung.store.operations import Plan

ACTION = "send"
KEPT = timedelta(days=30)
FORGOTTEN_AT_ONCE = 20_000
ENDED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class End:
    """How a message ended. `left`: a server was given it; `doubtful`: its number's connection must be checked."""

    state: str
    error_code: Code | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)
    left: bool = False
    doubtful: bool = False


def standing(connection: Connection, session_id: UUID, now: datetime) -> Standing | None:
    """What is known of a number; None where there is none."""
    row = connection.execute(
        """
        SELECT w.status, w.desired, w.error_code, w.error_evidence, w.needs_check,
               w.expected_number IS NOT NULL AND (w.needs_check OR w.phone_number IS DISTINCT FROM w.expected_number)
                   AS may_be_another,
               greatest(w.observed_at, w.last_read_at, w.last_send_ok_at) AS proven_at,
               w.qr_at > %(now)s - interval '1 minute' AS waits_for_scan, o.id AS operation_id, o.action,
               CASE WHEN w.conflict_since IS NOT NULL THEN coalesce((
                   SELECT string_agg(s.name, ', ' ORDER BY s.name) FROM servers s
                   WHERE s.id::text IN (SELECT place ->> 'server_id' FROM jsonb_array_elements(w.conflict_places) place)
               ), '') END AS conflict_on
        FROM wa_sessions w
        LEFT JOIN operations o ON o.session_id = w.id AND o.state IN ('planned', 'running')
                              AND o.action = ANY(%(excluding)s) AND coalesce(o.deadline_at, o.created_at) > %(now)s
        WHERE w.id = %(id)s
        """,
        {"id": session_id, "now": now, "excluding": sorted(EXCLUDED_BY)},
    ).fetchone()
    return None if row is None else _standing(row)


def _standing(row: dict[str, Any]) -> Standing:
    running = {"operation_id": str(row["operation_id"]), "action": row["action"]} if row["operation_id"] else None
    return Standing(
        status=Status(row["status"]),
        desired=Desired(row["desired"]),
        error=Code(row["error_code"]) if row["error_code"] else None,
        error_evidence=row["error_evidence"],
        conflict_on=row["conflict_on"],
        may_be_another=row["may_be_another"],
        needs_check=row["needs_check"],
        waits_for_scan=bool(row["waits_for_scan"]),
        proven_at=row["proven_at"],
        excluded_by=running,
    )


def take_turn(connection: Connection, session_id: UUID, per_minute: int) -> float | None:
    """Let one more message of the number leave now; None where it may, else in how many seconds one may.

    By the database's clock alone, and in one statement: so many workers keep one pace.
    """
    gap = timedelta(minutes=1) / per_minute
    taken = connection.execute(
        """
        INSERT INTO send_paces AS p (session_id, full_at) VALUES (%(id)s, now() + %(gap)s)
        ON CONFLICT (session_id) DO UPDATE SET full_at = greatest(p.full_at, now()) + %(gap)s
            WHERE p.full_at <= now() + %(saved)s
        RETURNING 1
        """,
        {"id": session_id, "gap": gap, "saved": gap * (BURST - 1)},
    ).fetchone()
    if taken:
        return None
    row = connection.execute(
        "SELECT extract(epoch FROM full_at - %s - now()) AS wait_s FROM send_paces WHERE session_id = %s",
        [gap * (BURST - 1), session_id],
    ).fetchone()
    return max(float(row["wait_s"]), 0.0) if row else 0.0


def rest(connection: Connection, session_id: UUID, per_minute: int) -> None:
    """Let no message of the number leave for a while: WhatsApp itself called it too fast."""
    connection.execute(
        "UPDATE send_paces SET full_at = greatest(full_at, now() + %s) WHERE session_id = %s",
        [REST_AFTER_LIMIT + timedelta(minutes=1) / per_minute * (BURST - 1), session_id],
    )


def begin(connection: Connection, plan: Plan) -> UUID:
    """Write a message's row before anybody is asked; beside whatever else is done to the instance."""
    row = connection.execute(
        """
        INSERT INTO operations (session_id, server_id, instance_name, action, state, actor, correlation_id,
                                generation, deadline_at)
        VALUES (%s, %s, %s, %s, 'planned', %s, %s, %s, %s) RETURNING id
        """,
        [
            plan.session_id, plan.server_id, plan.instance_name, ACTION, plan.actor, plan.correlation_id,
            plan.generation, plan.deadline_at,
        ],
    ).fetchone()  # fmt: skip
    assert row is not None  # noqa: S101 - RETURNING of a plain INSERT always brings a row
    return UUID(str(row["id"]))


def leave(connection: Connection, operation_id: UUID, server_id: UUID) -> None:
    """Say that from now on the message may have reached this server."""
    connection.execute(
        "UPDATE operations SET state = 'running', server_id = %s WHERE id = %s", [server_id, operation_id]
    )


def end(connection: Connection, operation_id: UUID, session_id: UUID, end: End, now: datetime) -> None:
    """Write how a message ended, to its row and to its number's."""
    error = end.error_code and end.error_code.value
    connection.execute(
        "UPDATE operations SET state = %s, error_code = %s, evidence = %s, ended_at = %s WHERE id = %s",
        [end.state, error, Jsonb(dict(end.evidence)), now, operation_id],
    )
    # A check that began earlier shall not answer this doubt, so the revision rises with it.
    connection.execute(
        """
        UPDATE wa_sessions SET
            last_send_ok_at = CASE WHEN %(error)s::text IS NULL THEN %(now)s ELSE last_send_ok_at END,
            last_send_error = CASE WHEN %(left)s THEN %(error)s ELSE last_send_error END,
            needs_check = needs_check OR %(doubtful)s, revision = revision + %(doubtful)s::int
        WHERE id = %(id)s
        """,
        {"id": session_id, "error": error, "now": now, "left": end.left, "doubtful": end.doubtful},
    )


def end_abandoned(connection: Connection, now: datetime) -> int:
    """End the messages whose process died, and tell it in the log; how many. One that never left failed; of any other
    nobody can know whether it was sent, and it is not sent again."""
    return connection.execute(
        """
        WITH open AS (
            SELECT id FROM operations
            WHERE action = 'send' AND state IN ('planned', 'running') AND deadline_at < %(now)s
            ORDER BY id LIMIT %(at_once)s FOR UPDATE SKIP LOCKED),
        ended AS (
            UPDATE operations o SET
                state = CASE o.state WHEN 'planned' THEN 'failed' ELSE 'needs_operator' END,
                error_code = CASE o.state WHEN 'planned' THEN %(unsent)s ELSE %(unknown)s END,
                evidence = '{"ended_by": "reconciler"}', ended_at = %(now)s
            FROM open WHERE o.id = open.id
            RETURNING o.id, o.session_id, o.server_id, o.instance_name, o.state, o.error_code, o.actor,
                      o.correlation_id)
        INSERT INTO wa_ops_logs (session_id, server_id, instance_name, operation_id, action, status, error_code,
                                 actor, correlation_id, detail)
        SELECT session_id, server_id, instance_name, id, 'send',
               CASE state WHEN 'failed' THEN 'failed' ELSE 'unknown' END, error_code, actor, correlation_id,
               '{"ended_by": "reconciler"}'
        FROM ended ORDER BY id
        """,
        {
            "now": now,
            "at_once": ENDED_AT_ONCE,
            "unsent": Code.OVERLOADED.value,
            "unknown": Code.ACTION_NOT_CONFIRMED.value,
        },
    ).rowcount


def forget_old(connection: Connection, now: datetime) -> int:
    """Remove the rows of messages long past, some at a time; how many. The log keeps its lines."""
    return connection.execute(
        """
        DELETE FROM operations WHERE id IN (
            SELECT id FROM operations WHERE action = 'send' AND created_at < %s AND ended_at IS NOT NULL
            ORDER BY created_at LIMIT %s)
        """,
        [now - KEPT, FORGOTTEN_AT_ONCE],
    ).rowcount
