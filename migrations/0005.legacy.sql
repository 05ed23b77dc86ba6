-- Brings a database that already has clients and wa_sessions to the shape we start from, keeping every row, extra column,
-- policy and publication; on an empty database it only creates the two tables. docs/adr tells the reasons.

SET LOCAL timezone = 'UTC';

SET CONSTRAINTS ALL IMMEDIATE;

-- Nothing is changed where a later step could not finish: each refusal names what to do.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT c.table_name, c.column_name, c.data_type
        FROM information_schema.columns c
        WHERE c.table_schema = current_schema()
          AND (c.table_name, c.column_name) IN (('clients', 'id'), ('wa_sessions', 'id'), ('wa_sessions', 'client_id'))
          AND c.data_type <> 'uuid'
    LOOP
        RAISE EXCEPTION '%.% is of type %, but only uuid can be upgraded in place', found.table_name, found.column_name, found.data_type
            USING HINT = 'Nothing was changed. Use an empty database, or convert the ids of clients and wa_sessions to uuid first.';
    END LOOP;
    FOR found IN
        SELECT t.table_name, needed.column_name
        FROM (VALUES ('clients', 'id'), ('wa_sessions', 'id'), ('wa_sessions', 'client_id')) AS needed (table_name, column_name)
        JOIN information_schema.tables t ON t.table_name = needed.table_name AND t.table_schema = current_schema()
        WHERE NOT EXISTS (
            SELECT FROM information_schema.columns c
            WHERE c.table_schema = current_schema() AND c.table_name = needed.table_name AND c.column_name = needed.column_name)
    LOOP
        RAISE EXCEPTION 'the table % has no column %', found.table_name, found.column_name
            USING HINT = 'Nothing was changed. Use an empty database, or rename that table.';
    END LOOP;
    FOR found IN
        SELECT table_name FROM information_schema.tables
        WHERE table_schema = current_schema()
          AND table_name IN (
              'servers', 'status_transitions', 'webhook_events', 'operations', 'idempotency_keys', 'server_sweeps',
              'health_samples', 'health_hours', 'webhook_looks', 'operation_items', 'confirmations', 'sync_events', 'strays',
              'send_paces', 'alerts', 'alert_channels', 'alert_outbox', 'blind_spans', 'watch', 'verification_hours',
              'refusal_minutes', 'probe_instances', 'webhook_refusals')
    LOOP
        RAISE EXCEPTION 'a table % exists already and is not ours', found.table_name
            USING HINT = 'Nothing was changed. Use a database or schema of its own for Sambung, or rename that table.';
    END LOOP;
END $$;

-- A log of an earlier version is kept beside ours.
ALTER TABLE IF EXISTS wa_ops_logs RENAME TO legacy_wa_ops_logs;

CREATE TABLE IF NOT EXISTS clients (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS wa_sessions (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id      uuid NOT NULL,
    instance_name  text NOT NULL,
    status         text NOT NULL DEFAULT 'disconnected',
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);

-- The old triggers (usually: set updated_at) must not touch the rows while they are upgraded; the last step wakes them again.
CREATE TEMPORARY TABLE sambung_sleeping_triggers ON COMMIT DROP AS
SELECT tgrelid::regclass AS on_table, tgname
FROM pg_trigger
WHERE tgrelid IN ('clients'::regclass, 'wa_sessions'::regclass) AND NOT tgisinternal AND tgenabled = 'O';

DO $$
DECLARE
    old record;
BEGIN
    FOR old IN SELECT * FROM sambung_sleeping_triggers LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', old.on_table, old.tgname);
    END LOOP;
END $$;

-- Rules of the old tables on the columns we write go, whatever their names: one instance per client, two statuses, CASCADE.
DO $$
DECLARE
    old record;
    ours text[] := ARRAY[
        'id', 'name', 'client_id', 'instance_name', 'status', 'created_at', 'updated_at', 'label', 'assigned_instance_url',
        'phone_number', 'expected_number', 'profile_name', 'last_webhook_event_at', 'last_qr_event_at'];
BEGIN
    FOR old IN
        SELECT c.conrelid::regclass AS on_table, c.conname
        FROM pg_constraint c
        WHERE c.conrelid IN ('clients'::regclass, 'wa_sessions'::regclass)
          AND c.contype IN ('c', 'u', 'f', 'x')
          AND EXISTS (
              SELECT FROM pg_attribute a
              WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) AND a.attname = ANY (ours))
          -- A unique id is what other tables refer to.
          AND NOT (c.contype = 'u' AND c.conkey = ARRAY[(
              SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attname = 'id')])
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', old.on_table, old.conname);
    END LOOP;
    FOR old IN
        SELECT i.indexrelid::regclass AS index_name
        FROM pg_index i
        WHERE i.indrelid IN ('clients'::regclass, 'wa_sessions'::regclass) AND i.indisunique AND NOT i.indisprimary
          AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
          AND EXISTS (
              SELECT FROM pg_attribute a
              WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::smallint[]) AND a.attname = ANY (ours) AND a.attname <> 'id')
    LOOP
        EXECUTE format('DROP INDEX %s', old.index_name);
    END LOOP;
