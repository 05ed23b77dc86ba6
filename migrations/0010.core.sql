-- The registry: clients, servers, instances, what was seen of them and what was done to them.
-- depends: 0005.legacy

CREATE TABLE servers (
    id                              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name                            text NOT NULL UNIQUE,
    kind                            text NOT NULL CHECK (kind IN ('evolution', 'webjs')),
    base_url                        text NOT NULL UNIQUE,
    announced_url                   text NOT NULL,
    api_key_sealed                  text NOT NULL,
    webhook_secret_sealed           text,
    previous_webhook_secret_sealed  text,
    key_id                          text NOT NULL,
    capacity                        integer CHECK (capacity > 0),
    enabled                         boolean NOT NULL DEFAULT true,
    version                         text,
    webhook_shape                   text CHECK (webhook_shape IN ('union', 'nested', 'flat')),
    reachable                       boolean,
    unreachable_cause               text,
    key_accepted                    boolean,
    latency_ms                      integer,
    last_checked_at                 timestamptz,
    last_error_code                 text,
    failures_in_row                 integer NOT NULL DEFAULT 0,
    clock_offset_ms                 bigint,
    warnings                        jsonb NOT NULL DEFAULT '[]',
    created_at                      timestamptz NOT NULL DEFAULT now(),
    updated_at                      timestamptz NOT NULL DEFAULT now()
);

-- One row for each column we add to wa_sessions: name, type, default (which also makes it NOT NULL), and whether an older
-- column of that name would mean the same.
SET LOCAL timezone = 'UTC';

DO $$
DECLARE
    col record;
BEGIN
    FOR col IN
        SELECT * FROM (VALUES
            ('label', 'text', NULL, 'shared'),
            ('server_id', 'uuid', NULL, 'ours'),
            ('assigned_instance_url', 'text', NULL, 'shared'),
            ('generation', 'integer', '1', 'ours'),
            ('instance_token_sealed', 'text', NULL, 'ours'),
            ('status_since', 'timestamp with time zone', 'now()', 'ours'),
            ('connecting_since', 'timestamp with time zone', NULL, 'ours'),
            ('observed_at', 'timestamp with time zone', NULL, 'ours'),
            ('observed_rank', 'integer', '0', 'ours'),
            ('last_read_at', 'timestamp with time zone', NULL, 'ours'),
            ('recent_opens', 'timestamp with time zone[]', '''{}''', 'ours'),
            ('close_reads', 'smallint', '0', 'ours'),
            ('absent_reads', 'smallint', '0', 'ours'),
            ('qr_code', 'text', NULL, 'ours'),
            ('qr_image', 'text', NULL, 'ours'),
            ('pairing_code', 'text', NULL, 'ours'),
            ('qr_count', 'integer', NULL, 'ours'),
            ('qr_at', 'timestamp with time zone', NULL, 'ours'),
            ('opened_since_pairing', 'boolean', 'false', 'ours'),
            ('last_operation_kind', 'text', NULL, 'ours'),
            ('last_operation_open', 'boolean', 'false', 'ours'),
            ('last_operation_ended_at', 'timestamp with time zone', NULL, 'ours'),
            ('needs_check', 'boolean', 'false', 'ours'),
            ('error_code', 'text', NULL, 'ours'),
            ('error_evidence', 'jsonb', '''{}''', 'ours'),
            ('desired', 'text', '''online''', 'ours'),
            ('phone_number', 'text', NULL, 'shared'),
            ('expected_number', 'text', NULL, 'shared'),
            ('profile_name', 'text', NULL, 'shared'),
            ('last_webhook_event_at', 'timestamp with time zone', NULL, 'shared'),
            ('last_qr_event_at', 'timestamp with time zone', NULL, 'shared'),
            ('last_send_ok_at', 'timestamp with time zone', NULL, 'ours'),
            ('last_send_error', 'text', NULL, 'ours'),
            ('webhook_state', 'text', '''unknown''', 'ours'),
            ('webhook_proven', 'boolean', 'false', 'ours'),
            ('webhook_url_host', 'text', NULL, 'ours'),
            ('revision', 'bigint', '0', 'ours')
        ) AS wanted (name, type, preset, meaning)
    LOOP
        PERFORM sambung_adopt('wa_sessions', col.name, col.type, col.preset, col.meaning);
    END LOOP;
END $$;

DROP FUNCTION sambung_adopt;

