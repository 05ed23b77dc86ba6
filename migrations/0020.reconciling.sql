-- What the reconciler remembers of its sweeps: who holds which server now, whose turn it is, and what it found there.
-- depends: 0010.core

-- A lease instead of an advisory lock: it survives a transaction pooler, and ends by itself when its holder dies.
CREATE TABLE server_sweeps (
    server_id     uuid PRIMARY KEY REFERENCES servers ON DELETE CASCADE,
    holder        uuid NOT NULL,
    held_until    timestamptz NOT NULL,
    turn          bigint NOT NULL DEFAULT 0,
    begun_at      timestamptz NOT NULL DEFAULT now(),
    completed_at  timestamptz,
    -- NULL while it was never listed.
    listed        integer,
    unmanaged     text[] NOT NULL DEFAULT '{}'
);

-- NULL asks for a look at the next sweep.
ALTER TABLE wa_sessions ADD COLUMN webhook_looked_at timestamptz;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ('anon', 'authenticated')) THEN
        ALTER TABLE server_sweeps ENABLE ROW LEVEL SECURITY;
    END IF;
END $$;
