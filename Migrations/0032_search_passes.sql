-- Who looks for sessions whose words are not taken down yet goes on where the step before has ended, by slot and id.
CREATE INDEX sessions_by_slot_and_id ON sessions (active_slot, id);
DROP INDEX sessions_by_slot;
