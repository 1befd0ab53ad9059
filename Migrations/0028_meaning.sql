-- The search of documents reads in the role of requests; and passages have vectors, by which they are found where they
-- mean what is asked in other words.

-- Words as the passages that they are of.
CREATE POLICY own ON vocabulary FOR SELECT TO skein_request
  USING (
    site_id = acting_site()
    OR site_id IS NULL AND EXISTS (SELECT FROM sites s WHERE s.id = acting_site() AND s.shared_documents));
GRANT SELECT ON vocabulary TO skein_request;
CREATE INDEX vocabulary_by_exact_word ON vocabulary (word);

-- Which passages have some of the words. Under row-level security their indexes can't be used (no operator of theirs may
-- look at a row before it is known that the asker may see it), so this tells, as the tables' owner, keys alone. Whoever
-- asks reads what stands behind them in its own role, and sees only its own.
CREATE FUNCTION passages_matching(stems tsquery, exact tsquery)
  RETURNS TABLE (document_id bigint, ordinal integer)
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path FROM CURRENT AS $$
  SELECT p.document_id, p.ordinal FROM passages p
  WHERE (p.search @@ stems OR p.words @@ exact) AND (p.site_id = acting_site() OR p.site_id IS NULL)
$$;

-- The same for words that may have been meant by others: whoever asks reads in its own role which of them there are.
CREATE FUNCTION words_like(asked text[])
  RETURNS TABLE (asked_word text, kind text, word text)
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path FROM CURRENT AS $$
  SELECT DISTINCT a.word, 'similar', v.word FROM unnest(asked) a (word) JOIN vocabulary v
  ON v.word % a.word AND abs(length(v.word) - length(a.word)) <= 2 AND (v.site_id = acting_site() OR v.site_id IS NULL)
  UNION ALL
  SELECT DISTINCT a.word, 'begins', v.word FROM unnest(asked) a (word) JOIN vocabulary v
  ON length(a.word) >= 4 AND v.word LIKE a.word || '%' AND (v.site_id = acting_site() OR v.site_id IS NULL)
  UNION ALL
  SELECT DISTINCT a.word, 'ends', v.word FROM unnest(asked) a (word) JOIN vocabulary v
  ON length(a.word) >= 5 AND v.word LIKE '%' || a.word AND (v.site_id = acting_site() OR v.site_id IS NULL)
$$;

-- The models that vectors were made by. Whatever changes the vectors of a text makes another digest.
CREATE TABLE embedding_models (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
  name text NOT NULL,
  -- How many numbers a vector of it has; null: none was made yet.
  dimensions bigint CHECK (dimensions > 0),
  -- When a server last made some, or looked whether there are some to be made.
  used_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE passage_vectors (
  -- Given in the order of commits: they are stored under the lock that documents are loaded under.
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  document_id bigint NOT NULL,
  ordinal integer NOT NULL,
  -- The passage's, repeated.
  site_id bigint,
  model_id bigint NOT NULL REFERENCES embedding_models (id) ON DELETE CASCADE,
  -- Of length 1; null where the model does not take the text.
  vector real[],
  UNIQUE (document_id, ordinal, model_id),
  -- A passage is replaced, never changed in place: its vectors go with it.
  FOREIGN KEY (document_id, ordinal) REFERENCES passages (document_id, ordinal) ON DELETE CASCADE
);

-- They can't be compressed.
ALTER TABLE passage_vectors ALTER COLUMN vector SET STORAGE EXTERNAL;
CREATE INDEX passage_vectors_by_site ON passage_vectors (model_id, site_id, id) WHERE vector IS NOT NULL;

ALTER TABLE passage_vectors ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON passage_vectors FOR SELECT TO skein_request
  USING (
    site_id = acting_site()
    OR site_id IS NULL AND EXISTS (SELECT FROM sites s WHERE s.id = acting_site() AND s.shared_documents));
GRANT SELECT ON passage_vectors TO skein_request;

-- Which server makes vectors, and until when it is held to be at it.
CREATE TABLE embedding_turn (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  holder uuid,
  held_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO embedding_turn DEFAULT VALUES;
