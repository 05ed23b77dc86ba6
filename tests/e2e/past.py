"""A day that has been and a large fleet, written into the database: no test has the time to live through them."""

from typing import LiteralString

import psycopg

# One down, one hanging, eight well: of each what the last looks saw.
_SERVERS: LiteralString = """
INSERT INTO servers (name, kind, base_url, announced_url, api_key_sealed, key_id, version, reachable, unreachable_cause,
    key_accepted, latency_ms, last_checked_at, last_error_code, failures_in_row, unreachable_since)
SELECT 'VPS ' || n, 'evolution', url, url, 'sealed', 'key', '2.3.6', well, cause, well, CASE WHEN well THEN 10 + n END,
    now() - interval '5 seconds', CASE WHEN NOT well THEN 'server_unreachable' END, CASE WHEN well THEN 0 ELSE 9 END,
    CASE WHEN NOT well THEN now() - interval '9 minutes' END
FROM generate_series(1, 10) AS n,
    LATERAL (SELECT 'http://127.0.0.1:9/evo-' || n AS url, n NOT IN (4, 7) AS well,
                    CASE n WHEN 4 THEN 'refused' WHEN 7 THEN 'timeout' END AS cause) AS made
"""

# Most are well; every fiftieth number waits, hangs, was thrown out, or has its webhook elsewhere.
_NUMBERS: LiteralString = """
INSERT INTO wa_sessions (client_id, server_id, instance_name, label, assigned_instance_url, status, status_since,
    connecting_since, error_code, last_read_at, last_webhook_event_at, phone_number, webhook_state, webhook_proven,
    webhook_url_host, created_at)
SELECT (SELECT id FROM clients ORDER BY created_at LIMIT 1), host.id, 'nomor-' || n, 'Nomor ' || n, host.base_url,
    CASE WHEN mod(n, 50) IN (1, 2) THEN 'connecting' WHEN mod(n, 50) = 3 THEN 'disconnected' ELSE 'connected' END,
    now() - make_interval(mins => mod(n, 90) + 3), CASE WHEN mod(n, 50) IN (1, 2) THEN now() - interval '5 minutes' END,
    CASE mod(n, 50) WHEN 3 THEN 'logged_out_by_phone' END, now() - interval '30 seconds',
    now() - make_interval(secs => mod(n, 600)), '62812' || lpad(n::text, 8, '0'),
    CASE mod(n, 50) WHEN 4 THEN 'elsewhere' WHEN 5 THEN 'missing' ELSE 'ok' END, true,
    CASE mod(n, 50) WHEN 4 THEN 'bot.contoh.id' END, now() - interval '2 days'
FROM generate_series(1, %(numbers)s) AS n
JOIN (SELECT id, base_url, row_number() OVER (ORDER BY name) AS place FROM servers WHERE name LIKE 'VPS %%') AS host
    ON host.place = mod(n, 10) + 1
"""

_LOOKS: LiteralString = """
INSERT INTO health_samples (server_id, checked_at, reachable, list_ok, latency_ms)
SELECT servers.id, now() - make_interval(mins => n), well, well, CASE WHEN well THEN 18 + (n * 7919) % 23 END
FROM servers, generate_series(1, 60) AS n, LATERAL (SELECT reachable IS NOT false OR n > 12 AS well) AS seen
ON CONFLICT DO NOTHING
"""

_EVENTS: LiteralString = """
INSERT INTO webhook_events (dedupe_key, server_id, session_id, instance_name, event, received_at, outcome)
SELECT sha256(convert_to(wa_sessions.id || ' ' || n, 'UTF8')), server_id, wa_sessions.id, instance_name,
    'messages.upsert', now() - make_interval(secs => n), 'accepted'
FROM wa_sessions, generate_series(20, 3600, 7) AS n
WHERE (n * 7919) % 11 < 4 AND n NOT BETWEEN 1500 AND 1680 AND server_id IS NOT NULL
ON CONFLICT DO NOTHING
"""

# A night cut, and an hour that nobody saw.
_CHANGES: LiteralString = """
INSERT INTO status_transitions (session_id, old_status, new_status, reason, source, server_id, event_time, created_at)
SELECT wa_sessions.id, was, became, 'close', 'webhook', server_id, at, at
FROM wa_sessions, LATERAL (VALUES ('disconnected', 'connected', interval '23 hours 50 minutes'),
    ('connected', 'disconnected', interval '9 hours'), ('disconnected', 'connecting', interval '7 hours'),
    ('connecting', 'connected', interval '6 hours 20 minutes')) AS change (was, became, ago),
    LATERAL (SELECT now() - ago AS at) AS then_
WHERE status = 'connected'
"""


# Of the time before its first look Sambung knows nothing; here it has looked for two days.
_WATCHED: LiteralString = """
UPDATE blind_spans SET ended_at = now() - interval '2 days' WHERE num_nonnulls(server_id, session_id) = 0
"""


def a_day(database_url: str) -> None:
    """Looks, events and changes of the last day for every server and number there is."""
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE wa_sessions SET created_at = now() - interval '2 days', last_read_at = now()")
        connection.execute(_WATCHED)
        connection.execute(_CHANGES)
        connection.execute(_LOOKS)
        connection.execute(_EVENTS)


def a_crowd(database_url: str, numbers: int) -> None:
    """Ten servers, one down and one hanging, with so many numbers between them."""
    with psycopg.connect(database_url) as connection:
        connection.execute(_WATCHED)
        connection.execute(_SERVERS)
        connection.execute(_NUMBERS, {"numbers": numbers})
        connection.execute(_LOOKS)
