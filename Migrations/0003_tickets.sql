-- Tickets: each lets whoever has it read one session's stream.

CREATE TABLE tickets (
  -- The ticket's SHA-256.
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  session_id bigint NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  -- When it was first used; null before that.
  opened_at timestamptz,
  -- Until when it may be used; moved on by each use.
  expires_at timestamptz NOT NULL
);

CREATE INDEX tickets_by_session ON tickets (session_id);
CREATE INDEX tickets_by_expiry ON tickets (expires_at);
