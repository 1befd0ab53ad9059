-- What can be done with a session beside talking in it: titles and ratings by hand, deletion, lists, and search.

ALTER TABLE sessions
  -- Since when it is nobody's any more; its rows go later.
  ADD COLUMN deleted_at timestamptz,
  -- Whether somebody has chosen the title, or that there be none.
  ADD COLUMN is_title_set boolean NOT NULL DEFAULT false,
  -- The ten minutes of the last activity, counted from 2000 on. An index may have it where it must not have the time itself:
  -- an entry in an index for each message would cost more than the message.
  ADD COLUMN active_slot bigint NOT NULL GENERATED ALWAYS AS
    (floor(date_part('epoch', last_activity_at - timestamptz '2000-01-01 00:00:00+00') / 600)::bigint) STORED;

UPDATE sessions SET is_title_set = true WHERE title IS NOT NULL;

CREATE INDEX sessions_by_activity ON sessions (site_id, active_slot);
CREATE INDEX sessions_active ON sessions (active_slot) WHERE status = 'active' AND deleted_at IS NULL;
CREATE INDEX sessions_by_slot ON sessions (active_slot);
CREATE INDEX sessions_deleted ON sessions (deleted_at) WHERE deleted_at IS NOT NULL;

-- What is deleted no request sees, nor anything that belongs to it.
ALTER POLICY own ON sessions
  USING (site_id = acting_site() AND deleted_at IS NULL AND (visitor_id = acting_visitor() OR acts_for_site()));

-- The last rating: one that is committed again, since its answer was lost, is known by its id.
ALTER TABLE messages ADD COLUMN rating_id uuid, ADD COLUMN rated_version bigint;

-- Search. The words of messages are taken down behind the conversation's back, in small batches: a trigger would make each
-- message wait for it. Titles change seldom, and have one.

-- A language by its tag (BCP 47), of which the first part counts.
CREATE FUNCTION language_configuration(tag text) RETURNS regconfig
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN search_configuration(CASE lower(split_part(tag, '-', 1))
    WHEN 'en' THEN 'english' WHEN 'da' THEN 'danish' WHEN 'nl' THEN 'dutch' WHEN 'fi' THEN 'finnish'
    WHEN 'fr' THEN 'french' WHEN 'de' THEN 'german' WHEN 'it' THEN 'italian' WHEN 'no' THEN 'norwegian'
    WHEN 'nb' THEN 'norwegian' WHEN 'pt' THEN 'portuguese' WHEN 'ru' THEN 'russian' WHEN 'es' THEN 'spanish'
    WHEN 'sv' THEN 'swedish' WHEN 'tr' THEN 'turkish' ELSE 'simple' END);

-- The words of a text as they stand, and as a site's languages have them. Of a very long one the beginning.
CREATE FUNCTION conversation_words(languages text[], content text) RETURNS tsvector
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  plain text := search_text(left(content, 50000));
  words tsvector := to_tsvector('pg_catalog.simple', plain);
  configuration regconfig;
BEGIN
  FOR configuration IN
    SELECT DISTINCT language_configuration(tag) FROM unnest(languages) AS tag
  LOOP
    IF configuration <> 'pg_catalog.simple'::regconfig THEN
      words := words || to_tsvector(configuration, plain);
    END IF;
  END LOOP;
  RETURN words;
EXCEPTION WHEN program_limit_exceeded THEN
  RETURN ''::tsvector;
END
$$;

-- What somebody looks for, in the same way: one of the forms has to match.
CREATE FUNCTION conversation_query(languages text[], question text) RETURNS tsquery
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  sought tsquery := websearch_to_tsquery('pg_catalog.simple', question);
  configuration regconfig;
BEGIN
  FOR configuration IN
    SELECT DISTINCT language_configuration(tag) FROM unnest(languages) AS tag
  LOOP
    IF configuration <> 'pg_catalog.simple'::regconfig THEN
      sought := sought || websearch_to_tsquery(configuration, question);
    END IF;
  END LOOP;
  RETURN sought;
END
$$;

-- The words of each message that is final, and of each title, which is the message 0. Rows go with their session.
CREATE TABLE search_entries (
  session_id bigint NOT NULL,
  message_id uuid NOT NULL,
  -- Whose it is, repeated from the session: a policy that looked there would read all sessions for each search.
  site_id bigint NOT NULL,
  visitor_id bigint NOT NULL,
  created_at timestamptz NOT NULL,
  words tsvector NOT NULL,
  PRIMARY KEY (session_id, message_id)
);

