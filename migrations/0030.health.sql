-- What probing saw: each look at a server for two days, the hours for ninety, and when each webhook setting was last read.
-- depends: 0020.reconciling

-- NULL while it answers.
ALTER TABLE servers ADD COLUMN unreachable_since timestamptz;

CREATE TABLE health_samples (
    server_id   uuid NOT NULL REFERENCES servers ON DELETE CASCADE,
    checked_at  timestamptz NOT NULL,
    reachable   boolean NOT NULL,
    list_ok     boolean NOT NULL,
    cause       text,
    error_code  text,
    latency_ms  integer,
    PRIMARY KEY (server_id, checked_at)
);
CREATE INDEX health_samples_checked_idx ON health_samples (checked_at);

-- Medians cannot be added up, so an hour is computed once, when it is over.
CREATE TABLE health_hours (
    server_id       uuid NOT NULL REFERENCES servers ON DELETE CASCADE,
    hour            timestamptz NOT NULL,
    samples         integer NOT NULL,
    reachable       integer NOT NULL,
    list_ok         integer NOT NULL,
    latency_ms_p50  integer,
    latency_ms_p95  integer,
    latency_ms_max  integer,
    PRIMARY KEY (server_id, hour)
);
CREATE INDEX health_hours_hour_idx ON health_hours (hour);

-- Apart from wa_sessions, whose wide rows would be rewritten at every look.
CREATE TABLE webhook_looks (
    session_id  uuid PRIMARY KEY REFERENCES wa_sessions ON DELETE CASCADE,
    looked_at   timestamptz NOT NULL,
    found       boolean NOT NULL
);

DO $$
DECLARE
    of_table text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ('anon', 'authenticated')) THEN
        FOREACH of_table IN ARRAY ARRAY['health_samples', 'health_hours', 'webhook_looks'] LOOP
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', of_table);
        END LOOP;
    END IF;
END $$;
