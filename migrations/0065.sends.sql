-- Messages: many of one number may be under way at once, each leaves at most once, and none faster than the number bears.
-- depends: 0060.assignments

DROP INDEX operations_one_open_idx;
-- A message is an operation of its own, which keeps no action waiting.
CREATE UNIQUE INDEX operations_one_open_idx ON operations (session_id)
    WHERE state IN ('planned', 'running') AND action <> 'send';
-- Those whose process died are looked for, and the old ones forgotten.
CREATE INDEX operations_open_sends_idx ON operations (deadline_at)
    WHERE state IN ('planned', 'running') AND action = 'send';
CREATE INDEX operations_sends_idx ON operations (created_at) WHERE action = 'send';

-- Apart from wa_sessions, whose wide rows would be rewritten at every message.
CREATE TABLE send_paces (
    session_id  uuid PRIMARY KEY REFERENCES wa_sessions ON DELETE CASCADE,
    -- When as many messages as may leave at once have been earned again.
    full_at     timestamptz NOT NULL
);

-- What is answered to who repeats a request whose first caller died on the way.
ALTER TABLE idempotency_keys ADD COLUMN presumed boolean NOT NULL DEFAULT false;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ('anon', 'authenticated')) THEN
        ALTER TABLE send_paces ENABLE ROW LEVEL SECURITY;
    END IF;
END $$;