END $$;

-- Columns we do not know stay, but a row of ours does not fill them.
DO $$
DECLARE
    old record;
BEGIN
    FOR old IN
        SELECT a.attrelid::regclass AS on_table, a.attname
        FROM pg_attribute a
        WHERE a.attrelid IN ('clients'::regclass, 'wa_sessions'::regclass) AND a.attnum > 0 AND NOT a.attisdropped
          AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND a.attname <> 'id'
          AND NOT EXISTS (
              SELECT FROM pg_index i
              WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey::smallint[]))
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', old.on_table, old.attname);
    END LOOP;
END $$;

DO $$
DECLARE
    of_table text;
BEGIN
    FOREACH of_table IN ARRAY ARRAY['clients', 'wa_sessions'] LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN id SET DEFAULT gen_random_uuid(), ALTER COLUMN id SET NOT NULL', of_table);
        IF NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = of_table::regclass AND i.indisprimary) THEN
            EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (id)', of_table);
        ELSIF NOT EXISTS (
            SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = 'id'
            WHERE i.indrelid = of_table::regclass AND i.indisunique AND i.indpred IS NULL
              AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum)
        THEN
            EXECUTE format('ALTER TABLE %I ADD UNIQUE (id)', of_table);
        END IF;
        -- Policies stay for whoever else reads these tables; the owner, who is us, is not to be held by them.
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', of_table);
    END LOOP;
END $$;

-- Gives a column our name, type and default. One that has the name already is converted (`meaning` 'shared': its values mean
-- what ours do) or, where that cannot be or the meaning is another, kept beside it as legacy_<name>. The next migration drops this.
CREATE FUNCTION sambung_adopt(on_table regclass, column_name text, wanted text, preset text, meaning text) RETURNS void
LANGUAGE plpgsql AS $adopt$
DECLARE
    aside text := left('legacy_' || column_name, 63);
    definition text := wanted || coalesce(' NOT NULL DEFAULT ' || preset, '');
    has text := (
        SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
        WHERE a.attrelid = on_table AND a.attname = column_name AND NOT a.attisdropped);
BEGIN
    IF has IS NULL THEN
        EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', on_table, column_name, definition);
    ELSIF meaning <> 'shared' THEN
        EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', on_table, column_name, aside);
        EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', on_table, column_name, definition);
    ELSIF has <> wanted THEN
        BEGIN
            EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT, ALTER COLUMN %I TYPE %s USING %I::%s',
                on_table, column_name, column_name, wanted, column_name, wanted);
        EXCEPTION WHEN OTHERS THEN
            EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', on_table, column_name, aside);
            EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', on_table, column_name, definition);
            BEGIN
                EXECUTE format('UPDATE %s SET %I = %I::text::%s', on_table, column_name, aside, wanted);
            EXCEPTION WHEN OTHERS THEN
                RAISE NOTICE '%.% (%) could not be read as %: its values stay in %', on_table, column_name, has, wanted, aside;
            END;
        END;
    END IF;
    IF preset IS NOT NULL THEN
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', on_table, column_name, preset);
        EXECUTE format('UPDATE %s SET %I = %s WHERE %I IS NULL', on_table, column_name, preset, column_name);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', on_table, column_name);
    END IF;
END $adopt$;

DO $$
BEGIN
    PERFORM sambung_adopt('clients', 'name', 'text', NULL, 'shared');
    PERFORM sambung_adopt('clients', 'created_at', 'timestamp with time zone', 'now()', 'shared');
    PERFORM sambung_adopt('clients', 'updated_at', 'timestamp with time zone', 'now()', 'shared');
    PERFORM sambung_adopt('wa_sessions', 'instance_name', 'text', NULL, 'shared');
    PERFORM sambung_adopt('wa_sessions', 'status', 'text', '''disconnected''', 'shared');
    PERFORM sambung_adopt('wa_sessions', 'created_at', 'timestamp with time zone', 'now()', 'shared');
    PERFORM sambung_adopt('wa_sessions', 'updated_at', 'timestamp with time zone', 'now()', 'shared');
