-- The databases of users, and which of them a session is connected to.

CREATE TABLE databases (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- What its owner calls it by in requests.
  public_id text COLLATE "C" NOT NULL UNIQUE,
  site_id bigint NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
  visitor_id bigint NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('postgresql')),
  host text NOT NULL,
  port integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
  database_name text NOT NULL,
  username text NOT NULL,
  -- By AES-256-GCM under the secret key.
  sealed_password bytea NOT NULL,
  tls text NOT NULL CHECK (tls IN ('disable', 'prefer', 'require', 'verify-full')),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX databases_by_visitor ON databases (visitor_id, id);

CREATE TABLE session_databases (
  session_id bigint PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  database_id bigint NOT NULL REFERENCES databases (id) ON DELETE CASCADE,
  connected_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX session_databases_by_database ON session_databases (database_id);

-- Not even a server with a key for the whole site sees them: they are their owner's alone.
ALTER TABLE databases ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON databases FOR SELECT TO skein_request
  USING (site_id = acting_site() AND visitor_id = acting_visitor());

ALTER TABLE session_databases ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON session_databases FOR SELECT TO skein_request
  USING (
    EXISTS (SELECT FROM sessions s WHERE s.id = session_id)
    AND EXISTS (SELECT FROM databases d WHERE d.id = database_id));

GRANT SELECT (id, public_id, site_id, visitor_id, name, kind, host, port, database_name, username, tls, created_at)
  ON databases TO skein_request;
GRANT SELECT ON session_databases TO skein_request;