CREATE INDEX search_entries_by_words ON search_entries USING gin (words);

-- Up to which version a session's messages are taken down.
CREATE TABLE search_progress (
  session_id bigint PRIMARY KEY,
  version bigint NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- No session whose last activity is before this slot lacks anything.
CREATE TABLE search_mark (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  slot bigint NOT NULL DEFAULT 0
);

INSERT INTO search_mark DEFAULT VALUES;

ALTER TABLE search_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON search_entries FOR SELECT TO skein_request
  USING (site_id = acting_site() AND (visitor_id = acting_visitor() OR acts_for_site()));
ALTER TABLE search_progress ENABLE ROW LEVEL SECURITY;
ALTER TABLE search_mark ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON search_entries TO skein_request;

-- Takes down what is new in some sessions. Answers how many entries that made.
CREATE FUNCTION search_take_down(sessions_due bigint[]) RETURNS bigint
  LANGUAGE sql AS $$
  WITH due AS (
    SELECT s.id, s.site_id, s.visitor_id, s.version, i.languages, coalesce(p.version, 0) AS known
    FROM sessions s JOIN sites i ON i.id = s.site_id LEFT JOIN search_progress p ON p.session_id = s.id
    WHERE s.id = ANY(sessions_due) AND s.deleted_at IS NULL
    ORDER BY s.id),
  entered AS (
    INSERT INTO search_entries (session_id, message_id, site_id, visitor_id, created_at, words)
    SELECT d.id, m.id, d.site_id, d.visitor_id, m.created_at, conversation_words(d.languages, m.content)
    FROM due d JOIN messages m
      ON m.session_id = d.id AND m.version > d.known AND m.version <= d.version AND m.status <> 'streaming'
    WHERE m.content <> ''
    ON CONFLICT DO NOTHING
    RETURNING 1),
  noted AS (
    INSERT INTO search_progress (session_id, version) SELECT id, version FROM due
    ON CONFLICT (session_id) DO UPDATE SET version = greatest(search_progress.version, excluded.version))
  SELECT count(*) FROM entered
$$;

CREATE FUNCTION search_title_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM search_entries WHERE session_id = NEW.id AND message_id = '00000000-0000-0000-0000-000000000000';
  IF NEW.title <> '' AND NEW.deleted_at IS NULL THEN
    INSERT INTO search_entries (session_id, message_id, site_id, visitor_id, created_at, words)
    SELECT NEW.id, '00000000-0000-0000-0000-000000000000', NEW.site_id, NEW.visitor_id, NEW.started_at,
      conversation_words(i.languages, NEW.title)
    FROM sites i WHERE i.id = NEW.site_id
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END
$$;

-- Only statements that set the title look at all.
CREATE TRIGGER sessions_title_changed AFTER UPDATE OF title ON sessions
  FOR EACH ROW WHEN (OLD.title IS DISTINCT FROM NEW.title) EXECUTE FUNCTION search_title_changed();

-- A visitor who says who it is takes what it has said along.
CREATE FUNCTION search_owner_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE search_entries SET visitor_id = NEW.visitor_id WHERE session_id = NEW.id;
  RETURN NULL;
END
$$;

CREATE TRIGGER sessions_owner_changed AFTER UPDATE OF visitor_id ON sessions
  FOR EACH ROW WHEN (OLD.visitor_id IS DISTINCT FROM NEW.visitor_id) EXECUTE FUNCTION search_owner_changed();

INSERT INTO search_entries (session_id, message_id, site_id, visitor_id, created_at, words)
SELECT s.id, '00000000-0000-0000-0000-000000000000', s.site_id, s.visitor_id, s.started_at,
  conversation_words(i.languages, s.title)
FROM sessions s JOIN sites i ON i.id = s.site_id WHERE s.title <> '';

-- Looks through a whole site by the index of words, which row-level security keeps a request itself from (it may not look
-- at a row's words before it knows that it may see the row). So it filters here, by what the transaction says.
CREATE FUNCTION search_site(query tsquery, before timestamptz, before_id uuid, most bigint)
  RETURNS TABLE (session_id bigint, message_id uuid, created_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER
  -- `public` or wherever the tables are: the schema of this migration.
  SET search_path FROM CURRENT AS $$
  SELECT e.session_id, e.message_id, e.created_at FROM search_entries e
  WHERE acts_for_site() AND e.site_id = acting_site() AND e.words @@ query
    AND (before IS NULL OR (e.created_at, e.message_id) < (before, before_id))
  ORDER BY e.created_at DESC, e.message_id DESC LIMIT most
$$;
