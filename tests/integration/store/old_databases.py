"""Databases as they were before Sambung, each as one script of what a page and a hook wrote."""

# Roles and a publication as a hosted platform has them; roles belong to the whole server and outlive a test.
PLATFORM = """
DO $$ BEGIN CREATE ROLE anon; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE authenticated; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
GRANT USAGE ON SCHEMA public TO anon, authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated;
CREATE PUBLICATION supabase_realtime;
CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
"""

FIRST = (
    PLATFORM
    + """
CREATE TABLE clients (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    email text NOT NULL UNIQUE,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
CREATE TABLE wa_sessions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id uuid NOT NULL REFERENCES clients(id) ON DELETE CASCADE,
    session_data jsonb NOT NULL,
    status text NOT NULL DEFAULT 'disconnected' CHECK (status IN ('connected', 'disconnected')),
    last_connected timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    CONSTRAINT wa_sessions_client_id_key UNIQUE (client_id)
);
CREATE TRIGGER touch BEFORE UPDATE ON wa_sessions FOR EACH ROW EXECUTE FUNCTION set_updated_at();
ALTER TABLE wa_sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY "all may read" ON wa_sessions FOR SELECT TO authenticated USING (true);
CREATE POLICY "none may connect" ON wa_sessions FOR INSERT WITH CHECK (status = 'connected');
ALTER PUBLICATION supabase_realtime ADD TABLE wa_sessions;
INSERT INTO clients (id, name, email)
SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'Toko ' || n, n || '@example.org'
FROM generate_series(1, 5) n;
INSERT INTO wa_sessions (client_id, session_data, status, updated_at)
SELECT id, jsonb_build_object('kept', name), CASE name WHEN 'Toko 1' THEN 'connected' ELSE 'disconnected' END,
       '2024-01-01Z'
FROM clients;
"""
)

WITH_NAMES = (
    FIRST
    + """
ALTER TABLE wa_sessions DROP CONSTRAINT wa_sessions_client_id_key;
CREATE UNIQUE INDEX one_per_client ON wa_sessions (client_id) WHERE status = 'connected';
ALTER TABLE wa_sessions ADD COLUMN instance_name text,
    ADD COLUMN phone_number varchar(20) CHECK (phone_number LIKE '+%'), ADD COLUMN qr_code text,
    ADD COLUMN last_error text, ADD COLUMN server_id integer, ADD COLUMN revision text NOT NULL DEFAULT 'x';
UPDATE wa_sessions SET instance_name = 'toko', phone_number = '+62811', qr_code = 'old' WHERE status = 'connected';
INSERT INTO wa_sessions (client_id, session_data, instance_name)
SELECT id, '{}', n.instance_name
FROM clients, (VALUES ('toko'), ('toko'), (' '), ('toko-2')) AS n (instance_name);
ALTER TABLE wa_sessions FORCE ROW LEVEL SECURITY;
CREATE TABLE wa_ops_logs (id bigserial PRIMARY KEY, said text);
INSERT INTO wa_ops_logs (said) VALUES ('kept');
"""
)

BARE = """
CREATE TABLE clients (id uuid, name varchar(10));
CREATE TABLE wa_sessions (id uuid, client_id uuid, status varchar(12), created_at timestamp);
INSERT INTO clients VALUES
    ('00000000-0000-0000-0000-000000000001', 'Ada'), ('00000000-0000-0000-0000-000000000002', NULL);
INSERT INTO wa_sessions VALUES
    (gen_random_uuid(), '00000000-0000-0000-0000-000000000001', 'CONNECTED', '2024-01-01 10:00'),
    (gen_random_uuid(), '00000000-0000-0000-0000-000000000002', NULL, NULL),
    (gen_random_uuid(), '00000000-0000-0000-0000-000000000009', 'qr', NULL),
    (gen_random_uuid(), NULL, 'banned', NULL),
    (gen_random_uuid(), NULL, 'whatever', NULL);
"""

WITH_ENUM = """
CREATE TYPE session_status AS ENUM ('connected', 'disconnected');
CREATE TABLE accounts (id uuid PRIMARY KEY);
CREATE TABLE clients (id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE, name text UNIQUE);
CREATE TABLE wa_sessions (
    id uuid PRIMARY KEY, client_id uuid UNIQUE REFERENCES clients ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    status session_status DEFAULT 'disconnected' NOT NULL, instance_name text UNIQUE, updated_at timestamp DEFAULT now()
);
CREATE VIEW online AS SELECT id, status, updated_at FROM wa_sessions WHERE status = 'connected';
INSERT INTO accounts SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid FROM generate_series(1, 3) n;
INSERT INTO clients SELECT id, 'Client ' || id FROM accounts;
INSERT INTO wa_sessions (id, client_id, status) SELECT gen_random_uuid(), id, 'connected' FROM clients;
"""

ONLY_SESSIONS = """
CREATE TABLE wa_sessions (id uuid PRIMARY KEY, client_id uuid NOT NULL, status text);
INSERT INTO wa_sessions SELECT gen_random_uuid(), gen_random_uuid(), 'connected' FROM generate_series(1, 3);
"""

ONLY_CLIENTS = """
CREATE TABLE clients (id uuid PRIMARY KEY, name text);
INSERT INTO clients VALUES (gen_random_uuid(), 'Ada');
"""

ALL = {
    "first": FIRST,
    "with names": WITH_NAMES,
    "bare": BARE,
    "with an enum and a view": WITH_ENUM,
    "only sessions": ONLY_SESSIONS,
    "only clients": ONLY_CLIENTS,
}

# What cannot be upgraded: the word its refusal must contain, and the script.
REFUSED = {
    "clients.id": "CREATE TABLE clients (id serial PRIMARY KEY, name text); INSERT INTO clients (name) VALUES ('Ada')",
    "no column client_id": "CREATE TABLE wa_sessions (id uuid PRIMARY KEY, status text)",
    "a table servers": "CREATE TABLE servers (id uuid PRIMARY KEY)",
}
