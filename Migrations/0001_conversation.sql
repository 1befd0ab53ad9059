-- Sites, agents, visitors; sessions, their messages, the runs that answer them, and the chunks of answers in the making.

CREATE TABLE sites (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text NOT NULL UNIQUE,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE agents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  slug text NOT NULL UNIQUE,
  kind text NOT NULL,
  name text NOT NULL,
  greeting text NOT NULL DEFAULT '',
  suggestions text[] NOT NULL DEFAULT '{}',
  settings jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE sites ADD COLUMN default_agent_id bigint REFERENCES agents (id);

CREATE TABLE visitors (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id bigint NOT NULL REFERENCES sites (id),
  token_digest bytea NOT NULL CHECK (octet_length(token_digest) = 32),
  name text,
  email text,
  locale text,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (site_id, token_digest)
);

CREATE TABLE sessions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id text COLLATE "C" NOT NULL UNIQUE,
  site_id bigint NOT NULL REFERENCES sites (id),
  agent_id bigint NOT NULL REFERENCES agents (id),
  visitor_id bigint NOT NULL REFERENCES visitors (id),
  -- Grows by one with each committed change that its readers are told of.
  version bigint NOT NULL DEFAULT 0,
  message_count bigint NOT NULL DEFAULT 0,
  title text,
  description text,
  context jsonb NOT NULL DEFAULT '{}',
  metadata jsonb NOT NULL DEFAULT '{}',
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'ended')),
  page text,
  referrer text,
  address text,
  started_at timestamptz NOT NULL,
  last_activity_at timestamptz NOT NULL,
  ended_at timestamptz
) WITH (fillfactor = 80);

CREATE INDEX sessions_by_visitor ON sessions (visitor_id, id);

-- Messages, runs and chunks name their session without a foreign key: they are inserted only together with a change of
-- its row, by the same statement, and the checks were a fifth of what an accepted message costs. Whoever deletes a
-- session deletes these with it.
CREATE TABLE messages (
  session_id bigint NOT NULL,
  id uuid NOT NULL,
  -- The session's version at the message's creation (its place), and at its last change.
  created_version bigint NOT NULL,
  version bigint NOT NULL,
  role text NOT NULL CHECK (role IN ('user', 'assistant', 'operator', 'system')),
  status text NOT NULL CHECK (status IN ('streaming', 'complete', 'stopped', 'failed', 'interrupted')),
  content text NOT NULL,
  created_at timestamptz NOT NULL,
  reply_to uuid,
  replaced_by uuid,
  reason text,
  error_code text,
  error_message text,
  tools jsonb NOT NULL DEFAULT '[]',
  citations jsonb NOT NULL DEFAULT '[]',
  input_tokens bigint,
  output_tokens bigint,
  processing_ms bigint,
  feedback text,
  feedback_comment text,
  audio_url text,
  metadata jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (session_id, id)
);

CREATE UNIQUE INDEX messages_by_place ON messages (session_id, created_version);
CREATE INDEX messages_by_version ON messages (session_id, version);

-- A question that waits or is being answered. It is leased to a node; the row goes when its answer is final.
CREATE TABLE runs (
  session_id bigint NOT NULL,
  question_id uuid NOT NULL,
  -- Null until the run begins.
  answer_id uuid,
  -- The order in which a session's questions are answered: the question's version; its negative goes ahead.
  place bigint NOT NULL,
  stopping boolean NOT NULL DEFAULT false,
  node uuid NOT NULL,
  lease_until timestamptz NOT NULL,
  PRIMARY KEY (session_id, question_id)
)
-- Rows come and go all the time: they are cleaned up by number, not by share of the table. There is no index by node,
-- which would hold every run that ended lately.
WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- The committed bytes of an answer that is not final yet; they go when it is.
CREATE TABLE message_chunks (
  session_id bigint NOT NULL,
  message_id uuid NOT NULL,
  byte_offset bigint NOT NULL,
  content text NOT NULL,
  PRIMARY KEY (session_id, message_id, byte_offset)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
