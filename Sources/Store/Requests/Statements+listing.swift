import Postgres

/// What requests read of sessions. Under row-level security each shows what its asker may see (migration 0011); what they
/// say of visitor and site themselves is for the sake of the indexes.
extension Statements {
  /// A session as it is listed; `s` and its agent `a`.
  private static let sessionColumns = """
    s.public_id, s.version, s.title, s.description, s.status, s.message_count, s.started_at, s.last_activity_at,
    s.ended_at, a.slug, a.name
    """

  /// A session by its public id, with context and metadata.
  static let requestedSession = PostgresStatement(
    """
    SELECT \(sessionColumns), s.context::text, s.metadata::text
    FROM sessions s JOIN agents a ON a.id = s.agent_id WHERE s.public_id = $1
    """)

  /// Sessions, latest activity first: those before an instant and a session's key, of an agent's slug, of a status, that
  /// speak of something, at most so many. Answers their columns, and the instant and key for the next page.
  static let requestedSessions = PostgresStatement(
    """
    WITH wanted AS (
      SELECT conversation_query(i.languages, $5::text) AS query FROM sites i
      WHERE i.id = acting_site() AND $5::text IS NOT NULL),
    page AS (
      (SELECT s.id, s.last_activity_at FROM sessions s
        WHERE NOT acts_for_site() AND s.visitor_id = acting_visitor() AND \(sessionFilter)
        ORDER BY s.last_activity_at DESC, s.id DESC LIMIT $6::int8)
      UNION ALL
      (SELECT s.id, s.last_activity_at FROM sessions s
        WHERE acts_for_site() AND $5::text IS NULL AND s.site_id = acting_site() AND \(sessionFilter)
          AND s.active_slot <= coalesce(
            floor(date_part('epoch', $1::timestamptz - timestamptz '2000-01-01 00:00:00+00') / 600)::int8,
            9223372036854775807)
        ORDER BY s.active_slot DESC, s.last_activity_at DESC, s.id DESC LIMIT $6::int8)
      UNION ALL
      (SELECT f.session_id, f.last_activity_at
        FROM wanted w, search_sessions(w.query, $1::timestamptz, $2::int8, $3::text, $4::text, $6::int8) f
        WHERE acts_for_site()))
    SELECT \(sessionColumns), p.last_activity_at, p.id
    FROM page p JOIN sessions s ON s.id = p.id JOIN agents a ON a.id = s.agent_id
    ORDER BY p.last_activity_at DESC, p.id DESC
    """)

  private static let sessionFilter = """
    (s.last_activity_at, s.id) < (coalesce($1::timestamptz, 'infinity'), coalesce($2::int8, 0))
    AND ($3::text IS NULL OR s.agent_id IN (SELECT o.id FROM agents o WHERE o.slug = $3::text))
    AND ($4::text IS NULL OR s.status = $4::text)
    AND ($5::text IS NULL OR EXISTS (
      SELECT FROM search_entries e, wanted w WHERE e.session_id = s.id AND e.words @@ w.query))
    """

  /// Messages of a session by its public id: the last before a version, or the first after one, at most so many, and at
  /// most so many bytes of content but for the first of them. Answers the session's version and how many there are of
  /// the former number, and each message, oldest first; a row without a message where there is none.
  static let requestedMessages = PostgresStatement(
    """
    WITH own AS MATERIALIZED (
      SELECT id, version FROM sessions WHERE public_id = $1)
    SELECT s.version, w.candidates, m.*
    FROM own s
      LEFT JOIN LATERAL (
        SELECT x.id, count(*) OVER () AS candidates,
          sum(octet_length(x.content)) OVER (
            ORDER BY CASE WHEN $3::int8 IS NULL THEN -x.created_version ELSE x.created_version END)
          - octet_length(x.content) AS ahead
        FROM (
          (SELECT k.id, k.created_version, k.content FROM messages k
            WHERE $3::int8 IS NULL AND k.session_id = s.id
              AND k.created_version < coalesce($2::int8, 9223372036854775807)
            ORDER BY k.created_version DESC LIMIT $4::int8)
          UNION ALL
          (SELECT k.id, k.created_version, k.content FROM messages k
            WHERE $3::int8 IS NOT NULL AND k.session_id = s.id AND k.created_version > $3::int8
            ORDER BY k.created_version LIMIT $4::int8)) x) w ON true
      LEFT JOIN LATERAL (
        SELECT \(messageColumns) FROM messages m
        WHERE m.session_id = s.id AND m.id = w.id AND w.ahead < $5::int8) m ON true
    WHERE w.id IS NULL OR m.id IS NOT NULL
    ORDER BY m.created_version
    """)

  /// Titles and messages that speak of something, newest first: before an instant and a message's id, at most so many.
  /// Answers the session's public id and title, the message's id, role and place (null for a title), the instant, the
  /// part in which the words occur with these between U+0001 and U+0002, and instant and id for the next page. `<` is
  /// U+0003 in it: PostgreSQL would leave out what looks like a tag.
  static let requestedSearch = PostgresStatement(
    """
    WITH wanted AS (
      SELECT conversation_query(i.languages, $1::text) AS query,
        language_configuration(coalesce(i.languages[1], '')) AS configuration
      FROM sites i WHERE i.id = acting_site()),
    found AS (
      (SELECT e.session_id, e.message_id, e.created_at
        FROM wanted w, sessions s JOIN search_entries e ON e.session_id = s.id
        WHERE NOT acts_for_site() AND s.visitor_id = acting_visitor() AND e.words @@ w.query
          AND (e.created_at, e.message_id) < (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, \(noMessage)))
        ORDER BY e.created_at DESC, e.message_id DESC LIMIT $4::int8)
      UNION ALL
      (SELECT f.session_id, f.message_id, f.created_at
        FROM wanted w, search_site(w.query, $2::timestamptz, $3::uuid, $4::int8) f
        WHERE acts_for_site()))
    SELECT s.public_id, s.title, m.id, m.role, m.created_version, f.created_at,
      ts_headline(w.configuration,
        translate(left(coalesce(m.content, s.title, ''), 50000), E'\\x01\\x02\\x03<', E'   \\x03'), w.query,
        E'StartSel="\\x01", StopSel="\\x02", MaxWords=30, MinWords=12, ShortWord=0, MaxFragments=2, FragmentDelimiter=" … "'),
      f.created_at, f.message_id
    FROM found f CROSS JOIN wanted w JOIN sessions s ON s.id = f.session_id
      LEFT JOIN messages m ON m.session_id = f.session_id AND m.id = f.message_id
    ORDER BY f.created_at DESC, f.message_id DESC
    """)

  /// The id under which a session's title is searched.
  private static let noMessage = "'00000000-0000-0000-0000-000000000000'::uuid"
}
