-- What the knowledge agent answers from: documents, the passages they are cut into, and the words that occur in them.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- A language without a configuration of its own is searched word by word.
CREATE FUNCTION search_configuration(language text) RETURNS regconfig
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE language
    WHEN 'english' THEN 'pg_catalog.english'::regconfig
    WHEN 'danish' THEN 'pg_catalog.danish'::regconfig
    WHEN 'dutch' THEN 'pg_catalog.dutch'::regconfig
    WHEN 'finnish' THEN 'pg_catalog.finnish'::regconfig
    WHEN 'french' THEN 'pg_catalog.french'::regconfig
    WHEN 'german' THEN 'pg_catalog.german'::regconfig
    WHEN 'italian' THEN 'pg_catalog.italian'::regconfig
    WHEN 'norwegian' THEN 'pg_catalog.norwegian'::regconfig
    WHEN 'portuguese' THEN 'pg_catalog.portuguese'::regconfig
    WHEN 'russian' THEN 'pg_catalog.russian'::regconfig
    WHEN 'spanish' THEN 'pg_catalog.spanish'::regconfig
    WHEN 'swedish' THEN 'pg_catalog.swedish'::regconfig
    WHEN 'turkish' THEN 'pg_catalog.turkish'::regconfig
    ELSE 'pg_catalog.simple'::regconfig
  END;

-- Punctuation goes, so that the parser of PostgreSQL takes `message.send` or `/v1/socket` for words, not for a host or a file.
CREATE FUNCTION search_text(content text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN regexp_replace(content, '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u2bff]+', ' ', 'g');

-- A word as it is found in `passages.search`; a word that the language's search passes over, as itself.
CREATE FUNCTION search_lexeme(language text, word text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN coalesce((tsvector_to_array(to_tsvector(search_configuration(language), word)))[1], word);

CREATE TABLE documents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Null: for every site.
  site_id bigint REFERENCES sites (id) ON DELETE CASCADE,
  -- The set it was loaded with; a load removes what is gone from its own set only.
  collection text NOT NULL,
  -- A relative path or a URL.
  path text NOT NULL,
  title text NOT NULL,
  language text NOT NULL DEFAULT 'english',
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX documents_by_path ON documents (coalesce(site_id, 0), collection, path);
CREATE INDEX documents_by_title ON documents (title);

CREATE TABLE passages (
  document_id bigint NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  ordinal integer NOT NULL,
  -- The document's, repeated: search and vocabulary work on passages alone.
  site_id bigint,
  language text NOT NULL,
  title text NOT NULL,
  -- The headings above it, outermost first, joined by ' › '.
  heading text NOT NULL,
  anchor text NOT NULL,
  content text NOT NULL,
  search tsvector NOT NULL GENERATED ALWAYS AS (
    setweight(to_tsvector(search_configuration(language), search_text(heading)), 'A')
    || setweight(to_tsvector(search_configuration(language), search_text(title)), 'B')
    || setweight(to_tsvector(search_configuration(language), search_text(content)), 'C')
  ) STORED,
  -- Every word as it stands, for what stemming drops.
  words tsvector NOT NULL GENERATED ALWAYS AS (
    to_tsvector('pg_catalog.simple', search_text(title || ' ' || heading || ' ' || content))
  ) STORED,
  PRIMARY KEY (document_id, ordinal)
);

CREATE INDEX passages_by_search ON passages USING gin (search);
CREATE INDEX passages_by_words ON passages USING gin (words);
CREATE INDEX passages_by_site ON passages (site_id);

-- The words of the passages, for typing errors and for how rare a word is. By site: a correction must not tell one site
-- what another site's documents speak of.
CREATE TABLE vocabulary (
  site_id bigint,
  language text NOT NULL,
  word text NOT NULL,
  lexeme text NOT NULL,
  passages bigint NOT NULL
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX vocabulary_by_word ON vocabulary (coalesce(site_id, 0), language, word);
CREATE INDEX vocabulary_by_lexeme ON vocabulary (lexeme);
CREATE INDEX vocabulary_by_trigram ON vocabulary USING gin (word gin_trgm_ops);

CREATE FUNCTION vocabulary_add() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO vocabulary (site_id, language, word, lexeme, passages)
  SELECT p.site_id, p.language, w.lexeme, search_lexeme(p.language, w.lexeme), count(*)
  FROM changed p, unnest(p.words) w
  GROUP BY p.site_id, p.language, w.lexeme
  ORDER BY p.site_id, p.language, w.lexeme
  ON CONFLICT (coalesce(site_id, 0), language, word) DO UPDATE SET passages = vocabulary.passages + excluded.passages;
  RETURN NULL;
END $$;

CREATE FUNCTION vocabulary_remove() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH gone AS (
    SELECT coalesce(p.site_id, 0) AS site, p.language, w.lexeme AS word, count(*) AS passages
    FROM changed p, unnest(p.words) w
    GROUP BY 1, 2, 3
  ), unused AS (
    DELETE FROM vocabulary v USING gone
    WHERE coalesce(v.site_id, 0) = gone.site AND v.language = gone.language AND v.word = gone.word
      AND v.passages <= gone.passages
  )
  UPDATE vocabulary v SET passages = v.passages - gone.passages
  FROM gone
  WHERE coalesce(v.site_id, 0) = gone.site AND v.language = gone.language AND v.word = gone.word
    AND v.passages > gone.passages;
  RETURN NULL;
END $$;

-- A passage is replaced, never changed in place.
CREATE TRIGGER passages_added AFTER INSERT ON passages
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION vocabulary_add();
CREATE TRIGGER passages_removed AFTER DELETE ON passages
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION vocabulary_remove();
