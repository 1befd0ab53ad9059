import Postgres

/// In all of them `$1` is the session's public id: a passage is seen where it belongs to no site, or to the session's.
extension KnowledgeIndex {
  static let countPassages: PostgresStatement = """
    SELECT count(*) FROM passages p
    WHERE p.site_id IS NULL OR p.site_id = (SELECT s.site_id FROM sessions s WHERE s.public_id = $1::text)
    """

  /// How many passages have a lexeme is taken from its words' numbers: too high where a passage has two forms of it,
  /// which does no harm.
  static let lookUp: PostgresStatement = """
    SELECT w.word, coalesce(l.stem, w.word), l.stem IS NOT NULL,
      (
        SELECT coalesce(sum(v.passages), 0)::bigint FROM vocabulary v
        WHERE v.lexeme = coalesce(l.stem, w.word)
          AND (v.site_id IS NULL OR v.site_id = (SELECT s.site_id FROM sessions s WHERE s.public_id = $1::text))
      )
    FROM unnest($3::text[]) w (word)
    CROSS JOIN LATERAL (
      SELECT (tsvector_to_array(to_tsvector(search_configuration($2::text), w.word)))[1] AS stem
    ) l
    """

  /// Exchanged letters leave two short words few trigrams in common; the edit distance judges afterwards.
  static let lowerThreshold: PostgresStatement = "SELECT set_config('pg_trgm.similarity_threshold', '0.2', true)"

  static let guess: PostgresStatement = """
    WITH asked AS (
      SELECT w.word, (SELECT s.site_id FROM sessions s WHERE s.public_id = $1::text) AS site FROM unnest($2::text[]) w (word)
    ), seen AS (
      SELECT a.word AS asked, 'similar' AS kind, v.word, v.passages FROM asked a JOIN vocabulary v
      ON v.word % a.word AND abs(length(v.word) - length(a.word)) <= 2 AND (v.site_id IS NULL OR v.site_id = a.site)
      UNION ALL
      SELECT a.word, 'begins', v.word, v.passages FROM asked a JOIN vocabulary v
      ON length(a.word) >= 4 AND v.word LIKE a.word || '%' AND (v.site_id IS NULL OR v.site_id = a.site)
      UNION ALL
      SELECT a.word, 'split', h.word || ' ' || t.word, least(h.passages, t.passages)
      FROM asked a
      CROSS JOIN LATERAL generate_series(3, length(a.word) - 3) cut
      JOIN vocabulary h ON h.word = left(a.word, cut) AND (h.site_id IS NULL OR h.site_id = a.site)
      JOIN vocabulary t ON t.word = substr(a.word, cut + 1) AND (t.site_id IS NULL OR t.site_id = a.site)
    )
    SELECT asked, kind, word, sum(passages)::bigint FROM seen GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC, 3
    """

  static let search: PostgresStatement = """
    WITH found AS (
      SELECT p.*,
        (
          SELECT coalesce(sum(a.weight), 0) FROM unnest($2::text[], $3::float8[]) a (lexeme, weight)
          WHERE a.lexeme = ANY (tsvector_to_array(p.search))
        ) + (
          SELECT coalesce(sum(a.weight), 0) FROM unnest($4::text[], $5::float8[]) a (lexeme, weight)
          WHERE a.lexeme = ANY (tsvector_to_array(p.words))
        ) AS weight,
        ts_rank_cd('{0.1, 0.4, 0.7, 1.0}', p.search, $6::text::tsquery) AS rank
      FROM passages p
      WHERE (p.search @@ $6::text::tsquery OR p.words @@ $7::text::tsquery)
        AND (p.site_id IS NULL OR p.site_id = (SELECT s.site_id FROM sessions s WHERE s.public_id = $1::text))
      ORDER BY weight DESC, rank DESC, p.document_id, p.ordinal
      LIMIT $8::bigint
    )
    SELECT f.document_id, f.ordinal, d.path, f.title, f.heading, f.anchor, f.content, f.rank::float8,
      ARRAY(SELECT l.lexeme FROM unnest(f.search) l WHERE l.lexeme = ANY ($2::text[])),
      ARRAY(SELECT l.lexeme FROM unnest(f.search) l WHERE l.lexeme = ANY ($2::text[]) AND 'A' = ANY (l.weights)),
      ARRAY(SELECT l.lexeme FROM unnest(f.search) l WHERE l.lexeme = ANY ($2::text[]) AND 'B' = ANY (l.weights)),
      ARRAY(SELECT l.lexeme FROM unnest(f.words) l WHERE l.lexeme = ANY ($4::text[]))
    FROM found f JOIN documents d ON d.id = f.document_id
    ORDER BY f.weight DESC, f.rank DESC, f.document_id, f.ordinal
    """

  static let selectLabelled: PostgresStatement = """
    SELECT p.document_id, p.ordinal, d.path, p.title, p.heading, p.anchor, p.content, 0::float8,
      '{}'::text[], '{}'::text[], '{}'::text[], '{}'::text[]
    FROM documents d JOIN passages p ON p.document_id = d.id
    WHERE d.title = ANY (SELECT split_part(l, ' › ', 1) FROM unnest($2::text[]) l)
      AND CASE p.heading WHEN '' THEN p.title ELSE p.title || ' › ' || p.heading END = ANY ($2::text[])
      AND (p.site_id IS NULL OR p.site_id = (SELECT s.site_id FROM sessions s WHERE s.public_id = $1::text))
    ORDER BY p.document_id, p.ordinal
    """

  static let selectFollowing: PostgresStatement = """
    SELECT p.document_id, p.ordinal, d.path, p.title, p.heading, p.anchor, p.content, 0::float8,
      '{}'::text[], '{}'::text[], '{}'::text[], '{}'::text[]
    FROM passages p JOIN documents d ON d.id = p.document_id
    WHERE p.document_id = $2::bigint AND p.ordinal > $3::bigint
      AND (p.site_id IS NULL OR p.site_id = (SELECT s.site_id FROM sessions s WHERE s.public_id = $1::text))
    ORDER BY p.ordinal LIMIT $4::bigint
    """

  static let selectTitles: PostgresStatement = """
    SELECT d.title FROM documents d
    WHERE d.site_id IS NULL OR d.site_id = (SELECT s.site_id FROM sessions s WHERE s.public_id = $1::text)
    ORDER BY d.path <> 'README.md', d.path LIMIT $2::bigint
    """
}
