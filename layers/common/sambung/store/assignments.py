"""Which server an instance is assigned to: changed only where nobody else changed it, and never without a trace."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sambung.domain.assignment import FoundBy
from sambung.store import servers
from sambung.store.connection import Connection
from sambung.store.servers import Server

KEPT = timedelta(days=90)
CONFLICT_ON = """
    CASE WHEN w.conflict_since IS NOT NULL THEN ARRAY(
        SELECT DISTINCT s.name FROM jsonb_to_recordset(w.conflict_places) AS place (server_id uuid)
        JOIN servers s ON s.id = place.server_id ORDER BY s.name) END
"""
"""Of a row `w` of wa_sessions: the names of the servers where it is open at once; NULL without a conflict."""


@dataclass(frozen=True, slots=True)
class Sought:
    """An instance as far as looking for its session needs it."""

    id: UUID
    instance_name: str
    server_id: UUID | None
    instance_token_sealed: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """A changed assignment, by the servers' registered addresses."""

    old_url: str | None
    new_url: str


def places(connection: Connection, session_id: UUID) -> Sequence[Server]:
    """Every server where the session may be, the assigned one first; see `place_ids`."""
    ids = place_ids(connection, [session_id])[session_id]
    found = servers.by_ids(connection, ids)
    return [found[one] for one in ids if one in found]


def place_ids(connection: Connection, session_ids: Collection[UUID]) -> Mapping[UUID, Sequence[UUID]]:
    """The servers where each session may be: enabled, of the kind of its own, the assigned one first.

    A server where another instance of ours has the same name is none of them: what is found there is that one's.
    """
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for row in connection.execute(
        """
        SELECT w.id, s.id AS server_id FROM wa_sessions w
        LEFT JOIN servers assigned ON assigned.id = w.server_id
        JOIN servers s ON s.enabled AND s.kind = coalesce(assigned.kind, s.kind)
        WHERE w.id = ANY(%s) AND NOT EXISTS (
            SELECT FROM wa_sessions other
            WHERE other.server_id = s.id AND other.instance_name = w.instance_name AND other.id <> w.id)
        ORDER BY w.id, s.id IS DISTINCT FROM w.server_id, s.name
        """,
        [list(session_ids)],
    ):
        found[row["id"]].append(row["server_id"])
    return found


def move(
    connection: Connection, sought: Sought, to_server: UUID, *, found_by: FoundBy, correlation_id: str
) -> Move | None:
    """Assign the instance to `to_server` and keep the sync event; None where it is no longer assigned to
    `sought.server_id`, or where that server has another instance of the name.

    What was known of its webhook was the old server's. psycopg's UniqueViolation where the name is taken meanwhile.
    """
    row = connection.execute(
        _MOVE,
        {
            "id": sought.id,
            "from": sought.server_id,
            "to": to_server,
            "found_by": found_by.value,
            "correlation_id": correlation_id,
        },
    ).fetchone()
    return None if row is None else Move(row["old_url"], row["new_url"])


_MOVE = """
    WITH held AS (
        SELECT w.id, w.instance_name, w.server_id, coalesce(w.assigned_instance_url, old.base_url) AS old_url,
               new.id AS new_id, new.base_url AS new_url
        FROM wa_sessions w
        JOIN servers new ON new.id = %(to)s AND new.enabled
        LEFT JOIN servers old ON old.id = w.server_id
        WHERE w.id = %(id)s AND w.server_id IS NOT DISTINCT FROM %(from)s AND w.server_id IS DISTINCT FROM %(to)s
          AND NOT EXISTS (SELECT FROM wa_sessions other
                          WHERE other.server_id = new.id AND other.instance_name = w.instance_name)
        FOR UPDATE OF w),
    moved AS (
        UPDATE wa_sessions w SET
            server_id = held.new_id, assigned_instance_url = held.new_url, needs_check = false,
            verification_failures = 0, conflict_since = NULL, conflict_places = '[]',
            webhook_state = 'unknown', webhook_proven = false, webhook_url_host = NULL, webhook_looked_at = NULL,
            revision = w.revision + 1, updated_at = now()
        FROM held WHERE w.id = held.id
        RETURNING w.id)
    INSERT INTO sync_events (session_id, instance_name, old_server_id, new_server_id, old_url, new_url, found_by,
                             outcome, correlation_id)
    SELECT id, instance_name, server_id, new_id, old_url, new_url, %(found_by)s, 'moved', %(correlation_id)s
    FROM held JOIN moved USING (id)
    RETURNING old_url, new_url
"""


