-- On a site whose visitors must be vouched for, a session's id alone must open nothing.
UPDATE sites SET bare_ids = 'off' WHERE identity_mode = 'required' AND bare_ids <> 'off';

ALTER TABLE sites ADD CONSTRAINT sites_name_everybody CHECK (identity_mode <> 'required' OR bare_ids = 'off');

-- Requests that make something and were given a name by their senders (`Idempotency-Key`), with their answers, so that
-- one that is sent again is answered again and makes nothing twice.
CREATE TABLE idempotency_keys (
  -- The SHA-256 of the caller, the target and the sender's name for the request.
  id bytea PRIMARY KEY CHECK (octet_length(id) = 32),
  -- What the caller's sessions are known by; null: nobody was.
  caller bytea CHECK (octet_length(caller) = 32),
  route text NOT NULL,
  -- A keyed digest of the content. Its key, and that of the answer, is made of the sender's name for the request, which
  -- is stored nowhere: contents hold passwords, and answers keys.
  content bytea NOT NULL CHECK (octet_length(content) = 32),
  -- Who does it: one that took too long can't answer any more for the one that came after it.
  attempt uuid NOT NULL,
  begun_at timestamptz NOT NULL DEFAULT now(),
  -- Null while it is being done.
  status integer,
  answer bytea,
  CHECK ((status IS NULL) = (answer IS NULL))
);

CREATE INDEX idempotency_keys_by_time ON idempotency_keys (begun_at);
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;

-- Users that are gone, so that what was given to them is refused although it would still be valid.
CREATE TABLE ended_users (
  id bigint PRIMARY KEY,
  ended_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ended_users_by_time ON ended_users (ended_at);
ALTER TABLE ended_users ENABLE ROW LEVEL SECURITY;

-- Whoever deletes them.
CREATE FUNCTION users_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ended_users (id) VALUES (OLD.id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

CREATE TRIGGER users_ended AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION users_ended();
CREATE TRIGGER ended_users_changed AFTER INSERT ON ended_users
  FOR EACH STATEMENT EXECUTE FUNCTION credentials_changed();
