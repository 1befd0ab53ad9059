-- The last change of a session's title and context: one that is committed again, since its answer was lost, is known.

ALTER TABLE sessions ADD COLUMN last_update uuid, ADD COLUMN last_update_version bigint;
