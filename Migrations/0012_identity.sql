-- Who people are: users with their log-ins and keys, what a site's own server vouches for, and the record of what was
-- done. Requests' own role (migration 0011) is granted nothing of this.

CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- As it is compared: in small letters, in Unicode's composed form. The server writes it so.
  email text COLLATE "C" NOT NULL UNIQUE CHECK (email = lower(email) AND octet_length(email) <= 254),
  -- Argon2id, with salt and cost inside; null: nobody logs in by a password.
  password_hash text,
  name text,
  -- In the whole deployment.
  role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'operator', 'admin', 'owner')),
  created_at timestamptz NOT NULL DEFAULT now(),
  logged_in_at timestamptz,
  disabled_at timestamptz,
  -- Of role or `disabled_at`: what older access tokens say of these is wrong.
  changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX users_by_change ON users (changed_at);

-- What a user may do on one site, beyond its role in the deployment.
CREATE TABLE memberships (
  user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  site_id bigint NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('member', 'operator', 'admin', 'owner')),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, site_id)
);

CREATE INDEX memberships_by_site ON memberships (site_id);

-- The refresh tokens of one log-in: only the current one rotates. A used one that comes again ends them all.
CREATE TABLE refresh_families (
  -- The SHA-256 of the log-in's name, which is part of each of its tokens.
  id bytea PRIMARY KEY CHECK (octet_length(id) = 32),
  -- What access tokens name the log-in by.
  login bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  made_at timestamptz NOT NULL,
  -- The SHA-256 of the current token.
  current bytea NOT NULL CHECK (octet_length(current) = 32),
  -- The last rotation: the SHA-256 of the token that was used, what its follower was made with, and when.
  last_digest bytea CHECK (octet_length(last_digest) = 32),
  last_nonce bytea CHECK (octet_length(last_nonce) = 32),
  last_used_at timestamptz,
  ended text CHECK (ended IN ('revoked', 'reused')),
  ended_at timestamptz,
  address text,
  CHECK ((last_digest IS NULL) = (last_nonce IS NULL) AND (last_digest IS NULL) = (last_used_at IS NULL)),
  CHECK ((ended IS NULL) = (ended_at IS NULL))
);

CREATE INDEX refresh_families_by_user ON refresh_families (user_id);
CREATE INDEX refresh_families_by_end ON refresh_families (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX refresh_families_by_age ON refresh_families (made_at);

-- How much of its log-ins an account or an address has used up; the subject is a SHA-256, so that nobody's attempts are
-- read from it.
CREATE TABLE login_limits (
  subject bytea PRIMARY KEY CHECK (octet_length(subject) = 32),
  -- When all that was used will have been given back.
  free_at timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE INDEX login_limits_by_time ON login_limits (free_at);

-- Keys of servers.
CREATE TABLE api_keys (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- What lists show of it.
  prefix text COLLATE "C" NOT NULL UNIQUE,
  -- The SHA-256 of the whole key.
  digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
  name text NOT NULL,
  -- The only site that it is good for; null: all.
  site_id bigint REFERENCES sites (id) ON DELETE CASCADE,
  scopes text[] NOT NULL,
  created_by bigint REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  -- To within a minute.
  last_used_at timestamptz
) WITH (fillfactor = 80);

-- What access tokens are signed with. The seed is a secret in clear: whoever reads this table can sign in as anybody.
CREATE TABLE signing_keys (
  kid text COLLATE "C" PRIMARY KEY,
  -- Ed25519 (RFC 8032 section 5.1.5).
  seed bytea NOT NULL CHECK (octet_length(seed) = 32),
  made_at timestamptz NOT NULL,
  -- A retired key verifies nothing any more, at once; one that only grew old goes when its tokens have ended.
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired'))
);

-- The name that access tokens are made by and for, so that those of another deployment are none.
CREATE TABLE deployment (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  name text NOT NULL DEFAULT 'skein:' || gen_random_uuid()
);

INSERT INTO deployment DEFAULT VALUES;

-- With what a site's own server signs who its visitors are. Apart from `sites`, which requests may read.
CREATE TABLE site_identities (
  site_id bigint PRIMARY KEY REFERENCES sites (id) ON DELETE CASCADE,
  -- For HS256.
  secret text CHECK (octet_length(secret) >= 32),
  -- Public keys (RFC 7517).
  jwks jsonb CHECK (jsonb_typeof(jwks) = 'object'),
  -- What `iss` and `aud` have to be; null: anything.
  issuer text,
  audience text
);

ALTER TABLE visitors
  ADD COLUMN user_id bigint REFERENCES users (id) ON DELETE SET NULL,
  -- What the site's own server calls this person: the `sub` of its tokens.
  ADD COLUMN subject text;

CREATE INDEX visitors_by_user ON visitors (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX visitors_by_subject ON visitors (site_id, subject) WHERE subject IS NOT NULL;

-- What was done, by whom. It outlives what it speaks of, so nothing refers to it, and it to nothing.
CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  -- `command`: whoever could start the program with the database's password.
  actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'key', 'visitor', 'command', 'server', 'nobody')),
  actor_id text,
  action text NOT NULL,
  target text,
  site_id bigint,
  address text,
  request_id text,
  details jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object')
);

CREATE INDEX audit_by_site ON audit (site_id, id);
CREATE INDEX audit_by_actor ON audit (actor_kind, actor_id, id);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit
  FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- Keys, log-ins that have ended, and users that have changed have a number of their own: a log-out must not have all
-- sites read anew.
ALTER TABLE directory_version ADD COLUMN credentials bigint NOT NULL DEFAULT 0;

CREATE FUNCTION credentials_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE directory_version SET credentials = credentials + 1;
  PERFORM pg_notify('skein', '00000000-0000-0000-0000-000000000000 directory');
  RETURN NULL;
END
$$;

CREATE TRIGGER site_identities_changed AFTER INSERT OR UPDATE OR DELETE ON site_identities
  FOR EACH ROW EXECUTE FUNCTION directory_changed();
CREATE TRIGGER signing_keys_changed AFTER INSERT OR UPDATE OR DELETE ON signing_keys
  FOR EACH STATEMENT EXECUTE FUNCTION credentials_changed();
CREATE TRIGGER api_keys_changed AFTER INSERT OR DELETE OR UPDATE OF site_id, scopes, expires_at, revoked_at ON api_keys
  FOR EACH STATEMENT EXECUTE FUNCTION credentials_changed();
CREATE TRIGGER users_changed AFTER UPDATE OF role, disabled_at ON users
  FOR EACH STATEMENT EXECUTE FUNCTION credentials_changed();
CREATE TRIGGER refresh_families_ended AFTER UPDATE OF ended ON refresh_families
  FOR EACH ROW WHEN (old.ended IS NULL AND new.ended IS NOT NULL) EXECUTE FUNCTION credentials_changed();
