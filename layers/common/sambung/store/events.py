"""Keeps a gateway's event and what it changes in one statement, once, whatever comes twice, late or at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sambung.domain import clock
from sambung.domain.instance import Decision, Observation, Seen, Snapshot
from sambung.domain.status import advance
from sambung.store import offsets, snapshots
from sambung.store.connection import Connection
from sambung.store.snapshots import Stored

# The second attempt holds the row, so a third can only be needed where the instance was deleted meanwhile.
ATTEMPTS = 3
# An event may come again as long as a dead letter of it can be sent back: 14 days.
KEPT = timedelta(days=15)
FORGOTTEN_AT_ONCE = 5_000


class Verdict(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    UNKNOWN_SERVER = "unknown_server"


@dataclass(frozen=True, slots=True)
class Incoming:
    """An authenticated event. `sent_at` is its time on the gateway's clock, `facts` what may be kept of it.

    `claimed_id` and `generation` are from our own webhook address. `seen` is None for an event that says nothing of a
    connection; `assigned_only`: its sender may speak of the instances assigned to it and of no others.
    """

    dedupe_key: bytes
    server_id: UUID
    instance_name: str
    event: str
    received_at: datetime
    sent_at: datetime | None
    seen: Observation | None
    facts: Mapping[str, object]
    claimed_id: UUID | None = None
    generation: int | None = None
    assigned_only: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an event and of its instance; `outcome` is the word kept with the event."""

    verdict: Verdict
    outcome: str
    session_id: UUID | None = None
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """What the database knew before the event."""

    duplicate: bool
    offset: timedelta | None
    instance: Stored | None


def keep(connection: Connection, incoming: Incoming) -> Kept:
    """Keep an event and apply what it says. Within a transaction; repeating it is harmless."""
    for _ in range(ATTEMPTS):
        found = _find(connection, incoming)
        if found is None:
            return Kept(Verdict.UNKNOWN_SERVER, "unknown_server")
        if found.duplicate:
            return Kept(Verdict.DUPLICATE, "duplicate")
        kept = _write(connection, incoming, found)
        if kept is not None:
            return kept
        if found.instance is not None:
            snapshots.read(connection, found.instance.session_id, hold=True)
    raise RaceLost


class RaceLost(RuntimeError):
    """The instance changed under every attempt; nothing was kept."""


def forget_old(connection: Connection, now: datetime, *, at_most: int = FORGOTTEN_AT_ONCE) -> int:
    """Remove the oldest events that nobody needs any more; how many. A few at a time, so that nobody waits for it."""
    return connection.execute(
        """
        DELETE FROM webhook_events WHERE dedupe_key IN (
            SELECT dedupe_key FROM webhook_events WHERE received_at < %s ORDER BY received_at LIMIT %s)
        """,
        [now - KEPT, at_most],
    ).rowcount


def _find(connection: Connection, incoming: Incoming) -> _Found | None:
    row = connection.execute(
        f"""
        SELECT s.clock_offset_ms, EXISTS (SELECT FROM webhook_events WHERE dedupe_key = %(dedupe_key)s) AS duplicate,
               {snapshots.READ_COLUMNS}
        FROM servers s
        LEFT JOIN wa_sessions w ON w.instance_name = %(instance_name)s
            AND (w.id = %(claimed_id)s OR %(claimed_id)s::uuid IS NULL AND w.server_id = s.id)
            AND (w.server_id = s.id OR NOT %(assigned_only)s)
        WHERE s.id = %(server_id)s
        """,
        {
            "dedupe_key": incoming.dedupe_key,
            "instance_name": incoming.instance_name,
            "claimed_id": incoming.claimed_id,
            "assigned_only": incoming.assigned_only,
            "server_id": incoming.server_id,
        },
    ).fetchone()
    if row is None:
        return None
    offset = None if row["clock_offset_ms"] is None else timedelta(milliseconds=row["clock_offset_ms"])
    return _Found(row["duplicate"], offset, snapshots.stored(row) if row["id"] else None)


def _write(connection: Connection, incoming: Incoming, found: _Found) -> Kept | None:
    """Keep the event; None where the instance changed since it was read."""
    lag = None if incoming.sent_at is None else clock.gap(incoming.sent_at, incoming.received_at)
    offset = found.offset if lag is None else offsets.after(connection, incoming.server_id, found.offset, lag)
    values = {**_event_values(incoming, lag), **_clock_values(found.offset, offset)}
    if found.instance is None:
        row = connection.execute(_KEEP_UNKNOWN, values).fetchone()
        fresh = row is not None and row["fresh"]
        return Kept(Verdict.IGNORED, "unknown_instance") if fresh else Kept(Verdict.DUPLICATE, "duplicate")
    seen = _timed(incoming, offset)
    decision = _decide(found.instance.snapshot, seen)
    row = connection.execute(
        _KEEP,
        {
            **values,
            **snapshots.decision_values(decision),
            "session_id": found.instance.session_id,
            "revision": found.instance.revision,
            "event_time": seen and seen.at,
            "outcome": decision.why_not or "applied",
            "speaks_for_it": _speaks_for(incoming, found.instance.snapshot),
            "is_qr": seen is not None and seen.seen is Seen.QR,
        },
    ).fetchone()
    if row is None or not row["held"]:
        return None
    return _kept(found.instance.session_id, decision) if row["fresh"] else Kept(Verdict.DUPLICATE, "duplicate")


