-- How the tables of the conversation are cleaned up (autovacuum); `skein-bench growth` shows what it comes to.

-- A run comes with its question, changes when its answer begins and when its lease is renewed, and goes with its end:
-- thousands a second, in a table of as many rows as questions are open.
ALTER TABLE runs SET (
  -- Room for a second version of every row on its page: without new entries in the index it takes half the work, and its
  -- place is free again without a vacuum.
  fillfactor = 45,
  -- All of it is in memory and small: a cleaner that pauses, to spare the disk, falls behind those who write.
  autovacuum_vacuum_cost_delay = 0,
  -- To give pages back, a vacuum locks everybody out; the table needs them again at once.
  vacuum_truncate = off);

-- Chunks are never changed; they come with each commit of an answer, and go with its end.
ALTER TABLE message_chunks SET (
  autovacuum_vacuum_cost_delay = 0,
  vacuum_truncate = off,
  toast.vacuum_truncate = off);

-- Each turn changes the session three times, in columns that no index has. Its page has room for that (0001), and is
-- tidied whenever a row is looked up in it, so that a vacuum has little left to do. It comes for what a long read
-- somewhere in the database had kept from going.
ALTER TABLE sessions SET (autovacuum_vacuum_scale_factor = 0.05);

-- An answer is stored twice: empty, when it begins, and whole. Its version is in an index, so that room on its page
-- would be of no use, and the first of the two is cleaned up by a vacuum only.
ALTER TABLE messages SET (
  -- Not a fifth of the table, as by default, which would be two million of ten.
  autovacuum_vacuum_scale_factor = 0.05,
  autovacuum_vacuum_insert_scale_factor = 0.05,
  -- What is stored whole does not change any more. It is frozen by the first vacuum that sees it, when its page is written
  -- anyway, and not by one of the whole table years later.
  autovacuum_freeze_min_age = 0);

-- Tickets live for a minute, most of them, and their number says nothing about how many there were.
ALTER TABLE tickets SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
