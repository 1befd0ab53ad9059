-- What a website is told and allowed, and by what the servers notice that this has changed.

ALTER TABLE sites
  -- Whose pages may use it: origins such as `https://example.com`, `https://*.example.com` for those below, `*` for all.
  ADD COLUMN allowed_origins text[] NOT NULL DEFAULT '{}',
  -- Whether a request without `Origin` may: from programs, which can say what they like anyway.
  ADD COLUMN allows_missing_origin boolean NOT NULL DEFAULT false,
  ADD COLUMN languages text[] NOT NULL DEFAULT '{}',
  -- Instead of the agent's own; empty: those.
  ADD COLUMN greeting text NOT NULL DEFAULT '',
  ADD COLUMN suggestions text[] NOT NULL DEFAULT '{}',
  ADD COLUMN theme jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(theme) = 'object'),
  ADD COLUMN identity_mode text NOT NULL DEFAULT 'anonymous'
    CHECK (identity_mode IN ('anonymous', 'signed', 'required')),
  -- How long its sessions are kept after their last activity; null: for ever.
  ADD COLUMN retention_days bigint CHECK (retention_days > 0),
  -- Since when it is not served.
  ADD COLUMN disabled_at timestamptz;

-- Nobody's origin was looked at before.
UPDATE sites SET allowed_origins = '{*}', allows_missing_origin = true;

-- Grows with each change of `sites` and `agents`: the servers look at it, and read these where it has changed.
CREATE TABLE directory_version (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  version bigint NOT NULL DEFAULT 0
);

INSERT INTO directory_version DEFAULT VALUES;

-- Whoever makes the change, the servers are told at its commit, in the form of their own hints, by nobody's name.
CREATE FUNCTION directory_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE directory_version SET version = version + 1;
  PERFORM pg_notify('skein', '00000000-0000-0000-0000-000000000000 directory');
  RETURN NULL;
END
$$;

CREATE TRIGGER sites_changed AFTER INSERT OR UPDATE OR DELETE ON sites
  FOR EACH ROW EXECUTE FUNCTION directory_changed();

CREATE TRIGGER agents_changed AFTER INSERT OR UPDATE OR DELETE ON agents
  FOR EACH ROW EXECUTE FUNCTION directory_changed();
