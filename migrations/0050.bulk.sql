-- Actions on many instances: an operation with a list of its own, worked off piece by piece, and the confirmation of it.
-- depends: 0040.lifecycle

ALTER TABLE operations
    -- The operation on many of which this one is a part.
    ADD COLUMN parent_id uuid REFERENCES operations,
    -- What an operation on many wants; NULL for one on one instance.
    ADD COLUMN wish jsonb,
    -- Who works on it now. It ends by itself when its holder dies.
    ADD COLUMN held_by uuid,
    ADD COLUMN held_until timestamptz,
    ADD COLUMN cancelled_by text;
CREATE INDEX operations_parent_idx ON operations (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX operations_open_many_idx ON operations (created_at) WHERE wish IS NOT NULL AND ended_at IS NULL;

-- What such an operation shall touch, and nothing else. The end of a `begun` item is that of its own operation.
CREATE TABLE operation_items (
    operation_id   uuid NOT NULL REFERENCES operations ON DELETE CASCADE,
    position       integer NOT NULL,
    session_id     uuid,
    server_id      uuid,
    instance_name  text NOT NULL,
    state          text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'begun', 'succeeded', 'failed', 'cancelled')),
    child_id       uuid REFERENCES operations,
    tries          smallint NOT NULL DEFAULT 0,
    -- Since when it was told to come again later.
    refused_at     timestamptz,
    error_code     text,
    error_params   jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (operation_id, position)
);

-- What was shown to whom before it may be deleted. Only the token's hash is kept.
CREATE TABLE confirmations (
    token_hash    bytea PRIMARY KEY,
    actor         text NOT NULL,
    client_id     uuid,
    instance_ids  uuid[] NOT NULL,
    expires_at    timestamptz NOT NULL,
    operation_id  uuid REFERENCES operations
);
CREATE INDEX confirmations_expires_idx ON confirmations (expires_at);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ('anon', 'authenticated')) THEN
        ALTER TABLE operation_items ENABLE ROW LEVEL SECURITY;
        ALTER TABLE confirmations ENABLE ROW LEVEL SECURITY;
    END IF;
END $$;
