-- Taking down the words of what was said takes no processor for long at a time: answers that stream meanwhile wait for it.

-- Who looks for sessions that lack words goes on where the step before has ended, by slot and id.
CREATE INDEX sessions_by_slot_and_id ON sessions (active_slot, id);
DROP INDEX sessions_by_slot;

-- Each step puts its own words into the index. Left to wait there, they are put in by the thousand, by whoever comes when
-- there are too many: that step takes a second.
ALTER INDEX search_entries_by_words SET (fastupdate = off);
SELECT gin_clean_pending_list('search_entries_by_words');

-- From samples of 30,000 messages, as by default, their commonest words are counted for seconds. Which words are frequent
-- enough to be searched from the newest message on (0019) shows in 6,000.
ALTER TABLE search_entries
  ALTER COLUMN session_id SET STATISTICS 20, ALTER COLUMN message_id SET STATISTICS 20,
  ALTER COLUMN site_id SET STATISTICS 20, ALTER COLUMN visitor_id SET STATISTICS 20,
  ALTER COLUMN created_at SET STATISTICS 20, ALTER COLUMN words SET STATISTICS 20;
