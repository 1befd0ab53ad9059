-- What an agent has done for an answer that is being made, step by step, for whoever goes on with it where its server is
-- gone: what a model has asked of tools, and what it was told. Other than the calls of an answer, nobody is shown it. It
-- goes with the answer's end.
CREATE TABLE answer_steps (
  session_id bigint NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  message_id uuid NOT NULL,
  -- How often the answer had been taken over by then, and the step's number since.
  takeovers bigint NOT NULL,
  number bigint NOT NULL,
  -- How much there was of the answer, in bytes.
  byte_offset bigint NOT NULL,
  -- JSON, as text: no type of PostgreSQL's holds all that a model may write.
  content text NOT NULL,
  PRIMARY KEY (session_id, message_id, takeovers, number)
) WITH (
  -- As with chunks: rows come and go.
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
  vacuum_truncate = off, toast.vacuum_truncate = off);

-- Requests read nothing of it.
ALTER TABLE answer_steps ENABLE ROW LEVEL SECURITY;