def moves(connection: Connection, session_id: UUID, limit: int = 50) -> list[dict[str, Any]]:
    """Where the session was followed to, newest first; the servers by name, or by address where they are gone."""
    return connection.execute(
        """
        SELECT coalesce(old.name, e.old_url) AS old_server, coalesce(new.name, e.new_url) AS new_server, e.found_by,
               e.created_at AS moved_at
        FROM sync_events e
        LEFT JOIN servers old ON old.id = e.old_server_id
        LEFT JOIN servers new ON new.id = e.new_server_id
        WHERE e.session_id = %s AND e.outcome = 'moved' ORDER BY e.created_at DESC LIMIT %s
        """,
        [session_id, limit],
    ).fetchall()


def not_found(connection: Connection, sought: Sought, *, found_by: FoundBy, correlation_id: str) -> bool:
    """Keep that the session was found nowhere; whether that is news. Until it is connected again it is the same loss,
    told once a day."""
    return (
        connection.execute(
            """
            INSERT INTO sync_events (session_id, instance_name, old_server_id, old_url, found_by, outcome,
                                     correlation_id)
            SELECT w.id, w.instance_name, w.server_id, w.assigned_instance_url, %(found_by)s, 'not_found',
                   %(correlation_id)s
            FROM wa_sessions w
            WHERE w.id = %(id)s AND NOT EXISTS (
                SELECT FROM sync_events e
                WHERE e.session_id = w.id AND e.outcome = 'not_found' AND e.created_at > greatest(
                    now() - interval '1 day',
                    (SELECT max(t.event_time) FROM status_transitions t
                     WHERE t.session_id = w.id AND t.new_status = 'connected')))
            """,
            {"id": sought.id, "found_by": found_by.value, "correlation_id": correlation_id},
        ).rowcount
        == 1
    )


def begin_conflict(
    connection: Connection,
    session_id: UUID,
    in_places: Sequence[tuple[UUID, str]],
    *,
    found_by: FoundBy,
    correlation_id: str,
) -> bool:
    """Keep that a session or its number is open in all these places (server, instance name); whether that is news."""
    return (
        connection.execute(
            """
            WITH held AS (SELECT id, conflict_since FROM wa_sessions WHERE id = %(id)s FOR UPDATE),
            kept AS (
                UPDATE wa_sessions w SET conflict_since = coalesce(w.conflict_since, now()),
                       conflict_places = %(places)s, revision = w.revision + 1, updated_at = now()
                FROM held WHERE w.id = held.id AND (w.conflict_since IS NULL OR w.conflict_places <> %(places)s)
                RETURNING w.id, w.instance_name, w.server_id, w.assigned_instance_url)
            INSERT INTO sync_events (session_id, instance_name, old_server_id, old_url, found_by, outcome,
                                     correlation_id)
            SELECT id, instance_name, server_id, assigned_instance_url, %(found_by)s, 'conflict', %(correlation_id)s
            FROM kept JOIN held USING (id) WHERE held.conflict_since IS NULL
            """,
            {
                "id": session_id,
                "places": Jsonb([{"server_id": str(one), "instance_name": name} for one, name in sorted(in_places)]),
                "found_by": found_by.value,
                "correlation_id": correlation_id,
            },
        ).rowcount
        == 1
    )


def end_conflict(connection: Connection, session_id: UUID) -> bool:
    """Forget a conflict; whether there was one."""
    return (
        connection.execute(
            """
            UPDATE wa_sessions SET conflict_since = NULL, conflict_places = '[]', revision = revision + 1,
                   updated_at = now()
            WHERE id = %s AND conflict_since IS NOT NULL
            """,
            [session_id],
        ).rowcount
        == 1
    )


def verified(connection: Connection, session_id: UUID) -> None:
    """Its session was seen connected where it is assigned: failures are counted from nought again."""
    connection.execute(
        "UPDATE wa_sessions SET verification_failures = 0 WHERE id = %s AND verification_failures > 0", [session_id]
    )


def unverified(connection: Connection, session_id: UUID) -> int:
    """Its session was not found where it is assigned; how often in a row now, 0 where the instance is gone."""
    row = connection.execute(
        """
        WITH counted AS (
            INSERT INTO verification_hours AS h (hour, failures) VALUES (date_trunc('hour', now()), 1)
            ON CONFLICT (hour) DO UPDATE SET failures = h.failures + 1)
        UPDATE wa_sessions SET verification_failures = verification_failures + 1 WHERE id = %s
        RETURNING verification_failures
        """,
        [session_id],
    ).fetchone()
    return 0 if row is None else int(row["verification_failures"])


def forget_old(connection: Connection, now: datetime) -> None:
    """Remove the sync events that no window reaches any more."""
    connection.execute("DELETE FROM sync_events WHERE created_at < %s", [now - KEPT])
