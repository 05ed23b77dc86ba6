-- At most one probe instance on a server at a time, and the one whose end nobody saw.
-- depends: 0055.dead_qr

-- A lease: it ends by itself when its holder dies.
CREATE TABLE probe_instances (
    server_id      uuid PRIMARY KEY REFERENCES servers ON DELETE CASCADE,
    -- NULL once it was seen gone.
    instance_name  text,
    held_until     timestamptz NOT NULL
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ('anon', 'authenticated')) THEN
        ALTER TABLE probe_instances ENABLE ROW LEVEL SECURITY;
    END IF;
END $$;
