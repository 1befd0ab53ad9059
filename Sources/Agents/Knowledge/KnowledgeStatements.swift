import Postgres

/// What is asked about words and passages. All of them are asked in a transaction that acts for a site, under row-level
/// security; what they say of the site themselves is for the sake of the indexes.
struct KnowledgeStatements: Sendable {
  static let own = KnowledgeStatements { table in
    """
    (\(table).site_id = acting_site()
      OR \(table).site_id IS NULL AND EXISTS (SELECT FROM sites t WHERE t.id = acting_site() AND t.shared_documents))
    """
  }

  let languages: PostgresStatement
  let countPassages: PostgresStatement
  let lookUp: PostgresStatement
  let guess: PostgresStatement
  let search: PostgresStatement
  let selectNear: PostgresStatement
  let selectLabelled: PostgresStatement
  let selectFollowing: PostgresStatement
  let selectTitles: PostgresStatement
  let vectorState: PostgresStatement
  let selectVectors: PostgresStatement
  let selectVectorKeys: PostgresStatement

  /// Exchanged letters leave two short words few trigrams in common; the edit distance judges afterwards.
  static let lowerThreshold: PostgresStatement = "SELECT set_config('pg_trgm.similarity_threshold', '0.2', true)"

  /// Begins a transaction for the site of a session, or for one by its number: from here on it reads in the role of
  /// requests. The plans are for tables that have grown since they were made.
  private static func act(for site: String) -> PostgresStatement {
    PostgresStatement(
      """
      SELECT set_config('skein.site', coalesce(\(site), 0)::text, true), set_config('skein.visitor', '0', true),
        set_config('skein.reach', 'own', true), set_config('enable_seqscan', 'off', true),
        set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
        set_config('jit', 'off', true), set_config('role', 'skein_request', true)
      """)
  }
  static let actForSession = act(for: "(SELECT s.site_id FROM sessions s WHERE s.public_id = $1::text)")
  static let actForSite = act(for: "$1::bigint")

  /// What a passage `p` of a document `d` is shown as, but for how well it was found. A document that has no address of
  /// its own is shown by the server.
  private static let columns = """
    p.document_id, p.ordinal, d.path, p.title, p.heading, p.anchor, p.content,
    coalesce(d.url, CASE WHEN d.site_id IS NOT NULL THEN
      '/document.html?site=' || (SELECT o.key FROM sites o WHERE o.id = d.site_id) || '&document=' || d.public_id END)
    """
  private static let notFound = "'{}'::text[], '{}'::text[], '{}'::text[]"

  /// Which of the stems `$1` a passage has, and where each time; which of the words `$2`.
  private static let found = """
    ARRAY(SELECT l.lexeme FROM unnest(p.search) l WHERE l.lexeme = ANY ($1::text[]) ORDER BY 1),
    ARRAY(
      SELECT array_to_string(l.weights, '') FROM unnest(p.search) l WHERE l.lexeme = ANY ($1::text[])
      ORDER BY l.lexeme),
    ARRAY(SELECT l.lexeme FROM unnest(p.words) l WHERE l.lexeme = ANY ($2::text[]))
    """

  /// Languages that write several words as one.
  private static func compounds(_ table: String) -> String {
    "\(table).language IN ('german', 'dutch', 'danish', 'swedish', 'norwegian', 'finnish')"
  }

