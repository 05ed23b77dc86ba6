"""Writes what reads saw of many instances in two statements, as if each had been written alone and in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sambung.domain.instance import Decision, Observation, Seen
from sambung.domain.status import advance
from sambung.store import snapshots
from sambung.store.connection import Connection
from sambung.store.snapshots import Stored


@dataclass(frozen=True, slots=True)
class Sight:
    """What a read saw of an instance. `revision`: its row's when the read was decided on."""

    instance_id: UUID
    revision: int
    observation: Observation


@dataclass(frozen=True, slots=True)
class _Decided:
    sight: Sight
    stored: Stored
    decision: Decision

    @property
    def answers_the_check(self) -> bool:
        """A check asked for after the read was decided on may want something newer."""
        return self.sight.revision == self.stored.revision


def observe_all(connection: Connection, sights: Sequence[Sight]) -> Mapping[UUID, Decision]:
    """Let each sight change its instance; the decisions, without instances that are gone. Within a transaction.

    At most one sight for each instance. Every row is held first, all in the order of ids: a second statement that
    held what the first had left out would wait, in another order, for whoever waits for us.
    """
    if not sights:
        return {}
    held = _hold(connection, [sight.instance_id for sight in sights])
    decided = [
        _Decided(sight, stored, advance(stored.snapshot, _of_its_life(sight, stored)))
        for sight in sights
        if (stored := held.get(sight.instance_id)) is not None
    ]
    written = connection.execute(_WRITE, _columns(sorted(decided, key=lambda d: d.sight.instance_id))).fetchall()
    kept = {row["id"] for row in written}
    return {d.sight.instance_id: d.decision for d in decided if d.sight.instance_id in kept}


def _of_its_life(sight: Sight, stored: Stored) -> Observation:
    """A read names no generation unless somebody made the instance anew since."""
    seen = sight.observation
    return seen if seen.generation is not None else replace(seen, generation=stored.snapshot.generation)


def _hold(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Stored]:
    rows = connection.execute(
        f"SELECT {snapshots.READ_COLUMNS} FROM wa_sessions w WHERE w.id = ANY(%s) ORDER BY w.id FOR UPDATE",
        [sorted(ids)],
    ).fetchall()
    return {row["id"]: snapshots.stored(row) for row in rows}


def _columns(decided: Sequence[_Decided]) -> Mapping[str, Sequence[object]]:
    rows = [_row(one) for one in decided]
    return {name: [row[name] for row in rows] for name in _NAMES}


def _row(one: _Decided) -> dict[str, Any]:
    values = snapshots.decision_values(one.decision)
    keeps_qr = one.decision.snapshot.qr is not None
    return {
        **{name: values[name] for name in _NAMES if name in values},
        "id": one.sight.instance_id,
        "revision": one.stored.revision,
        "error_evidence": Jsonb(dict(one.decision.snapshot.error_evidence)),
        "keeps_qr": keeps_qr,
        "checked": one.answers_the_check,
        "verified": one.sight.observation.seen is Seen.OPEN,
        "missed": one.sight.observation.seen is Seen.ABSENT,
        "read_at": one.sight.observation.time,
    }


# A read never brings a QR code and never an opening of its own, so these columns are kept or cleared, never set.
_TYPES = {
    "id": "uuid",
    "revision": "bigint",
    "status": "text",
    "status_since": "timestamptz",
    "connecting_since": "timestamptz",
    "observed_at": "timestamptz",
    "observed_rank": "int",
    "close_reads": "smallint",
    "absent_reads": "smallint",
    "keeps_qr": "bool",
    "opened_since_pairing": "bool",
    "error_code": "text",
    "error_evidence": "jsonb",
    "phone_number": "text",
    "profile_name": "text",
    "needs_check": "bool",
    "checked": "bool",
    "verified": "bool",
    "missed": "bool",
    "read_at": "timestamptz",
    "old_status": "text",
    "new_status": "text",
    "reason": "text",
    "source": "text",
    "transition_server_id": "uuid",
    "transition_at": "timestamptz",
}
_NAMES = tuple(_TYPES)
_ARRAYS = ", ".join(f"%({name})s::{kind}[]" for name, kind in _TYPES.items())

# What people see of a row is compared, so that a read that found nothing new touches no index. A change that only a
# read saw makes its webhook suspect: the next sweep looks at it.
_WRITE = f"""
    WITH seen AS (
        SELECT * FROM unnest({_ARRAYS}) AS seen ({", ".join(_NAMES)})),
    changed AS (
        UPDATE wa_sessions w SET
            status = seen.status, status_since = seen.status_since, connecting_since = seen.connecting_since,
            observed_at = seen.observed_at, observed_rank = seen.observed_rank,
            close_reads = seen.close_reads, absent_reads = seen.absent_reads,
            qr_code = CASE WHEN seen.keeps_qr THEN w.qr_code END,
            qr_image = CASE WHEN seen.keeps_qr THEN w.qr_image END,
            pairing_code = CASE WHEN seen.keeps_qr THEN w.pairing_code END,
            qr_count = CASE WHEN seen.keeps_qr THEN w.qr_count END,
            qr_at = CASE WHEN seen.keeps_qr THEN w.qr_at END,
            opened_since_pairing = seen.opened_since_pairing,
            error_code = seen.error_code, error_evidence = seen.error_evidence,
            phone_number = seen.phone_number, profile_name = seen.profile_name,
            last_send_error = {snapshots.SEND_ERROR.format(new="seen.status", old="w.status")},
            needs_check = seen.needs_check OR (w.needs_check AND NOT seen.checked),
            last_read_at = greatest(w.last_read_at, seen.read_at),
            verification_failures = CASE WHEN seen.verified THEN 0 ELSE w.verification_failures + seen.missed::int END,
            webhook_looked_at = CASE WHEN seen.old_status IS NULL THEN w.webhook_looked_at END,
            revision = w.revision + 1,
            updated_at = CASE
                WHEN (w.status, w.error_code, w.phone_number, w.profile_name)
                     IS DISTINCT FROM (seen.status, seen.error_code, seen.phone_number, seen.profile_name)
                THEN now() ELSE w.updated_at END
        FROM seen WHERE w.id = seen.id AND w.revision = seen.revision
        RETURNING w.id),
    moved AS (
        INSERT INTO status_transitions
            (session_id, old_status, new_status, reason, source, server_id, event_time)
        SELECT id, seen.old_status, seen.new_status, seen.reason, seen.source, seen.transition_server_id,
               seen.transition_at
        FROM changed JOIN seen USING (id) WHERE seen.old_status IS NOT NULL ORDER BY id)
    SELECT id FROM changed
"""