ALTER TABLE wa_sessions
    ADD CONSTRAINT wa_sessions_server_id_fkey FOREIGN KEY (server_id) REFERENCES servers (id) ON DELETE RESTRICT,
    ADD CONSTRAINT wa_sessions_server_name_key UNIQUE (server_id, instance_name),
    ADD CONSTRAINT wa_sessions_desired_known CHECK (desired IN ('online', 'parked')),
    ADD CONSTRAINT wa_sessions_webhook_state_known
        CHECK (webhook_state IN ('ok', 'missing', 'elsewhere', 'incomplete', 'disabled', 'unknown'));

CREATE INDEX IF NOT EXISTS wa_sessions_client_updated_idx ON wa_sessions (client_id, updated_at DESC);
CREATE INDEX IF NOT EXISTS wa_sessions_name_idx ON wa_sessions (instance_name);
CREATE INDEX IF NOT EXISTS wa_sessions_needs_check_idx ON wa_sessions (server_id) WHERE needs_check;

CREATE TABLE status_transitions (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id    uuid NOT NULL REFERENCES wa_sessions ON DELETE CASCADE,
    old_status    text NOT NULL,
    new_status    text NOT NULL,
    reason        text NOT NULL,
    source        text NOT NULL,
    server_id     uuid,
    event_time    timestamptz NOT NULL,
    operation_id  uuid,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX status_transitions_session_idx ON status_transitions (session_id, id DESC);

-- One row for each distinct event; no message text, no QR, no secret is ever kept here.
CREATE TABLE webhook_events (
    dedupe_key     bytea PRIMARY KEY,
    server_id      uuid NOT NULL,
    session_id     uuid,
    instance_name  text NOT NULL,
    event          text NOT NULL,
    event_time     timestamptz,
    received_at    timestamptz NOT NULL,
    outcome        text NOT NULL,
    -- received_at minus the gateway's own clock, in ms: the server's offset is learned from the least of the last 200.
    lag_ms         bigint,
    facts          jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX webhook_events_received_idx ON webhook_events (received_at);
CREATE INDEX webhook_events_server_idx ON webhook_events (server_id, received_at DESC);
CREATE INDEX webhook_events_session_idx ON webhook_events (session_id, received_at DESC);

CREATE TABLE operations (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id      uuid,
    server_id       uuid,
    instance_name   text NOT NULL,
    action          text NOT NULL,
    state           text NOT NULL DEFAULT 'planned'
        CHECK (state IN ('planned', 'running', 'succeeded', 'failed', 'needs_operator', 'cancelled')),
    actor           text NOT NULL,
    correlation_id  text NOT NULL,
    error_code      text,
    evidence        jsonb NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz
);
-- At most one open operation on an instance: the second caller is told who is first.
CREATE UNIQUE INDEX operations_one_open_idx ON operations (session_id) WHERE state IN ('planned', 'running');
CREATE INDEX operations_session_idx ON operations (session_id, created_at DESC);

CREATE TABLE idempotency_keys (
    actor         text NOT NULL,
    key           text NOT NULL,
    request_hash  bytea NOT NULL,
    status_code   integer,
    response      jsonb,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, key)
);

CREATE TABLE wa_ops_logs (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id      uuid,
    server_id       uuid,
    instance_name   text NOT NULL,
    operation_id    uuid,
    action          text NOT NULL,
    status          text NOT NULL CHECK (status IN ('ok', 'failed', 'unknown')),
    error_code      text,
    latency_ms      integer,
    actor           text NOT NULL,
    correlation_id  text NOT NULL,
    detail          jsonb NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX wa_ops_logs_created_idx ON wa_ops_logs (created_at DESC);
CREATE INDEX wa_ops_logs_session_idx ON wa_ops_logs (session_id, id DESC);

INSERT INTO clients (name) SELECT 'Bisnis saya' WHERE NOT EXISTS (SELECT FROM clients);

-- A hosted PostgreSQL may publish every table to browsers through roles of its own (Supabase: anon, authenticated). Row-level
-- security without a policy closes ours to them, and does not hold the owner, who is us.
DO $$
DECLARE
    of_table text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ('anon', 'authenticated')) THEN
        FOR of_table IN
            SELECT relname FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
              AND (relname IN ('clients', 'servers', 'wa_sessions', 'status_transitions', 'webhook_events', 'operations',
                               'idempotency_keys', 'wa_ops_logs') OR relname ~ '^_?yoyo_')
        LOOP
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', of_table);
        END LOOP;
    END IF;
END $$;
