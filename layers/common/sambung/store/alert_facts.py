"""What the alert rules look at, counted in the tables."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sambung.domain.alerts import (
    REFUSALS_WINDOW,
    SUCCESS_WINDOW,
    SYNC_WINDOW,
    Counted,
    InstanceFacts,
    Samples,
    ServerFacts,
)
from sambung.domain.diagnosis.webhook_rules import EVENT_COMES_WITHIN, SILENCE_COUNTS_FOR, TOLD_BY_NOBODY
from sambung.domain.status import STALE_AFTER
from sambung.store.connection import Connection
from sambung.store.flapping import OPENS, lately


def counted(connection: Connection, now: datetime, dead_letters: Mapping[str, int] | None) -> Counted:
    """The facts at `now`; `dead_letters` are the queues', None where they did not say."""
    values = {
        "now": now,
        "hour_ago": now - SYNC_WINDOW,
        "success_since": now - SUCCESS_WINDOW,
        "refusals_since": now - REFUSALS_WINDOW,
        "read_since": now - STALE_AFTER,
        **lately(now),
        "changes_since": now - SILENCE_COUNTS_FOR,
        "comes_within": EVENT_COMES_WITHIN,
        "told_by_nobody": sorted(TOLD_BY_NOBODY),
    }
    fleet = connection.execute(_FLEET, values).fetchone() or {}
    return Counted(
        now=now,
        servers=[_server(row) for row in connection.execute(_SERVERS, values)],
        instances=[_instance(row) for row in connection.execute(_INSTANCES, values)],
        sync_events=fleet["sync_events"],
        synced=Samples(fleet["synced"], fleet["searched"]),
        refusals=fleet["refusals"],
        dead_letters=dead_letters,
        reconciled_at=fleet["reconciled_at"],
    )


_FLEET = """
    SELECT
        (SELECT count(*) FROM sync_events WHERE outcome = 'moved' AND created_at > %(hour_ago)s) AS sync_events,
        searches.synced, searches.searched,
        (SELECT coalesce(sum(refusals), 0)::integer FROM refusal_minutes WHERE minute > %(refusals_since)s) AS refusals,
        (SELECT greatest(max(w.completed_at), min(s.created_at))
         FROM servers s LEFT JOIN server_sweeps w ON w.server_id = s.id WHERE s.enabled) AS reconciled_at
    FROM (SELECT count(*) FILTER (WHERE outcome = 'moved') AS synced, count(*) AS searched
          FROM sync_events WHERE created_at > %(success_since)s) AS searches
"""

_SERVERS = """
    SELECT s.id, s.name, s.unreachable_since, s.unreachable_cause,
           (SELECT count(*) FROM wa_sessions w WHERE w.server_id = s.id AND w.desired = 'online') AS instances
    FROM servers s WHERE s.enabled ORDER BY s.name
"""

# Of a number that was never connected nobody misses the connection.
_INSTANCES = f"""
    WITH unheard AS (
        SELECT session_id, max(event_time) AS at FROM status_transitions
        WHERE source <> 'webhook' AND reason <> ALL (%(told_by_nobody)s) AND event_time > %(changes_since)s
        GROUP BY session_id),
    namesakes AS (
        SELECT w.id, array_agg(s.name ORDER BY s.name) AS names
        FROM server_sweeps v
        CROSS JOIN LATERAL unnest(v.unmanaged) AS there (name)
        JOIN servers s ON s.id = v.server_id AND s.enabled AND s.kind = 'evolution'
        JOIN wa_sessions w ON w.instance_name = there.name AND w.server_id <> v.server_id
        JOIN servers own ON own.id = w.server_id AND own.kind = s.kind
        GROUP BY w.id)
    SELECT w.id, coalesce(w.label, w.instance_name) AS name, w.server_id, coalesce(s.name, '') AS server_name,
           s.enabled AND s.unreachable_since IS NULL
               AND coalesce(w.last_read_at, w.created_at) >= %(read_since)s AS visible,
           CASE WHEN w.status <> 'connected' THEN (
               SELECT max(t.event_time) FROM status_transitions t
               WHERE t.session_id = w.id AND t.old_status = 'connected') END AS down_since,
           w.verification_failures,
           CASE WHEN (w.webhook_state = 'ok' OR w.webhook_policy = 'global') AND w.webhook_proven
                     AND coalesce(w.last_webhook_event_at, '-infinity') < u.at - %(comes_within)s::interval
                THEN u.at END AS unheard_since,
           o.opens,
           CASE WHEN w.conflict_since IS NULL THEN '{{}}' ELSE ARRAY(
               SELECT p.name FROM servers p JOIN jsonb_array_elements(w.conflict_places) AS place
                   ON place ->> 'server_id' = p.id::text) END AS rivals,
           coalesce(n.names, '{{}}') AS namesakes, w.conflict_since
    FROM wa_sessions w
    LEFT JOIN servers s ON s.id = w.server_id
    JOIN ({OPENS}) o ON o.id = w.id
    LEFT JOIN unheard u ON u.session_id = w.id
    LEFT JOIN namesakes n ON n.id = w.id
    WHERE w.desired = 'online'
"""


def _server(row: Mapping[str, Any]) -> ServerFacts:
    return ServerFacts(row["id"], row["name"], row["unreachable_since"], row["unreachable_cause"], row["instances"])


def _instance(row: Mapping[str, Any]) -> InstanceFacts:
    return InstanceFacts(
        id=row["id"],
        name=row["name"],
        server_id=row["server_id"],
        server_name=row["server_name"],
        visible=bool(row["visible"]),
        down_since=row["down_since"],
        failures_in_row=row["verification_failures"],
        unheard_since=row["unheard_since"],
        opens=row["opens"],
        rivals=tuple(row["rivals"]) or ((row["server_name"],) if row["conflict_since"] else ()),
        namesakes=tuple(row["namesakes"]),
    )
