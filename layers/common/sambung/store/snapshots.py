"""What was last seen of an instance, read as a value and written back only where nobody else wrote meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sambung.domain.errors import Code
from sambung.domain.instance import Decision, Observation, OwnOperation, Qr, Seen, Snapshot, Source, Status, Transition
from sambung.domain.status import advance, judge_number
from sambung.store.connection import Connection

READ_COLUMNS = """
    w.id, w.revision, w.instance_name, w.status, w.status_since, w.server_id, w.generation, w.connecting_since,
    w.observed_at, w.observed_rank, w.recent_opens, w.close_reads, w.absent_reads, w.qr_code, w.qr_image,
    w.pairing_code, w.qr_count, w.qr_life_s, w.qr_at, w.opened_since_pairing, w.last_operation_kind,
    w.last_operation_open, w.last_operation_ended_at, w.error_code, w.error_evidence, w.phone_number, w.expected_number,
    w.profile_name
"""

# That it was not connected for a message is over once it connects anew.
SEND_ERROR = """
    CASE WHEN {new} = 'connected' AND {old} <> 'connected' AND w.last_send_error = 'not_connected' THEN NULL
    ELSE w.last_send_error END
"""

# Generation, server, expected number and the last operation are the actions' own to write.
ASSIGNMENTS = f"""
    status = %(status)s, status_since = %(status_since)s, connecting_since = %(connecting_since)s,
    observed_at = %(observed_at)s, observed_rank = %(observed_rank)s, recent_opens = %(recent_opens)s::timestamptz[],
    close_reads = %(close_reads)s, absent_reads = %(absent_reads)s, qr_code = %(qr_code)s, qr_image = %(qr_image)s,
    pairing_code = %(pairing_code)s, qr_count = %(qr_count)s, qr_life_s = %(qr_life_s)s,
    qr_at = %(qr_at)s,
    opened_since_pairing = %(opened_since_pairing)s, error_code = %(error_code)s, error_evidence = %(error_evidence)s,
    phone_number = %(phone_number)s, profile_name = %(profile_name)s,
    last_send_error = {SEND_ERROR.format(new="%(status)s::text", old="w.status")},
    needs_check = w.needs_check OR %(needs_check)s, revision = w.revision + 1, updated_at = now()
"""

TRANSITION = """
    INSERT INTO status_transitions
        (session_id, old_status, new_status, reason, source, server_id, event_time, operation_id)
    SELECT id, %(old_status)s, %(new_status)s, %(reason)s, %(source)s, %(transition_server_id)s::uuid,
           %(transition_at)s::timestamptz, %(operation_id)s::uuid
    FROM changed WHERE %(old_status)s::text IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A snapshot with the revision it was read at; a write names it back."""

    session_id: UUID
    revision: int
    instance_name: str
    snapshot: Snapshot


def read(connection: Connection, session_id: UUID, *, hold: bool = False) -> Stored | None:
    """The instance as last seen; None where there is none. `hold`: nobody else writes it until the transaction ends."""
    row = connection.execute(
        f"SELECT {READ_COLUMNS} FROM wa_sessions w WHERE w.id = %s {'FOR UPDATE' if hold else ''}", [session_id]
    ).fetchone()
    return None if row is None else stored(row)


def observe(connection: Connection, session_id: UUID, observation: Observation) -> Decision | None:
    """Let an observation change the instance within the caller's transaction; None where there is none."""
    held = read(connection, session_id, hold=True)
    if held is None:
        return None
    decision = advance(held.snapshot, observation)
    # A code that our own call brought is its server's word as well.
    told = observation.source is Source.READ or (observation.source is Source.ACTION and observation.seen is Seen.QR)
    read_at = observation.time if told else None
    apply(connection, session_id, held.revision, decision, read_at=read_at)
    return decision


