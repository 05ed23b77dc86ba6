"""What looks at servers saw: the servers' rows, a sample of each, the hours, and what was read of webhook settings."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import class_row

from sambung.domain.health import Candidate, Known
from sambung.store.assignments import CONFLICT_ON
from sambung.store.connection import Connection
from sambung.store.flapping import OPENS, lately
from sambung.store.servers import Probe

SAMPLES_KEPT = timedelta(days=2)
HOURS_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Silent:
    """How long a server has been silent to us, and when it last spoke by itself."""

    since: datetime | None
    last_event_at: datetime | None


@dataclass(frozen=True, slots=True)
class Look:
    """A probe of one server; `warnings` are catalogue codes."""

    server_id: UUID
    probe: Probe
    warnings: tuple[str, ...]

    @property
    def list_ok(self) -> bool:
        """Whether the server gave its list."""
        return self.probe.reachable and self.probe.error_code is None


@dataclass(frozen=True, slots=True)
class WebhookLook:
    """What was read of one instance's webhook setting; `state` None where the server did not say."""

    instance_id: UUID
    looked_at: datetime
    state: str | None
    host: str | None


def candidates(connection: Connection) -> Mapping[UUID, Sequence[Candidate]]:
    """Whose webhook may be read, by server. Troubled: not as it should be when last read, or not connected."""
    rows = connection.execute(
        """
        SELECT w.server_id, w.id, w.instance_name, w.generation, l.looked_at,
               w.desired = 'online' AND (w.webhook_state <> 'ok' OR NOT coalesce(l.found, true)
                                         OR w.status IN ('connecting', 'error')) AS troubled
        FROM wa_sessions w
        JOIN servers s ON s.id = w.server_id AND s.enabled
        LEFT JOIN webhook_looks l ON l.session_id = w.id
        """
    ).fetchall()
    found: dict[UUID, list[Candidate]] = defaultdict(list)
    for row in rows:
        found[row["server_id"]].append(
            Candidate(row["id"], row["instance_name"], row["generation"], row["troubled"], row["looked_at"])
        )
    return found


def silent(connection: Connection, server_ids: Sequence[UUID]) -> Mapping[UUID, Silent]:
    """Since when each server has been silent, and its last event."""
    rows = connection.execute(
        """
        SELECT s.id, s.unreachable_since,
               (SELECT max(e.received_at) FROM webhook_events e WHERE e.server_id = s.id) AS heard
        FROM servers s WHERE s.id = ANY (%s)
        """,
        [list(server_ids)],
    ).fetchall()
    return {row["id"]: Silent(row["unreachable_since"], row["heard"]) for row in rows}


def keep_looks(connection: Connection, looks: Sequence[Look], now: datetime) -> None:
    """Write the servers' rows and a sample of each; what a failed look could not see stays as it was."""
    values = {
        "ids": [look.server_id for look in looks],
        "reachable": [look.probe.reachable for look in looks],
        "list_ok": [look.list_ok for look in looks],
        "cause": [look.probe.cause for look in looks],
        "key_accepted": [look.probe.key_accepted for look in looks],
        "version": [look.probe.version for look in looks],
        "latency_ms": [look.probe.latency_ms for look in looks],
        "error_code": [look.probe.error_code for look in looks],
        "warnings": [" ".join(look.warnings) for look in looks],
        "now": now,
    }
    # The rows are held in the order of their ids, so that two runs never wait for each other in a circle.
    connection.execute("SELECT FROM servers WHERE id = ANY (%(ids)s) ORDER BY id FOR UPDATE", values)
    connection.execute(_KEEP_LOOKS, values)


_KEEP_LOOKS = """
    WITH looked AS (
        SELECT * FROM unnest(%(ids)s::uuid[], %(reachable)s::boolean[], %(list_ok)s::boolean[], %(cause)s::text[],
                             %(key_accepted)s::boolean[], %(version)s::text[], %(latency_ms)s::integer[],
                             %(error_code)s::text[], %(warnings)s::text[])
            AS one (id, reachable, list_ok, cause, key_accepted, version, latency_ms, error_code, warnings)),
    changed AS (
        UPDATE servers s SET
            reachable = l.reachable, unreachable_cause = l.cause,
            key_accepted = coalesce(l.key_accepted, s.key_accepted), version = coalesce(l.version, s.version),
            latency_ms = l.latency_ms, last_error_code = l.error_code,
            warnings = to_jsonb(array_remove(string_to_array(l.warnings, ' '), '')),
            failures_in_row = CASE WHEN l.reachable THEN 0 ELSE s.failures_in_row + 1 END,
            unreachable_since = CASE WHEN NOT l.reachable THEN coalesce(s.unreachable_since, %(now)s) END,
            last_checked_at = %(now)s,
            -- Who answers is not left alone any longer.
            breaker_failures = CASE WHEN l.reachable THEN 0 ELSE s.breaker_failures END,
            breaker_openings = CASE WHEN l.reachable THEN 0 ELSE s.breaker_openings END,
            breaker_open_until = CASE WHEN NOT l.reachable THEN s.breaker_open_until END,
            breaker_probe_until = CASE WHEN NOT l.reachable THEN s.breaker_probe_until END
        FROM looked l WHERE s.id = l.id
        RETURNING s.id)
    INSERT INTO health_samples (server_id, checked_at, reachable, list_ok, cause, error_code, latency_ms)
    SELECT l.id, %(now)s, l.reachable, l.list_ok, l.cause, l.error_code, l.latency_ms
    FROM looked l JOIN changed USING (id)
    ON CONFLICT DO NOTHING
"""


