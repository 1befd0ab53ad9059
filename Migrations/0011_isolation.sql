-- What a request reads it reads in a role that sees only what belongs to the site and the visitor it acts for: one that
-- forgets its filter is answered nothing. The journal, the leases and the jobs serve everybody, as the tables' owner.

-- Roles belong to the whole database server: another database's servers may have made it, or make it at this moment.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'skein_request') THEN
    CREATE ROLE skein_request NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'skein_request' AND (rolsuper OR rolbypassrls)) THEN
    RAISE EXCEPTION 'the role skein_request must be bound by row-level security: ALTER ROLE skein_request NOSUPERUSER NOBYPASSRLS';
  END IF;
  IF NOT pg_has_role(current_user, 'skein_request', 'MEMBER') THEN
    EXECUTE format('GRANT skein_request TO %I', current_user);
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO skein_request', current_schema());
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role skein_request is missing, and % may not make it', current_user
      USING HINT = format('As a superuser: CREATE ROLE skein_request NOLOGIN; GRANT skein_request TO %I;', current_user);
END
$$;

-- For whom the transaction acts, as its first statement has set it; nothing where it has not.
CREATE FUNCTION acting_site() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('skein.site', true), '')::bigint;
CREATE FUNCTION acting_visitor() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('skein.visitor', true), '')::bigint;
-- Whether it sees what belongs to anybody of the site.
CREATE FUNCTION acts_for_site() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce(current_setting('skein.reach', true) = 'site', false);

-- An agent of a site answers there alone; one without a site everywhere.
ALTER TABLE agents ADD COLUMN site_id bigint REFERENCES sites (id) ON DELETE CASCADE;

-- Who may use a session by its id alone, without a token: nobody, programs on the server's own machine, everybody.
ALTER TABLE sites ADD COLUMN bare_ids text NOT NULL DEFAULT 'off' CHECK (bare_ids IN ('off', 'loopback', 'all'));

ALTER TABLE sites ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON sites FOR SELECT TO skein_request USING (id = acting_site());

ALTER TABLE agents ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON agents FOR SELECT TO skein_request USING (site_id IS NULL OR site_id = acting_site());

ALTER TABLE visitors ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON visitors FOR SELECT TO skein_request
  USING (site_id = acting_site() AND (id = acting_visitor() OR acts_for_site()));

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON sessions FOR SELECT TO skein_request
  USING (site_id = acting_site() AND (visitor_id = acting_visitor() OR acts_for_site()));

-- What belongs to a session is seen with it: the session is looked for under its own policy.
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON messages FOR SELECT TO skein_request
  USING (EXISTS (SELECT FROM sessions s WHERE s.id = session_id));

ALTER TABLE message_chunks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON message_chunks FOR SELECT TO skein_request
  USING (EXISTS (SELECT FROM sessions s WHERE s.id = session_id));

ALTER TABLE runs ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON runs FOR SELECT TO skein_request
  USING (EXISTS (SELECT FROM sessions s WHERE s.id = session_id));

-- Whose token opens what is nobody's to read.
ALTER TABLE tickets ENABLE ROW LEVEL SECURITY;

GRANT SELECT (id, key, name, default_agent_id, greeting, suggestions, languages, theme) ON sites TO skein_request;
GRANT SELECT (id, slug, name, greeting, suggestions, site_id) ON agents TO skein_request;
GRANT SELECT (id, site_id, name, email, locale, created_at) ON visitors TO skein_request;
GRANT SELECT ON sessions, messages, message_chunks, runs TO skein_request;
