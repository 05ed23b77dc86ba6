"""What uptime is computed from: transitions, moves, and the spans in which nobody could see."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sambung.domain.status import STALE_AFTER
from sambung.domain.uptime import Change, History, Span, merged, stays
from sambung.store.connection import Connection

# Longer than the longest window, and than anybody asks about.
KEPT: Final = timedelta(days=100)


@dataclass(frozen=True, slots=True)
class _Blind:
    """Who could not be seen when; all three dictionaries are by id, `all` is of everybody."""

    all: Sequence[Span]
    servers: Mapping[UUID, Sequence[Span]]
    sessions: Mapping[UUID, Sequence[Span]]


def watched(connection: Connection, now: datetime) -> None:
    """Note a look at all servers: who cannot be seen since when, and who can again. Repeating it is harmless.

    Nobody is seen while Sambung itself does not look; a server's numbers while it does not answer; a number while it
    is not read although its server answers.
    """
    values = {"now": now, "stale": STALE_AFTER}
    # Two looks at once take turns.
    connection.execute("SELECT FROM watch FOR UPDATE")
    for statement in (_WE_WERE_AWAY, _SERVERS_BLIND, _SESSIONS_BLIND, _SEEN_AGAIN, _WE_ARE_HERE):
        connection.execute(statement, values)


_WE_WERE_AWAY = """
    INSERT INTO blind_spans (began_at, ended_at)
    SELECT seen_at, %(now)s FROM watch WHERE seen_at < %(now)s::timestamptz - %(stale)s::interval
"""

_SERVERS_BLIND = """
    INSERT INTO blind_spans (server_id, began_at)
    SELECT id, unreachable_since FROM servers WHERE unreachable_since IS NOT NULL ORDER BY id
    ON CONFLICT DO NOTHING
"""

_SESSIONS_BLIND = """
    INSERT INTO blind_spans (session_id, began_at)
    SELECT w.id, coalesce(w.last_read_at, w.created_at) + %(stale)s
    FROM wa_sessions w LEFT JOIN servers s ON s.id = w.server_id
    WHERE coalesce(w.last_read_at, w.created_at) < %(now)s::timestamptz - %(stale)s::interval
      AND s.unreachable_since IS NULL
    ORDER BY w.id
    ON CONFLICT DO NOTHING
"""

_SEEN_AGAIN = """
    UPDATE blind_spans b SET ended_at = greatest(b.began_at, %(now)s)
    WHERE b.ended_at IS NULL AND (
        num_nonnulls(b.server_id, b.session_id) = 0
        OR EXISTS (SELECT FROM servers s WHERE s.id = b.server_id AND s.unreachable_since IS NULL)
        OR EXISTS (SELECT FROM wa_sessions w WHERE w.id = b.session_id
                                               AND w.last_read_at >= %(now)s::timestamptz - %(stale)s::interval))
"""

_WE_ARE_HERE = """
    INSERT INTO watch (seen_at) VALUES (%(now)s)
    ON CONFLICT (is_only) DO UPDATE SET seen_at = greatest(watch.seen_at, excluded.seen_at)
"""


def histories(connection: Connection, window: Span, instance_id: UUID | None = None) -> list[History]:
    """One instance's history in the window, or everybody's, by id; empty where it is unknown."""
    values = {"id": instance_id, "begin": window.begin, "end": window.end}
    rows = connection.execute(
        """
        SELECT id, server_id, created_at, status, last_read_at FROM wa_sessions
        WHERE %(id)s::uuid IS NULL OR id = %(id)s ORDER BY id
        """,
        values,
    ).fetchall()
    changes, moves, blind = _changes(connection, values), _moves(connection, values), _blind(connection, window)
    found = []
    for row in rows:
        unseen = _unseen(row["id"], row["server_id"], moves.get(row["id"], ()), blind, window)
        # Whoever was not read for long is blind before the next look says so.
        read_at = max(row["last_read_at"] or row["created_at"], row["created_at"])
        tail = Span(read_at + STALE_AFTER, window.end)
        spans = merged([*unseen, tail] if tail.begin < tail.end else unseen, window)
        found.append(History(row["id"], row["created_at"], row["status"], changes.get(row["id"], ()), spans))
    return found


def _changes(connection: Connection, values: Mapping[str, object]) -> Mapping[UUID, Sequence[Change]]:
    """Each instance's changes since the window began. The first tells what was before it."""
    rows = connection.execute(
        """
        SELECT session_id, event_time, old_status, new_status FROM status_transitions
        WHERE event_time >= %(begin)s AND (%(id)s::uuid IS NULL OR session_id = %(id)s)
        ORDER BY session_id, event_time, id
        """,
        values,
    ).fetchall()
    found: dict[UUID, list[Change]] = defaultdict(list)
    for row in rows:
        found[row["session_id"]].append(Change(row["event_time"], row["old_status"], row["new_status"]))
    return found


