-- Where sessions were found: each search that changed an assignment or ended without a place, and numbers open twice.
-- depends: 0055.dead_qr

-- No reference to wa_sessions: what happened stays when the instance is forgotten.
CREATE TABLE sync_events (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id      uuid NOT NULL,
    instance_name   text NOT NULL,
    old_server_id   uuid,
    new_server_id   uuid,
    old_url         text,
    new_url         text,
    found_by        text NOT NULL CHECK (found_by IN ('webhook', 'send', 'reconcile', 'check')),
    outcome         text NOT NULL CHECK (outcome IN ('moved', 'not_found', 'conflict')),
    correlation_id  text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sync_events_created_idx ON sync_events (created_at);
CREATE INDEX sync_events_session_idx ON sync_events (session_id, created_at DESC);

ALTER TABLE wa_sessions
    -- Verifications in a row that did not find the session on its assigned server.
    ADD COLUMN verification_failures integer NOT NULL DEFAULT 0,
    -- While set, its session or its number is open in several places, and nothing may be sent.
    ADD COLUMN conflict_since timestamptz,
    -- Those places: [{"server_id", "instance_name"}].
    ADD COLUMN conflict_places jsonb NOT NULL DEFAULT '[]';

-- Who seems to be open on a server without being assigned to it, by the last list: where a lost session is looked for.
CREATE TABLE strays (
    server_id      uuid NOT NULL REFERENCES servers ON DELETE CASCADE,
    instance_name  text NOT NULL,
    phone_number   text,
    PRIMARY KEY (server_id, instance_name)
);
CREATE INDEX strays_name_idx ON strays (instance_name);
CREATE INDEX strays_phone_idx ON strays (phone_number) WHERE phone_number IS NOT NULL;
CREATE INDEX wa_sessions_phone_idx ON wa_sessions (phone_number) WHERE phone_number IS NOT NULL;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ('anon', 'authenticated')) THEN
        ALTER TABLE sync_events ENABLE ROW LEVEL SECURITY;
        ALTER TABLE strays ENABLE ROW LEVEL SECURITY;
    END IF;
END $$;
