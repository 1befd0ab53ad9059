import Postgres

/// What is asked about words and passages. In all of them `$1` names the site, and what another site has is not seen.
struct KnowledgeStatements: Sendable {
  /// `$1` is a session's public id.
  static let ofSession = KnowledgeStatements(
    site: "(SELECT s.site_id FROM sessions s WHERE s.public_id = $1::text)")
  /// `$1` is a site's number.
  static let ofSite = KnowledgeStatements(site: "$1::bigint")

  let languages: PostgresStatement
  let countPassages: PostgresStatement
  let lookUp: PostgresStatement
  let guess: PostgresStatement
  let search: PostgresStatement
  let selectLabelled: PostgresStatement
  let selectFollowing: PostgresStatement
  let selectTitles: PostgresStatement

  /// Exchanged letters leave two short words few trigrams in common; the edit distance judges afterwards.
  static let lowerThreshold: PostgresStatement = "SELECT set_config('pg_trgm.similarity_threshold', '0.2', true)"

  /// What a passage `p` of a document `d` is shown as, but for how well it was found. A document that has no address of
  /// its own is shown by the server.
  private static let columns = """
    d.path, p.title, p.heading, p.anchor, p.content,
    coalesce(d.url, CASE WHEN d.site_id IS NOT NULL THEN
      '/document.html?site=' || (SELECT o.key FROM sites o WHERE o.id = d.site_id) || '&document=' || d.public_id END)
    """
  private static let notFound = "0::float8, '{}'::text[], '{}'::text[], '{}'::text[], '{}'::text[]"

  private init(site: String) {
    func seen(_ table: String) -> String {
      """
      (\(table).site_id = \(site)
        OR \(table).site_id IS NULL AND coalesce((SELECT t.shared_documents FROM sites t WHERE t.id = \(site)), true))
      """
    }
    // A document's language is that of its passages.
    languages = PostgresStatement(
      "SELECT d.language FROM documents d WHERE \(seen("d")) GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 4")
    countPassages = PostgresStatement("SELECT count(*) FROM passages p WHERE \(seen("p"))")
    // How many passages have a lexeme is taken from its words' numbers: too high where a passage has two forms of it,
    // which does no harm.
    lookUp = PostgresStatement(
      """
      SELECT w.word, coalesce(l.stem, w.word), l.stem IS NOT NULL,
        (
          SELECT coalesce(sum(v.passages), 0)::bigint FROM vocabulary v
          WHERE v.lexeme = coalesce(l.stem, w.word) AND v.language = k.language AND \(seen("v"))
        )
      FROM unnest($3::text[]) w (word) CROSS JOIN unnest($2::text[]) k (language)
      CROSS JOIN LATERAL (
        SELECT (tsvector_to_array(to_tsvector(search_configuration(k.language), w.word)))[1] AS stem
      ) l
      """)
    guess = PostgresStatement(
      """
      WITH asked AS (
        SELECT w.word FROM unnest($2::text[]) w (word)
      ), seen AS (
        SELECT a.word AS asked, 'similar' AS kind, v.word, v.passages FROM asked a JOIN vocabulary v
        ON v.word % a.word AND abs(length(v.word) - length(a.word)) <= 2 AND \(seen("v"))
        UNION ALL
        SELECT a.word, 'begins', v.word, v.passages FROM asked a JOIN vocabulary v
        ON length(a.word) >= 4 AND v.word LIKE a.word || '%' AND \(seen("v"))
        UNION ALL
        SELECT a.word, 'split', h.word || ' ' || t.word, least(h.passages, t.passages)
        FROM asked a
        CROSS JOIN LATERAL generate_series(3, length(a.word) - 3) cut
        JOIN vocabulary h ON h.word = left(a.word, cut) AND \(seen("h"))
        JOIN vocabulary t ON t.word = substr(a.word, cut + 1) AND \(seen("t"))
      )
      SELECT asked, kind, word, sum(passages)::bigint FROM seen GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC, 3
      """)
    search = PostgresStatement(
      """
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
        WHERE (p.search @@ $6::text::tsquery OR p.words @@ $7::text::tsquery) AND \(seen("p"))
        ORDER BY weight DESC, rank DESC, p.document_id, p.ordinal
        LIMIT $8::bigint
      )
      SELECT p.document_id, p.ordinal, \(Self.columns), p.rank::float8,
        ARRAY(SELECT l.lexeme FROM unnest(p.search) l WHERE l.lexeme = ANY ($2::text[])),
        ARRAY(SELECT l.lexeme FROM unnest(p.search) l WHERE l.lexeme = ANY ($2::text[]) AND 'A' = ANY (l.weights)),
        ARRAY(SELECT l.lexeme FROM unnest(p.search) l WHERE l.lexeme = ANY ($2::text[]) AND 'B' = ANY (l.weights)),
        ARRAY(SELECT l.lexeme FROM unnest(p.words) l WHERE l.lexeme = ANY ($4::text[]))
      FROM found p JOIN documents d ON d.id = p.document_id
      ORDER BY p.weight DESC, p.rank DESC, p.document_id, p.ordinal
      """)
    selectLabelled = PostgresStatement(
      """
      SELECT p.document_id, p.ordinal, \(Self.columns), \(Self.notFound)
      FROM documents d JOIN passages p ON p.document_id = d.id
      WHERE d.title = ANY (SELECT split_part(l, ' › ', 1) FROM unnest($2::text[]) l)
        AND CASE p.heading WHEN '' THEN p.title ELSE p.title || ' › ' || p.heading END = ANY ($2::text[])
        AND \(seen("p"))
      ORDER BY p.document_id, p.ordinal
      """)
    selectFollowing = PostgresStatement(
      """
      SELECT p.document_id, p.ordinal, \(Self.columns), \(Self.notFound)
      FROM passages p JOIN documents d ON d.id = p.document_id
      WHERE p.document_id = $2::bigint AND p.ordinal > $3::bigint AND \(seen("p"))
      ORDER BY p.ordinal LIMIT $4::bigint
      """)
    selectTitles = PostgresStatement(
      """
      SELECT d.title FROM documents d WHERE \(seen("d"))
      ORDER BY d.path <> 'README.md', d.path LIMIT $2::bigint
      """)
  }
}
