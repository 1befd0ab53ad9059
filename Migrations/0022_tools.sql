-- What persons have decided of calls of tools that waited for them: the first decision of a call counts. It is committed
-- before it is acted upon.
CREATE TABLE tool_decisions (
  session_id bigint NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  message_id uuid NOT NULL,
  -- As the answer's `tools` name it.
  call_id text NOT NULL,
  -- Tells it from others, where it is committed again.
  id uuid NOT NULL,
  verdict text NOT NULL CHECK (verdict IN ('approved', 'rejected', 'expired')),
  -- The session's version that it has made.
  version bigint NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (session_id, message_id, call_id)
);

-- Requests read nothing of it.
ALTER TABLE tool_decisions ENABLE ROW LEVEL SECURITY;
