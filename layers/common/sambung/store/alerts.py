"""Alerts as rows: one for each episode, and the plan of each evaluation written in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from sambung.domain.alerts import ENTRIES, Key, Rule
from sambung.domain.diagnosis.finding import Severity
from sambung.domain.episodes import COOLDOWN, Episode, Plan
from sambung.store.connection import Connection

KEPT: Final = timedelta(days=100)
# Any number that no other lock of ours has.
_LOCK: Final = 7_000_001


@dataclass(frozen=True, slots=True)
class Alert:
    """One episode. `rule` is a text, for a later version may know others."""

    id: UUID
    rule: str
    subject: str
    severity: str
    server_id: UUID | None
    session_id: UUID | None
    params: dict[str, Any]  # a JSON column
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    told_at: datetime | None
    resolved_at: datetime | None

    @property
    def state(self) -> str:
        """`open`, `acknowledged` or `resolved`."""
        if self.resolved_at is not None:
            return "resolved"
        return "open" if self.acknowledged_at is None else "acknowledged"


_COLUMNS = """id, rule, subject, severity, server_id, session_id, params, opened_at, acknowledged_at, acknowledged_by,
    told_at, resolved_at"""


def alone(connection: Connection) -> bool:
    """Whether nobody else evaluates until this transaction ends."""
    row = connection.execute("SELECT pg_try_advisory_xact_lock(%s) AS taken", [_LOCK]).fetchone()
    return bool(row and row["taken"])


def episodes(connection: Connection) -> list[Episode]:
    """What is not resolved. Rules that this version does not know are left alone."""
    rows = connection.execute(
        """
        SELECT id, rule, subject, params, told_at, clear_since FROM alerts
        WHERE resolved_at IS NULL AND rule = ANY (%s) ORDER BY id
        """,
        [[rule.value for rule in Rule]],
    ).fetchall()
    return [
        Episode(row["id"], (Rule(row["rule"]), row["subject"]), row["params"], row["told_at"], row["clear_since"])
        for row in rows
    ]


def told(connection: Connection, now: datetime) -> Mapping[Key, datetime]:
    """When each rule's subject was told last, as far as that still matters."""
    rows = connection.execute(
        """
        SELECT rule, subject, max(told_at) AS at FROM alerts
        WHERE told_at > %s AND rule = ANY (%s) GROUP BY rule, subject
        """,
        [now - COOLDOWN, [rule.value for rule in Rule]],
    ).fetchall()
    return {(Rule(row["rule"]), row["subject"]): row["at"] for row in rows}


def write(connection: Connection, plan: Plan, now: datetime) -> tuple[list[UUID], list[UUID]]:
    """Carry a plan out; the alerts to tell as opened, and as resolved."""
    begun = _begin(connection, plan, now)
    _change(connection, plan)
    connection.execute("UPDATE alerts SET clear_since = %s WHERE id = ANY (%s)", [now, sorted(plan.clear)])
    connection.execute("UPDATE alerts SET resolved_at = %s WHERE id = ANY (%s)", [now, sorted(plan.end)])
    opened = [*begun, *plan.tell]
    connection.execute("UPDATE alerts SET told_at = %s WHERE id = ANY (%s)", [now, sorted(opened)])
    return opened, list(plan.tell_ended)


def _begin(connection: Connection, plan: Plan, now: datetime) -> list[UUID]:
    """The ids of those begun that are to be told."""
    rows = connection.execute(
        """
        INSERT INTO alerts (rule, subject, severity, server_id, session_id, params, opened_at)
        SELECT rule, subject, severity, server_id, session_id, params, %(now)s
        FROM unnest(%(rules)s::text[], %(subjects)s::text[], %(severities)s::text[], %(servers)s::uuid[],
                    %(sessions)s::uuid[], %(params)s::jsonb[])
            AS one (rule, subject, severity, server_id, session_id, params)
        RETURNING id, rule, subject
        """,
        {
            "now": now,
            "rules": [one.rule.value for one in plan.begin],
            "subjects": [one.subject for one in plan.begin],
            "severities": [ENTRIES[one.rule].severity.value for one in plan.begin],
            "servers": [one.server_id for one in plan.begin],
            "sessions": [one.instance_id for one in plan.begin],
            "params": [Jsonb(dict(one.params)) for one in plan.begin],
        },
    ).fetchall()
    return [row["id"] for row in rows if (row["rule"], row["subject"]) in plan.tell_begun]


def _change(connection: Connection, plan: Plan) -> None:
    ids = sorted(plan.change)
    connection.execute(
        """
        UPDATE alerts a SET params = one.params, clear_since = NULL
        FROM unnest(%s::uuid[], %s::jsonb[]) AS one (id, params) WHERE a.id = one.id
        """,
        [ids, [Jsonb(dict(plan.change[one].params)) for one in ids]],
    )


def page(connection: Connection, *, state: str | None, after: tuple[datetime, UUID] | None, limit: int) -> list[Alert]:
    """Alerts, the latest first; after the one that opened then and has this id.

    `state`: one of an Alert's, or `active` for those not resolved.
    """
    with connection.cursor(row_factory=class_row(Alert)) as cursor:
        return cursor.execute(
            f"""
            SELECT {_COLUMNS} FROM alerts
            WHERE (%(at)s::timestamptz IS NULL OR (opened_at, id) < (%(at)s, %(id)s::uuid))
              AND CASE %(state)s::text
                    WHEN 'open' THEN resolved_at IS NULL AND acknowledged_at IS NULL
                    WHEN 'acknowledged' THEN resolved_at IS NULL AND acknowledged_at IS NOT NULL
                    WHEN 'active' THEN resolved_at IS NULL
                    WHEN 'resolved' THEN resolved_at IS NOT NULL
                    ELSE true END
            ORDER BY opened_at DESC, id DESC LIMIT %(limit)s
            """,
            {"at": after and after[0], "id": after and after[1], "state": state, "limit": limit},
        ).fetchall()


def by_ids(connection: Connection, ids: Sequence[UUID]) -> list[Alert]:
    """These alerts, the gravest and then the oldest first; without those that are gone."""
    with connection.cursor(row_factory=class_row(Alert)) as cursor:
        return cursor.execute(
            f"""
            SELECT {_COLUMNS} FROM alerts WHERE id = ANY (%s)
            ORDER BY severity = %s DESC, opened_at, rule, params ->> 'instance', subject
            """,
            [list(ids), Severity.CRITICAL.value],
        ).fetchall()


def active(connection: Connection) -> Mapping[str, int]:
    """How many are open and how many acknowledged."""
    row = connection.execute(
        """
        SELECT count(*) FILTER (WHERE acknowledged_at IS NULL) AS open,
               count(*) FILTER (WHERE acknowledged_at IS NOT NULL) AS acknowledged
        FROM alerts WHERE resolved_at IS NULL
        """
    ).fetchone()
    return row or {}


def acknowledge(connection: Connection, alert_id: UUID, *, by: str, now: datetime) -> Alert | None:
    """Note who takes care of it: the first one stays. None where it is unknown; resolved it stays as it is."""
    connection.execute(
        """
        UPDATE alerts SET acknowledged_at = %s, acknowledged_by = %s
        WHERE id = %s AND acknowledged_at IS NULL AND resolved_at IS NULL
        """,
        [now, by, alert_id],
    )
    found = by_ids(connection, [alert_id])
    return found[0] if found else None


def forget_old(connection: Connection, now: datetime) -> None:
    """Forget what was resolved long ago."""
    connection.execute("DELETE FROM alerts WHERE resolved_at < %s", [now - KEPT])