def apply(
    connection: Connection,
    session_id: UUID,
    revision: int,
    decision: Decision,
    *,
    read_at: datetime | None = None,
    checked: bool = False,
) -> bool:
    """Write a decision and its transition unless the row changed since `revision`; whether it was written.

    `read_at`: when a read of the gateway brought it. `checked`: it answers the wish for a check, which ends it
    (unless the decision asks for another).
    """
    row = connection.execute(
        f"""
        WITH changed AS (
            UPDATE wa_sessions w SET {ASSIGNMENTS}, last_read_at = coalesce(%(read_at)s, w.last_read_at)
            WHERE w.id = %(session_id)s AND w.revision = %(revision)s
            RETURNING w.id),
        moved AS ({TRANSITION})
        SELECT count(*) AS rows FROM changed
        """.replace("w.needs_check OR", "" if checked else "w.needs_check OR"),
        {"session_id": session_id, "revision": revision, "read_at": read_at, **decision_values(decision)},
    ).fetchone()
    return row is not None and row["rows"] == 1


def decision_values(decision: Decision) -> dict[str, Any]:
    """The values of ASSIGNMENTS and TRANSITION."""
    return {
        **_snapshot_values(decision.snapshot),
        **_transition_values(decision.transition),
        "needs_check": decision.needs_check,
    }


def number_columns(snapshot: Snapshot) -> dict[str, Any]:
    """The columns that change when another number than before is expected."""
    then = judge_number(snapshot)
    return {"error_code": then.error and then.error.value, "error_evidence": Jsonb(dict(then.error_evidence))}


def _snapshot_values(snapshot: Snapshot) -> dict[str, Any]:
    qr = snapshot.qr or Qr()
    return {
        "status": snapshot.status.value,
        "status_since": snapshot.status_since,
        "connecting_since": snapshot.connecting_since,
        "observed_at": snapshot.observed_at,
        "observed_rank": snapshot.observed_rank,
        "recent_opens": list(snapshot.recent_opens),
        "close_reads": snapshot.close_reads,
        "absent_reads": snapshot.absent_reads,
        "qr_code": qr.code,
        "qr_image": qr.image,
        "pairing_code": qr.pairing_code,
        "qr_count": qr.count,
        "qr_life_s": qr.life_s,
        "qr_at": snapshot.qr_at,
        "opened_since_pairing": snapshot.opened_since_pairing,
        "error_code": snapshot.error and snapshot.error.value,
        "error_evidence": Jsonb(dict(snapshot.error_evidence)),
        "phone_number": snapshot.phone_number,
        "profile_name": snapshot.profile_name,
    }


def _transition_values(transition: Transition | None) -> dict[str, Any]:
    return {
        "old_status": transition and transition.old.value,
        "new_status": transition and transition.new.value,
        "reason": transition and transition.reason,
        "source": transition and transition.source.value,
        "transition_server_id": transition and transition.server_id,
        "transition_at": transition and transition.at,
        "operation_id": transition and transition.operation_id,
    }


def stored(row: dict[str, Any]) -> Stored:
    """A row of READ_COLUMNS as a value."""
    return Stored(row["id"], row["revision"], row["instance_name"], _snapshot(row))


def _snapshot(row: dict[str, Any]) -> Snapshot:
    return Snapshot(
        status=Status(row["status"]),
        status_since=row["status_since"],
        server_id=row["server_id"],
        generation=row["generation"],
        connecting_since=row["connecting_since"],
        observed_at=row["observed_at"],
        observed_rank=row["observed_rank"],
        recent_opens=tuple(row["recent_opens"]),
        close_reads=row["close_reads"],
        absent_reads=row["absent_reads"],
        qr=_qr(row),
        qr_at=row["qr_at"],
        opened_since_pairing=row["opened_since_pairing"],
        last_operation=_own_operation(row),
        error=Code(row["error_code"]) if row["error_code"] else None,
        error_evidence=row["error_evidence"],
        phone_number=row["phone_number"],
        expected_number=row["expected_number"],
        profile_name=row["profile_name"],
    )


def _qr(row: dict[str, Any]) -> Qr | None:
    if row["qr_code"] is None and row["qr_image"] is None and row["pairing_code"] is None:
        return None
    return Qr(row["qr_code"], row["qr_image"], row["pairing_code"], row["qr_count"], row["qr_life_s"])


def _own_operation(row: dict[str, Any]) -> OwnOperation | None:
    if row["last_operation_kind"] is None:
        return None
    return OwnOperation(row["last_operation_kind"], row["last_operation_open"], row["last_operation_ended_at"])