def _moves(
    connection: Connection, values: Mapping[str, object]
) -> Mapping[UUID, Sequence[tuple[datetime, UUID | None]]]:
    rows = connection.execute(
        """
        SELECT session_id, created_at, old_server_id FROM sync_events
        WHERE outcome = 'moved' AND created_at >= %(begin)s AND (%(id)s::uuid IS NULL OR session_id = %(id)s)
        ORDER BY session_id, id
        """,
        values,
    ).fetchall()
    found: dict[UUID, list[tuple[datetime, UUID | None]]] = defaultdict(list)
    for row in rows:
        found[row["session_id"]].append((row["created_at"], row["old_server_id"]))
    return found


def _blind(connection: Connection, window: Span) -> _Blind:
    rows = connection.execute(
        """
        SELECT server_id, session_id, began_at, coalesce(ended_at, %(end)s) AS ended_at FROM blind_spans
        WHERE (ended_at IS NULL OR ended_at > %(begin)s) AND began_at < %(end)s
        """,
        {"begin": window.begin, "end": window.end},
    ).fetchall()
    everybody: list[Span] = []
    servers: dict[UUID, list[Span]] = defaultdict(list)
    sessions: dict[UUID, list[Span]] = defaultdict(list)
    for row in rows:
        span = Span(row["began_at"], row["ended_at"])
        if row["server_id"]:
            servers[row["server_id"]].append(span)
        elif row["session_id"]:
            sessions[row["session_id"]].append(span)
        else:
            everybody.append(span)
    return _Blind(everybody, servers, sessions)


def _unseen(
    session_id: UUID,
    server_id: UUID | None,
    moves: Sequence[tuple[datetime, UUID | None]],
    blind: _Blind,
    window: Span,
) -> list[Span]:
    """A server's blindness counts while the instance was on it."""
    found = [*blind.all, *blind.sessions.get(session_id, ())]
    for stay in stays(server_id, moves, window):
        spans = blind.servers.get(stay.server_id, ()) if stay.server_id else ()
        found += [part for one in spans if (part := one.within(stay.span))]
    return found


def forget_old(connection: Connection, now: datetime) -> None:
    """Forget what no window reaches any more. Of each instance the last change stays, and the last loss of its
    connection, which tells since when it is down."""
    connection.execute(
        """
        DELETE FROM status_transitions t WHERE event_time < %(before)s
          AND EXISTS (SELECT FROM status_transitions later WHERE later.session_id = t.session_id AND later.id > t.id)
          AND (t.old_status <> 'connected' OR EXISTS (
              SELECT FROM status_transitions later
              WHERE later.session_id = t.session_id AND later.id > t.id AND later.old_status = 'connected'))
        """,
        {"before": now - KEPT},
    )
    connection.execute("DELETE FROM blind_spans WHERE ended_at < %s", [now - KEPT])
    connection.execute("DELETE FROM sync_events WHERE created_at < %s", [now - KEPT])
    connection.execute("DELETE FROM verification_hours WHERE hour < %s", [now - KEPT])
    connection.execute("DELETE FROM refusal_minutes WHERE minute < %s", [now - timedelta(days=2)])
