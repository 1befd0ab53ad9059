-- Until when persons may agree to calls of tools that wait for them: an object, a moment of this database's clock for each
-- call's id. Whoever takes an answer over waits on until then, and no longer. It goes with the run.
ALTER TABLE runs ADD COLUMN waits jsonb;