def keep_webhook_looks(connection: Connection, looks: Sequence[WebhookLook]) -> None:
    """Write what was read of webhook settings, where no action of ours changed them meanwhile.

    One that is not as it should be asks the reconciler to look at it.
    """
    values = {
        "ids": [look.instance_id for look in looks],
        "at": [look.looked_at for look in looks],
        "state": [look.state for look in looks],
        "host": [look.host for look in looks],
    }
    connection.execute("SELECT FROM wa_sessions WHERE id = ANY (%(ids)s) ORDER BY id FOR UPDATE", values)
    connection.execute(_KEEP_WEBHOOK_LOOKS, values)


_KEEP_WEBHOOK_LOOKS = """
    WITH looked AS (
        SELECT * FROM unnest(%(ids)s::uuid[], %(at)s::timestamptz[], %(state)s::text[], %(host)s::text[])
            AS one (id, looked_at, state, host)),
    changed AS (
        UPDATE wa_sessions w SET webhook_state = l.state, webhook_url_host = l.host,
            webhook_proven = w.webhook_proven AND l.state = 'ok',
            webhook_looked_at = CASE WHEN l.state IN ('ok', 'elsewhere') THEN w.webhook_looked_at END,
            updated_at = now()
        FROM looked l
        WHERE w.id = l.id AND l.state IS NOT NULL
          AND (w.webhook_state, w.webhook_url_host) IS DISTINCT FROM (l.state, l.host)
          AND NOT w.last_operation_open AND coalesce(w.last_operation_ended_at, '-infinity') < l.looked_at)
    INSERT INTO webhook_looks (session_id, looked_at, found)
    SELECT l.id, l.looked_at, l.state IS NOT NULL FROM looked l JOIN wa_sessions w USING (id)
    ON CONFLICT (session_id) DO UPDATE SET looked_at = excluded.looked_at, found = excluded.found
"""


def known(connection: Connection, client_id: UUID | None, now: datetime) -> list[Known]:
    """Every instance, or a client's, with what its server said last; by name."""
    with connection.cursor(row_factory=class_row(Known)) as cursor:
        return cursor.execute(
            f"""
            SELECT w.id AS instance_id, w.instance_name, w.server_id, w.status, w.status_since, w.connecting_since,
                   w.opened_since_pairing, w.desired, w.error_code, w.error_evidence,
                   num_nonnulls(w.qr_code, w.qr_image, w.pairing_code) > 0 AS has_qr, w.qr_at, w.qr_life_s,
                   w.last_read_at,
                   w.last_webhook_event_at, w.last_qr_event_at, w.webhook_state, w.webhook_proven, w.webhook_url_host,
                   CASE WHEN s.reachable IS FALSE THEN false ELSE l.found END AS webhook_find_ok,
                   l.looked_at AS webhook_looked_at, s.enabled AS server_enabled, s.reachable AS server_reachable,
                   s.last_error_code AS server_error_code, s.unreachable_cause AS server_cause,
                   {CONFLICT_ON} AS conflict_on, w.webhook_policy,
                   o.opens, o.replaced
            FROM wa_sessions w
            JOIN ({OPENS}) o ON o.id = w.id
            LEFT JOIN servers s ON s.id = w.server_id
            LEFT JOIN webhook_looks l ON l.session_id = w.id
            WHERE %(client_id)s::uuid IS NULL OR w.client_id = %(client_id)s
            ORDER BY w.instance_name, w.id
            """,
            {"client_id": client_id, **lately(now)},
        ).fetchall()


def latencies(connection: Connection, since: datetime) -> Mapping[UUID, list[int | None]]:
    """The samples' latencies of each server, ms, oldest first; None where it did not answer."""
    rows = connection.execute(
        """
        SELECT server_id, array_agg(latency_ms ORDER BY checked_at) AS latencies
        FROM health_samples WHERE checked_at > %s GROUP BY server_id
        """,
        [since],
    ).fetchall()
    return {row["server_id"]: row["latencies"] for row in rows}


def roll_up(connection: Connection, now: datetime) -> None:
    """Compute the hours that are over, and forget what is old. Repeating it is harmless."""
    connection.execute(
        """
        INSERT INTO health_hours (server_id, hour, samples, reachable, list_ok, latency_ms_p50, latency_ms_p95,
                                  latency_ms_max)
        SELECT server_id, date_trunc('hour', checked_at, 'UTC'), count(*), count(*) FILTER (WHERE reachable),
               count(*) FILTER (WHERE list_ok), percentile_disc(0.5) WITHIN GROUP (ORDER BY latency_ms),
               percentile_disc(0.95) WITHIN GROUP (ORDER BY latency_ms), max(latency_ms)
        FROM health_samples
        WHERE checked_at >= coalesce((SELECT max(hour) + interval '1 hour' FROM health_hours), '-infinity')
          AND checked_at < date_trunc('hour', %(now)s::timestamptz, 'UTC')
        GROUP BY 1, 2
        ON CONFLICT DO NOTHING
        """,
        {"now": now},
    )
    connection.execute("DELETE FROM health_samples WHERE checked_at < %s", [now - SAMPLES_KEPT])
    connection.execute("DELETE FROM health_hours WHERE hour < %s", [now - HOURS_KEPT])
