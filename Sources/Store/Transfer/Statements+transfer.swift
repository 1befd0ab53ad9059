import Postgres

/// The statements of export and import, which serve no request: they see everything.
extension Statements {
  /// Sessions in the order of their keys, behind a key, of a site's key or of all, at most so many.
  static let exportSessions: PostgresStatement = """
    SELECT s.id, s.public_id, i.key, a.slug, v.token_digest, v.name, v.email, v.locale, s.page, s.referrer, s.version,
      s.title, s.is_title_set, s.description, s.context::text, s.metadata::text, s.status, s.message_count, s.started_at,
      s.last_activity_at, s.ended_at
    FROM sessions s JOIN sites i ON i.id = s.site_id JOIN agents a ON a.id = s.agent_id
      JOIN visitors v ON v.id = s.visitor_id
    WHERE s.id > $1::int8 AND s.deleted_at IS NULL AND ($2::text IS NULL OR i.key = $2::text)
      AND ($3::text IS NULL OR s.public_id = $3::text)
    ORDER BY s.id LIMIT $4::int8
    """

  /// Messages of some sessions in their order, behind a session's key and a version, at most so many, and at most so many
  /// bytes of content but for the first. Answers the session's key first, and the messages' comments and times last.
  static let exportMessages = PostgresStatement(
    """
    SELECT m.session_id, \(messageColumns), m.feedback_comment, m.created_at, m.cost_picos, m.currency
    FROM (
      SELECT k.session_id, k.id,
        sum(octet_length(k.content)) OVER (ORDER BY k.session_id, k.created_version) - octet_length(k.content) AS ahead
      FROM (
        SELECT session_id, created_version, id, content FROM messages
        WHERE session_id = ANY($1::int8[]) AND (session_id, created_version) > ($2::int8, $3::int8)
        ORDER BY session_id, created_version LIMIT $4::int8) k) w
      JOIN messages m ON m.session_id = w.session_id AND m.id = w.id
    WHERE w.ahead < $5::int8
    ORDER BY m.session_id, m.created_version
    """)

  /// Makes the sessions that are not there, with their visitors, as if they were deleted in the far future: nobody sees
  /// them before they are whole, and nothing removes them. Answers `place, key` for each that is in the making now, and
  /// `place, null` for each whose site or agent is not there.
  static let importSessions: PostgresStatement = """
    WITH input AS (
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::text[],
          $8::text[], $9::text[], $10::int8[], $11::text[], $12::bool[], $13::text[], $14::jsonb[], $15::jsonb[],
          $16::text[], $17::int8[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[])
        WITH ORDINALITY AS t(public_id, site, agent, owner, name, email, locale, page, referrer, version, title,
          is_title_set, description, context, metadata, status, message_count, started_at, last_activity_at, ended_at,
          place)),
    looked AS (
      SELECT t.*, i.id AS site_id, a.id AS agent_id FROM input t
        LEFT JOIN sites i ON i.key = t.site LEFT JOIN agents a ON a.slug = t.agent),
    arrived AS (
      INSERT INTO visitors (site_id, token_digest, name, email, locale, created_at)
      SELECT DISTINCT ON (site_id, owner) site_id, owner, name, email, locale, started_at FROM looked l
      WHERE site_id IS NOT NULL AND agent_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM sessions s WHERE s.public_id = l.public_id)
      ON CONFLICT (site_id, token_digest) DO NOTHING
      RETURNING id, site_id, token_digest),
    owners AS (
      SELECT id, site_id, token_digest FROM arrived
      UNION ALL
      SELECT v.id, v.site_id, v.token_digest FROM visitors v
      WHERE (v.site_id, v.token_digest) IN (SELECT site_id, owner FROM looked)),
    made AS (
      INSERT INTO sessions (public_id, site_id, agent_id, visitor_id, version, message_count, title, is_title_set,
        description, context, metadata, status, page, referrer, started_at, last_activity_at, ended_at,
        deleted_at)
      SELECT DISTINCT ON (l.public_id) l.public_id, l.site_id, l.agent_id, o.id, l.version, l.message_count, l.title,
        l.is_title_set, l.description, l.context, l.metadata, l.status, l.page, l.referrer, l.started_at,
        l.last_activity_at, l.ended_at, 'infinity'
      FROM looked l JOIN owners o ON o.site_id = l.site_id AND o.token_digest = l.owner
      WHERE l.agent_id IS NOT NULL
      ON CONFLICT (public_id) DO NOTHING
      RETURNING id, public_id)
    SELECT l.place, m.id FROM looked l JOIN made m ON m.public_id = l.public_id
    UNION ALL
    SELECT l.place, s.id FROM looked l JOIN sessions s ON s.public_id = l.public_id AND s.deleted_at = 'infinity'
    UNION ALL
    SELECT place, NULL FROM looked WHERE site_id IS NULL OR agent_id IS NULL
    """

  /// Stores messages of sessions that this import has made; those that are there stay. Answers how many were stored.
  static let importMessages: PostgresStatement = """
    WITH stored AS (
      INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at, reply_to,
        replaced_by, reason, error_code, error_message, tools, citations, input_tokens, output_tokens, processing_ms,
        feedback, feedback_comment, metadata, rated_version, cached_tokens, cost_picos, currency,
        reasoning, usage_estimated)
      SELECT * FROM unnest($1::int8[], $2::uuid[], $3::int8[], $4::int8[], $5::text[], $6::text[], $7::text[],
        $8::timestamptz[], $9::uuid[], $10::uuid[], $11::text[], $12::text[], $13::text[], $14::jsonb[], $15::jsonb[],
        $16::int8[], $17::int8[], $18::int8[], $19::text[], $20::text[], $21::jsonb[], $22::int8[],
        $23::int8[], $24::int8[], $25::text[], $26::jsonb[], $27::bool[])
      ON CONFLICT DO NOTHING
      RETURNING 1)
    SELECT count(*) FROM stored
    """

  /// A session is whole.
  static let finishImport: PostgresStatement = """
    UPDATE sessions SET deleted_at = NULL WHERE id = ANY($1::int8[]) AND deleted_at = 'infinity'
    """

  /// Titles and messages of imported sessions are searched at once.
  static let indexImported: PostgresStatement = """
    WITH titles AS (
      INSERT INTO search_entries (session_id, message_id, site_id, visitor_id, created_at, words)
      SELECT s.id, '00000000-0000-0000-0000-000000000000', s.site_id, s.visitor_id, s.started_at,
        conversation_words(i.languages, s.title)
      FROM sessions s JOIN sites i ON i.id = s.site_id WHERE s.id = ANY($1::int8[]) AND s.title <> ''
      ON CONFLICT DO NOTHING)
    SELECT search_take_down($1::int8[])
    """
}
