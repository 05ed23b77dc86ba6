-- What people are told when something is wrong, through which channels; and when nobody could see how the numbers were.
-- depends: 0060.assignments

-- One row for each episode: it stays when what it was about is gone.
CREATE TABLE alerts (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    rule             text NOT NULL,
    -- What tells two alerts of one rule apart: an id, a queue, or 'stage'.
    subject          text NOT NULL,
    severity         text NOT NULL CHECK (severity IN ('warning', 'critical')),
    server_id        uuid,
    session_id       uuid,
    params           jsonb NOT NULL DEFAULT '{}',
    opened_at        timestamptz NOT NULL,
    acknowledged_at  timestamptz,
    acknowledged_by  text,
    -- Since when it is no longer so; after some calm the episode ends.
    clear_since      timestamptz,
    -- NULL while the channels are spared: the same was told shortly before.
    told_at          timestamptz,
    resolved_at      timestamptz
);
CREATE UNIQUE INDEX alerts_one_open_idx ON alerts (rule, subject) WHERE resolved_at IS NULL;
CREATE INDEX alerts_opened_idx ON alerts (opened_at DESC, id);
CREATE INDEX alerts_told_idx ON alerts (rule, subject, told_at DESC);

CREATE TABLE alert_channels (
    id              uuid PRIMARY KEY,
    position        smallint NOT NULL,
    name            text NOT NULL UNIQUE,
    scheme          text NOT NULL,
    -- It carries the channel's password.
    url_sealed      text NOT NULL,
    key_id          text NOT NULL,
    language        text NOT NULL CHECK (language IN ('id', 'en')),
    least_severity  text NOT NULL CHECK (least_severity IN ('warning', 'critical')),
    enabled         boolean NOT NULL,
    last_sent_at    timestamptz,
    last_failed_at  timestamptz,
    last_failure    text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);

-- Messages to channels; their text is made when they leave.
CREATE TABLE alert_outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel_id   uuid NOT NULL REFERENCES alert_channels ON DELETE CASCADE,
    kind         text NOT NULL CHECK (kind IN ('opened', 'resolved')),
    alert_ids    uuid[] NOT NULL,
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dead')),
    tries        smallint NOT NULL DEFAULT 0,
    next_try_at  timestamptz NOT NULL,
    failure      text,
    created_at   timestamptz NOT NULL,
    ended_at     timestamptz
);
CREATE INDEX alert_outbox_waiting_idx ON alert_outbox (channel_id, id) WHERE state = 'waiting';

-- When nobody could see: one server's numbers, one number, or, naming neither, all of them.
CREATE TABLE blind_spans (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    server_id   uuid REFERENCES servers ON DELETE CASCADE,
    session_id  uuid REFERENCES wa_sessions ON DELETE CASCADE,
    began_at    timestamptz NOT NULL,
    ended_at    timestamptz,
    CHECK (num_nonnulls(server_id, session_id) < 2)
);
CREATE UNIQUE INDEX blind_spans_one_open_idx
    ON blind_spans (coalesce(server_id, session_id, '00000000-0000-0000-0000-000000000000')) WHERE ended_at IS NULL;
CREATE INDEX blind_spans_ended_idx ON blind_spans (ended_at);
-- Of the time before the first look nothing is known.
INSERT INTO blind_spans (began_at) VALUES ('1970-01-01 00:00:00+00');

-- When all servers were looked at last: one row.
CREATE TABLE watch (
    is_only    boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    seen_at    timestamptz NOT NULL
);

-- Counted by the hour and by the minute, for nothing else of them is worth keeping.
CREATE TABLE verification_hours (hour timestamptz PRIMARY KEY, failures integer NOT NULL);
CREATE TABLE refusal_minutes (minute timestamptz PRIMARY KEY, refusals integer NOT NULL);

CREATE INDEX status_transitions_time_idx ON status_transitions (event_time);

DO $$
DECLARE
    of_table text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ('anon', 'authenticated')) THEN
        FOREACH of_table IN ARRAY ARRAY['alerts', 'alert_channels', 'alert_outbox', 'blind_spans', 'watch',
                                        'verification_hours', 'refusal_minutes'] LOOP
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', of_table);
        END LOOP;
    END IF;
END $$;
