-- Webhooks that nobody could prove to have sent, counted; and how long a code lives where its gateway tells.
-- depends: 0080.probe_instances

-- No reference to servers: a claim is no proof, and what happened stays when a server is removed.
CREATE TABLE webhook_refusals (
    hour       timestamptz NOT NULL,
    cause      text NOT NULL,
    -- What the sender called itself, in the spelling of registered addresses; empty where that is none.
    said_url   text NOT NULL,
    -- Named in the path, or the one that announces said_url.
    server_id  uuid,
    refused    integer NOT NULL,
    last_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX webhook_refusals_key ON webhook_refusals (hour, cause, said_url, server_id) NULLS NOT DISTINCT;

ALTER TABLE wa_sessions ADD COLUMN qr_life_s integer;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ('anon', 'authenticated')) THEN
        ALTER TABLE webhook_refusals ENABLE ROW LEVEL SECURITY;
    END IF;
END $$;