  /// - Parameter seen: the condition that a row of a table is one that the site may see.
  init(_ seen: (_ table: String) -> String) {
    // A document's language is that of its passages.
    languages = PostgresStatement(
      "SELECT d.language FROM documents d WHERE \(seen("d")) GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 4")
    countPassages = PostgresStatement("SELECT count(*) FROM passages p WHERE \(seen("p"))")
    // How many passages have a lexeme is taken from its words' numbers: too high where a passage has two forms of it,
    // which does no harm. What a row is compared with is made before, here and below: under row-level security no index
    // serves a comparison in which there is a function that might tell of a row.
    lookUp = PostgresStatement(
      """
      WITH stems AS MATERIALIZED (
        SELECT w.word, k.language,
          (tsvector_to_array(to_tsvector(search_configuration(k.language), w.word)))[1] AS stem
        FROM unnest($2::text[]) w (word) CROSS JOIN unnest($1::text[]) k (language)
      ), asked AS MATERIALIZED (
        SELECT word, language, coalesce(stem, word) AS lexeme, stem IS NOT NULL AS is_stem FROM stems
      )
      SELECT a.word, a.lexeme, a.is_stem,
        (
          SELECT coalesce(sum(v.passages), 0)::bigint FROM vocabulary v
          WHERE v.lexeme = a.lexeme AND v.language = a.language AND \(seen("v"))
        )
      FROM asked a
      """)
    guess = PostgresStatement(
      """
      WITH cuts AS MATERIALIZED (
        SELECT a.word, left(a.word, cut) AS head, substr(a.word, cut + 1) AS tail
        FROM unnest($1::text[]) a (word) CROSS JOIN LATERAL generate_series(3, length(a.word) - 3) cut
      ), heads AS MATERIALIZED (
        SELECT word, head, tail, false AS is_joined FROM cuts
        UNION ALL
        SELECT word, left(head, -1), tail, true FROM cuts WHERE right(head, 1) = 's'
      ), seen AS (
        SELECT l.asked_word AS asked, l.kind, v.word, v.passages
        FROM words_like($1::text[]) l JOIN vocabulary v ON v.word = l.word
        WHERE \(seen("v")) AND (l.kind <> 'ends' OR \(Self.compounds("v")))
        UNION ALL
        SELECT c.word, 'split', h.word || ' ' || t.word, least(h.passages, t.passages)
        FROM heads c
        JOIN vocabulary h ON h.word = c.head AND (NOT c.is_joined OR \(Self.compounds("h"))) AND \(seen("h"))
        JOIN vocabulary t ON t.word = c.tail AND \(seen("t"))
      )
      SELECT asked, kind, word, sum(passages)::bigint FROM seen GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC, 3
      """)
    search = PostgresStatement(
      """
      WITH found AS (
        SELECT p.*,
          (
            SELECT coalesce(sum(a.weight), 0) FROM unnest($1::text[], $3::float8[]) a (lexeme, weight)
            WHERE a.lexeme = ANY (tsvector_to_array(p.search))
          ) + (
            SELECT coalesce(sum(a.weight), 0) FROM unnest($2::text[], $4::float8[]) a (lexeme, weight)
            WHERE a.lexeme = ANY (tsvector_to_array(p.words))
          ) AS weight,
          coalesce(ts_rank_cd('{0.1, 0.4, 0.7, 1.0}', p.search, $5::text::tsquery), 0) AS rank
        FROM passages_matching($5::text::tsquery, $6::text::tsquery) m
        JOIN passages p ON p.document_id = m.document_id AND p.ordinal = m.ordinal
        WHERE \(seen("p"))
        ORDER BY weight DESC, rank DESC, p.document_id, p.ordinal
        LIMIT $7::bigint
      )
      SELECT \(Self.columns), p.rank::float8, \(Self.found)
      FROM found p JOIN documents d ON d.id = p.document_id
      ORDER BY p.weight DESC, p.rank DESC, p.document_id, p.ordinal
      """)
    selectNear = PostgresStatement(
      """
      SELECT \(Self.columns), coalesce(ts_rank_cd('{0.1, 0.4, 0.7, 1.0}', p.search, $3::text::tsquery), 0)::float8,
        \(Self.found), v.id
      FROM passage_vectors v JOIN passages p ON p.document_id = v.document_id AND p.ordinal = v.ordinal
        JOIN documents d ON d.id = p.document_id
      WHERE v.id = ANY ($4::bigint[]) AND \(seen("v"))
      """)
    selectLabelled = PostgresStatement(
      """
      SELECT \(Self.columns), 0::float8, \(Self.notFound)
      FROM documents d JOIN passages p ON p.document_id = d.id
      WHERE d.title = ANY (SELECT split_part(l, ' › ', 1) FROM unnest($1::text[]) l)
        AND CASE p.heading WHEN '' THEN p.title ELSE p.title || ' › ' || p.heading END = ANY ($1::text[])
        AND \(seen("p"))
      ORDER BY p.document_id, p.ordinal
      """)
    selectFollowing = PostgresStatement(
      """
      SELECT \(Self.columns), 0::float8, \(Self.notFound)
      FROM passages p JOIN documents d ON d.id = p.document_id
      WHERE p.document_id = $1::bigint AND p.ordinal > $2::bigint AND \(seen("p"))
      ORDER BY p.ordinal LIMIT $3::bigint
      """)
    selectTitles = PostgresStatement(
      """
      SELECT d.title FROM documents d WHERE \(seen("d"))
      ORDER BY d.path <> 'README.md', d.path LIMIT $1::bigint
      """)
    // Another number, or a last one that is another: a vector has come or gone.
    vectorState = PostgresStatement(
      """
      SELECT acting_site(), count(*), coalesce(max(v.id), 0) FROM passage_vectors v
      WHERE v.model_id = $1::bigint AND v.vector IS NOT NULL AND \(seen("v"))
      """)
    selectVectors = PostgresStatement(
      """
      SELECT v.id, v.vector FROM passage_vectors v
      WHERE v.model_id = $1::bigint AND v.vector IS NOT NULL AND v.id > $2::bigint AND \(seen("v"))
      ORDER BY v.id LIMIT $3::bigint
      """)
    selectVectorKeys = PostgresStatement(
      """
      SELECT coalesce(array_agg(v.id), '{}') FROM passage_vectors v
      WHERE v.model_id = $1::bigint AND v.vector IS NOT NULL AND \(seen("v"))
      """)
  }
}
