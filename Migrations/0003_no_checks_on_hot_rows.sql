-- Messages and runs are inserted only together with a change of their session's row, by the same statement, so that they
-- can't be without one. The checks of these foreign keys, a query and a row lock for each insert, were a fifth of
-- what an accepted message costs. Whoever deletes sessions deletes these with them.

ALTER TABLE messages DROP CONSTRAINT messages_session_id_fkey;
ALTER TABLE runs DROP CONSTRAINT runs_session_id_fkey;

-- Rows of these come and go all the time: they are cleaned up by number, not by share of the table.
ALTER TABLE runs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
ALTER TABLE message_chunks SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
