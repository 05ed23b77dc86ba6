-- The registry: clients, servers, instances, what was seen of them and what was done to them.
-- depends: 0005.legacy

CREATE TABLE IF NOT EXISTS clients (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

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

CREATE TABLE IF NOT EXISTS wa_sessions (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id      uuid NOT NULL REFERENCES clients ON DELETE RESTRICT,
    instance_name  text NOT NULL,
    status         text NOT NULL DEFAULT 'disconnected',
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE wa_sessions
    ADD COLUMN label                  text,
    ADD COLUMN server_id              uuid REFERENCES servers ON DELETE RESTRICT,
    ADD COLUMN assigned_instance_url  text,
    ADD COLUMN generation             integer NOT NULL DEFAULT 1,
    ADD COLUMN instance_token_sealed  text,
    ADD COLUMN status_since           timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN connecting_since       timestamptz,
    ADD COLUMN observed_at            timestamptz,
    ADD COLUMN observed_rank          smallint NOT NULL DEFAULT 0,
    ADD COLUMN last_read_at           timestamptz,
    ADD COLUMN recent_opens           timestamptz[] NOT NULL DEFAULT '{}',
    ADD COLUMN close_reads            smallint NOT NULL DEFAULT 0,
    ADD COLUMN absent_reads           smallint NOT NULL DEFAULT 0,
    ADD COLUMN qr_code                text,
    ADD COLUMN qr_image               text,
    ADD COLUMN pairing_code           text,
    ADD COLUMN qr_count               integer,
    ADD COLUMN qr_at                  timestamptz,
    ADD COLUMN opened_since_pairing   boolean NOT NULL DEFAULT false,
    ADD COLUMN last_operation_kind    text,
    ADD COLUMN last_operation_open    boolean NOT NULL DEFAULT false,
    ADD COLUMN last_operation_ended_at timestamptz,
    ADD COLUMN needs_check            boolean NOT NULL DEFAULT false,
    ADD COLUMN error_code             text,
    ADD COLUMN error_evidence         jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN desired                text NOT NULL DEFAULT 'online' CHECK (desired IN ('online', 'parked')),
    ADD COLUMN phone_number           text,
    ADD COLUMN expected_number        text,
    ADD COLUMN profile_name           text,
    ADD COLUMN last_webhook_event_at  timestamptz,
    ADD COLUMN last_qr_event_at       timestamptz,
    ADD COLUMN last_send_ok_at        timestamptz,
    ADD COLUMN last_send_error        text,
    ADD COLUMN webhook_state          text NOT NULL DEFAULT 'unknown'
        CHECK (webhook_state IN ('ok', 'missing', 'elsewhere', 'incomplete', 'disabled', 'unknown')),
    ADD COLUMN webhook_proven         boolean NOT NULL DEFAULT false,
    ADD COLUMN webhook_url_host       text,
    ADD COLUMN revision               bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT wa_sessions_status_known
        CHECK (status IN ('disconnected', 'connecting', 'connected', 'error')),
    ADD CONSTRAINT wa_sessions_client_name_key UNIQUE (client_id, instance_name),
    ADD CONSTRAINT wa_sessions_server_name_key UNIQUE (server_id, instance_name);

CREATE INDEX wa_sessions_client_updated_idx ON wa_sessions (client_id, updated_at DESC);
CREATE INDEX wa_sessions_name_idx ON wa_sessions (instance_name);
CREATE INDEX wa_sessions_needs_check_idx ON wa_sessions (server_id) WHERE needs_check;

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
    facts          jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX webhook_events_received_idx ON webhook_events (received_at);
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
