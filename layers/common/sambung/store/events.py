"""Keeps a gateway's event and what it changes in one statement, once, whatever comes twice, late or at once."""

from collections.abc import Mapping, Sequence
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
    connection; `assigned_only`: its sender may speak of the instances assigned to it and of no others. `proves`:
    the instance whose webhook a probe was made to prove, at this `generation`. `or_else`: other servers, any of which
    may have sent it as well. `of_kind`: it names its instance by name alone, which may be assigned to any server of the
    sender's kind, and only its coming tells that its webhook is set. `findable` False: no instance of ours is meant.
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
    proves: UUID | None = None
    or_else: tuple[UUID, ...] = ()
    of_kind: bool = False
    findable: bool = True

    @property
    def senders(self) -> list[UUID]:
        """All who may have sent it."""
        return [self.server_id, *self.or_else]


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
    rows = connection.execute(
        _FIND,
        {
            "dedupe_key": incoming.dedupe_key,
            "instance_name": incoming.instance_name,
            "claimed_id": incoming.claimed_id,
            "assigned_only": incoming.assigned_only,
            "of_kind": incoming.of_kind,
            "findable": incoming.findable,
            "server_id": incoming.server_id,
            "senders": incoming.senders,
        },
    ).fetchall()
    if not rows:
        return None
    offset_ms = rows[0]["clock_offset_ms"]
    offset = None if offset_ms is None else timedelta(milliseconds=offset_ms)
    return _Found(rows[0]["duplicate"], offset, _meant(rows))


def _meant(rows: Sequence[dict[str, Any]]) -> Stored | None:
    """The instance an event is about: the sender's own of that name, else the only one."""
    own = [row for row in rows if row["own"]]
    found = [row for row in own or rows if row["id"]]
    return snapshots.stored(found[0]) if len(found) == 1 else None


def _write(connection: Connection, incoming: Incoming, found: _Found) -> Kept | None:
    """Keep the event; None where the instance changed since it was read."""
    if found.instance is not None:
        incoming = _attributed(incoming, found.instance.snapshot)
    lag = None if incoming.sent_at is None else clock.gap(incoming.sent_at, incoming.received_at)
    offset = found.offset if lag is None else offsets.after(connection, incoming.server_id, found.offset, lag)
    values = {**_event_values(incoming, lag), **_clock_values(found.offset, offset)}
    if found.instance is None:
        return _keep_unknown(connection, incoming, values)
    seen = _timed(incoming, offset)
    decision = _doubting(incoming, _decide(found.instance.snapshot, seen))
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
            "shows_setting": incoming.of_kind,
        },
    ).fetchone()
    if row is None or not row["held"]:
        return None
    return _kept(found.instance.session_id, decision) if row["fresh"] else Kept(Verdict.DUPLICATE, "duplicate")


def _keep_unknown(connection: Connection, incoming: Incoming, values: Mapping[str, Any]) -> Kept:
    """Keep an event of no instance of ours; that of a probe proves the webhook of the one it was made for."""
    outcome = "unknown_instance" if incoming.proves is None else "probe"
    of_probe = {"outcome": outcome, "proves": incoming.proves, "generation": incoming.generation}
    row = connection.execute(_KEEP_UNKNOWN, {**values, **of_probe}).fetchone()
    if row is None or not row["fresh"]:
        return Kept(Verdict.DUPLICATE, "duplicate")
    return Kept(Verdict.ACCEPTED if incoming.proves else Verdict.IGNORED, outcome)


def _kept(session_id: UUID, decision: Decision) -> Kept:
    verdict = Verdict.ACCEPTED if decision.applied or decision.needs_check else Verdict.IGNORED
    return Kept(verdict, decision.why_not or "applied", session_id, decision)


def _attributed(incoming: Incoming, snapshot: Snapshot) -> Incoming:
    """Of several who may have sent it, the one the instance is assigned to."""
    if snapshot.server_id not in incoming.or_else:
        return incoming
    seen = incoming.seen and replace(incoming.seen, server_id=snapshot.server_id)
    others = tuple(one for one in incoming.senders if one != snapshot.server_id)
    return replace(incoming, server_id=snapshot.server_id, or_else=others, seen=seen)


def _doubting(incoming: Incoming, decision: Decision) -> Decision:
    """What another may have sent counts, and is checked where it changed the status."""
    if incoming.or_else and decision.transition is not None:
        return replace(decision, needs_check=True)
    return decision


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


# Twice at most: with two of a name nobody knows which is meant, unless one of them is the sender's own.
_FIND = f"""
    SELECT s.clock_offset_ms, EXISTS (SELECT FROM webhook_events WHERE dedupe_key = %(dedupe_key)s) AS duplicate,
           w.server_id = ANY(%(senders)s) AS own, {snapshots.READ_COLUMNS}
    FROM servers s
    LEFT JOIN LATERAL (
        SELECT w.* FROM wa_sessions w LEFT JOIN servers home ON home.id = w.server_id
        WHERE w.instance_name = %(instance_name)s AND %(findable)s
          AND (w.id = %(claimed_id)s OR %(claimed_id)s::uuid IS NULL
               AND (w.server_id = s.id OR %(of_kind)s AND home.kind = s.kind))
          AND (w.server_id = s.id OR NOT %(assigned_only)s)
        ORDER BY (w.server_id = ANY(%(senders)s)) DESC, w.id LIMIT 2) w ON true
    WHERE s.id = %(server_id)s
"""

# Events of one server meet here: the row is only touched when something was learned.
_CLOCK = """
    UPDATE servers s SET clock_offset_ms = %(offset_ms)s FROM event
    WHERE s.id = event.server_id AND %(offset_ms)s::bigint IS NOT NULL
      AND (s.clock_offset_ms IS NULL OR s.clock_offset_ms > %(offset_ms)s OR %(raised)s)
"""

_KEEP_UNKNOWN = f"""
    WITH event AS (
        INSERT INTO webhook_events (dedupe_key, server_id, instance_name, event, received_at, outcome, lag_ms, facts)
        VALUES (%(dedupe_key)s, %(server_id)s, %(instance_name)s, %(event)s, %(received_at)s, %(outcome)s,
                %(lag_ms)s, %(facts)s)
        ON CONFLICT (dedupe_key) DO NOTHING
        RETURNING server_id),
    proven AS (
        UPDATE wa_sessions w SET webhook_proven = true FROM event
        WHERE w.id = %(proves)s::uuid AND w.generation = %(generation)s::int AND w.server_id = event.server_id
          AND w.webhook_state = 'ok'),
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
            webhook_proven = w.webhook_proven OR %(speaks_for_it)s,
            webhook_state = CASE WHEN %(speaks_for_it)s AND %(shows_setting)s THEN 'ok' ELSE w.webhook_state END
        FROM event WHERE w.id = %(session_id)s AND w.revision = %(revision)s
        RETURNING w.id),
    moved AS ({snapshots.TRANSITION}),
    clock AS ({_CLOCK})
    SELECT EXISTS (SELECT FROM held) AS held, EXISTS (SELECT FROM event) AS fresh
"""