END $$;

-- An instance whose client is gone, or was never named, is not lost with it.
INSERT INTO clients (id, name)
SELECT DISTINCT s.client_id, 'Klien ' || left(s.client_id::text, 8)
FROM wa_sessions s
WHERE s.client_id IS NOT NULL AND NOT EXISTS (SELECT FROM clients c WHERE c.id = s.client_id);

WITH nobody AS (
    INSERT INTO clients (name)
    SELECT 'Tanpa klien' WHERE EXISTS (SELECT FROM wa_sessions WHERE client_id IS NULL)
    RETURNING id)
UPDATE wa_sessions SET client_id = nobody.id FROM nobody WHERE client_id IS NULL;

-- Another column may hold the client's readable name.
UPDATE clients c SET name = coalesce(
    nullif(trim(to_jsonb(c) ->> 'client_name'), ''), nullif(trim(to_jsonb(c) ->> 'business_name'), ''),
    nullif(trim(to_jsonb(c) ->> 'company_name'), ''), nullif(trim(to_jsonb(c) ->> 'full_name'), ''),
    nullif(trim(to_jsonb(c) ->> 'email'), ''), 'Klien ' || left(c.id::text, 8))
WHERE c.name IS NULL OR trim(c.name) = '';

UPDATE wa_sessions SET status = CASE
    WHEN lower(trim(status)) IN ('connected', 'open', 'online', 'active', 'ready', 'working') THEN 'connected'
    WHEN lower(trim(status)) IN ('connecting', 'pending', 'qr', 'qr_scanning', 'scan_qr_code', 'pairing', 'authenticated', 'initializing',
                                 'starting') THEN 'connecting'
    WHEN lower(trim(status)) IN ('error', 'failed', 'banned') THEN 'error'
    ELSE 'disconnected' END
WHERE status NOT IN ('disconnected', 'connecting', 'connected', 'error');

-- Names: a name is kept by the connected, else the latest, of those that share it within a client; the rest get
-- <client>, <client>-2, ... or <name>-2, ... which nobody has yet.
DO $$
DECLARE
    nameless record;
    stem text;
    candidate text;
    number integer;
BEGIN
    FOR nameless IN
        SELECT s.id, s.instance_name, c.name AS client_name
        FROM (
            SELECT id, client_id, instance_name, created_at, row_number() OVER (
                PARTITION BY client_id, instance_name
                ORDER BY (status = 'connected') DESC, updated_at DESC, id) AS place
            FROM wa_sessions) s
        JOIN clients c ON c.id = s.client_id
        WHERE s.place > 1 OR s.instance_name IS NULL OR trim(s.instance_name) = ''
        ORDER BY s.created_at, s.id
    LOOP
        stem := trim(BOTH '-_' FROM left(regexp_replace(
            coalesce(nullif(trim(nameless.instance_name), ''), lower(nameless.client_name)), '[^A-Za-z0-9_-]+', '-', 'g'), 55));
        stem := coalesce(nullif(stem, ''), 'nomor');
        candidate := stem;
        number := 1;
        WHILE EXISTS (SELECT FROM wa_sessions WHERE instance_name = candidate) LOOP
            number := number + 1;
            candidate := stem || '-' || number;
        END LOOP;
        UPDATE wa_sessions SET instance_name = candidate WHERE id = nameless.id;
    END LOOP;
END $$;

ALTER TABLE clients
    ALTER COLUMN name SET NOT NULL;

ALTER TABLE wa_sessions
    ALTER COLUMN client_id SET NOT NULL,
    ALTER COLUMN instance_name SET NOT NULL,
    ADD CONSTRAINT wa_sessions_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE RESTRICT,
    ADD CONSTRAINT wa_sessions_client_name_key UNIQUE (client_id, instance_name),
    ADD CONSTRAINT wa_sessions_status_known CHECK (status IN ('disconnected', 'connecting', 'connected', 'error'));

DO $$
DECLARE
    old record;
BEGIN
    FOR old IN SELECT * FROM sambung_sleeping_triggers LOOP
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER %I', old.on_table, old.tgname);
    END LOOP;
END $$;