def _kept(session_id: UUID, decision: Decision) -> Kept:
    verdict = Verdict.ACCEPTED if decision.applied or decision.needs_check else Verdict.IGNORED
    return Kept(verdict, decision.why_not or "applied", session_id, decision)


def _decide(snapshot: Snapshot, seen: Observation | None) -> Decision:
    if seen is None:
        return Decision(snapshot, None, needs_check=False, applied=False, why_not="unknown_event")
    return advance(snapshot, seen)


def _speaks_for(incoming: Incoming, snapshot: Snapshot) -> bool:
    """Whether it proves that this instance's webhook arrives: not from another server or an earlier life."""
    return incoming.server_id == snapshot.server_id and incoming.generation in {None, snapshot.generation}


def _timed(incoming: Incoming, offset: timedelta | None) -> Observation | None:
    if incoming.seen is None:
        return None
    seen = replace(incoming.seen, generation=incoming.generation)
    if incoming.sent_at is None or offset is None:
        return seen
    timing = clock.timing(incoming.sent_at, incoming.received_at, offset)
    return replace(seen, at=timing.at, late=timing.late)


def _event_values(incoming: Incoming, lag: timedelta | None) -> dict[str, Any]:
    return {
        "dedupe_key": incoming.dedupe_key,
        "server_id": incoming.server_id,
        "instance_name": incoming.instance_name,
        "event": incoming.event,
        "received_at": incoming.received_at,
        "lag_ms": None if lag is None else _milliseconds(lag),
        "facts": Jsonb(dict(incoming.facts)),
    }


def _clock_values(known: timedelta | None, offset: timedelta | None) -> dict[str, Any]:
    return {
        "offset_ms": None if offset is None else _milliseconds(offset),
        "raised": known is not None and offset is not None and offset > known,
    }


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


# Events of one server meet here: the row is only touched when something was learned.
_CLOCK = """
    UPDATE servers s SET clock_offset_ms = %(offset_ms)s FROM event
    WHERE s.id = event.server_id AND %(offset_ms)s::bigint IS NOT NULL
      AND (s.clock_offset_ms IS NULL OR s.clock_offset_ms > %(offset_ms)s OR %(raised)s)
"""

_KEEP_UNKNOWN = f"""
    WITH event AS (
        INSERT INTO webhook_events (dedupe_key, server_id, instance_name, event, received_at, outcome, lag_ms, facts)
        VALUES (%(dedupe_key)s, %(server_id)s, %(instance_name)s, %(event)s, %(received_at)s, 'unknown_instance',
                %(lag_ms)s, %(facts)s)
        ON CONFLICT (dedupe_key) DO NOTHING
        RETURNING server_id),
    clock AS ({_CLOCK})
    SELECT EXISTS (SELECT FROM event) AS fresh
"""

# The row is held before the event is kept, so that a lost race leaves nothing behind.
_KEEP = f"""
    WITH held AS (
        SELECT id FROM wa_sessions WHERE id = %(session_id)s AND revision = %(revision)s FOR UPDATE),
    event AS (
        INSERT INTO webhook_events (dedupe_key, server_id, session_id, instance_name, event, event_time, received_at,
                                    outcome, lag_ms, facts)
        SELECT %(dedupe_key)s, %(server_id)s::uuid, held.id, %(instance_name)s, %(event)s, %(event_time)s::timestamptz,
               %(received_at)s::timestamptz, %(outcome)s, %(lag_ms)s::bigint, %(facts)s
        FROM held
        ON CONFLICT (dedupe_key) DO NOTHING
        RETURNING server_id, received_at),
    changed AS (
        UPDATE wa_sessions w SET {snapshots.ASSIGNMENTS},
            last_webhook_event_at = CASE WHEN %(speaks_for_it)s
                THEN greatest(w.last_webhook_event_at, event.received_at) ELSE w.last_webhook_event_at END,
            last_qr_event_at = CASE WHEN %(speaks_for_it)s AND %(is_qr)s
                THEN greatest(w.last_qr_event_at, event.received_at) ELSE w.last_qr_event_at END,
            webhook_proven = w.webhook_proven OR %(speaks_for_it)s
        FROM event WHERE w.id = %(session_id)s AND w.revision = %(revision)s
        RETURNING w.id),
    moved AS ({snapshots.TRANSITION}),
    clock AS ({_CLOCK})
    SELECT EXISTS (SELECT FROM held) AS held, EXISTS (SELECT FROM event) AS fresh
"""
