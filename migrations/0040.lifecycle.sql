-- What an action needs to be ended truly when its process dies, and what stood where our webhook stands now.
-- depends: 0030.health

ALTER TABLE operations
    -- After this its invocation is surely over, so that whoever finds it open may end it.
    ADD COLUMN deadline_at timestamptz,
    -- The instance's generation when it began: a recreated instance has a higher one.
    ADD COLUMN generation integer,
    -- How many sweeps looked for its end and could not tell.
    ADD COLUMN sweeps smallint NOT NULL DEFAULT 0;

ALTER TABLE wa_sessions
    ADD COLUMN webhook_policy text NOT NULL DEFAULT 'ours'
        CONSTRAINT wa_sessions_webhook_policy_known CHECK (webhook_policy IN ('ours', 'leave', 'global')),
    ADD COLUMN previous_webhook_sealed text,
    ADD COLUMN previous_webhook_host text;

-- The breaker: how often in a row the server failed, how often it opened since it last answered, and until when.
ALTER TABLE servers
    ADD COLUMN breaker_failures integer NOT NULL DEFAULT 0,
    ADD COLUMN breaker_openings integer NOT NULL DEFAULT 0,
    ADD COLUMN breaker_open_until timestamptz,
    ADD COLUMN breaker_probe_until timestamptz;
