-- What was said in a session up to a turn (the version with which that came), told shortly by the model that answers
-- there, for the model alone: no request sees it.
CREATE TABLE session_summaries (
  session_id bigint PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  content text NOT NULL,
  through bigint NOT NULL
);
