"""How often each number opened lately, and whether it was thrown out meanwhile: one word for overview and alerts."""

from collections.abc import Mapping
from datetime import datetime

from sambung.domain.diagnosis.place_rules import FLAPPING_WITHIN, LOGGED_OUT, OUR_RESTARTS, REPLACED

OPENS = """
    WITH lately AS (
        SELECT session_id, new_status, reason, event_time FROM status_transitions WHERE event_time > %(opens_since)s),
    paired AS (
        SELECT session_id, max(event_time) AS at FROM lately WHERE reason = ANY (%(logged_out)s) GROUP BY session_id),
    changes AS (
        SELECT l.session_id, count(*) FILTER (WHERE l.new_status = 'connected') AS opens,
               bool_or(l.reason = ANY (%(replaced)s)) AS replaced
        FROM lately l LEFT JOIN paired p ON p.session_id = l.session_id
        WHERE p.at IS NULL OR l.event_time > p.at
        GROUP BY l.session_id)
    SELECT w.id,
           CASE WHEN w.last_operation_kind = ANY (%(restarts)s)
                     AND (w.last_operation_open OR w.last_operation_ended_at > %(opens_since)s) THEN 0
                ELSE greatest(c.opens, (SELECT count(*) FROM unnest(w.recent_opens) AS open (at)
                                        WHERE open.at > greatest(%(opens_since)s, p.at))) END AS opens,
           coalesce(c.replaced, false) AS replaced
    FROM wa_sessions w
    LEFT JOIN paired p ON p.session_id = w.id
    LEFT JOIN changes c ON c.session_id = w.id
"""
"""By the id of each instance; what our own restart explains counts nothing, and what was before a logout neither."""


def lately(now: datetime) -> Mapping[str, object]:
    """The values of OPENS."""
    return {
        "opens_since": now - FLAPPING_WITHIN,
        "restarts": sorted(OUR_RESTARTS),
        "logged_out": sorted(LOGGED_OUT),
        "replaced": sorted(REPLACED),
    }
