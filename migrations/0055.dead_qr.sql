-- The hash of the code that our logout ended: a gateway that has no new one goes on answering with it.
-- depends: 0050.bulk

ALTER TABLE wa_sessions ADD COLUMN dead_qr bytea;
