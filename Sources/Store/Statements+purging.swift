import Postgres

/// What removes sessions for good.
extension Statements {
  /// Removes deleted sessions by their public ids. Answers how many there were.
  static let purge = PostgresStatement(
    """
    WITH due AS (
      SELECT id FROM sessions WHERE public_id = ANY($1::text[]) AND deleted_at IS NOT NULL),
    \(purging)
    """)

  /// Removes up to so many sessions that were deleted before an instant. Answers how many there were.
  static let purgeOld = PostgresStatement(
    """
    WITH due AS (
      SELECT id FROM sessions WHERE deleted_at < $1::timestamptz ORDER BY deleted_at LIMIT $2::int8
      FOR UPDATE SKIP LOCKED),
    \(purging)
    """)

  private static let purging = """
    m AS (DELETE FROM messages t USING due d WHERE t.session_id = d.id),
    c AS (DELETE FROM message_chunks t USING due d WHERE t.session_id = d.id),
    r AS (DELETE FROM runs t USING due d WHERE t.session_id = d.id),
    e AS (DELETE FROM search_entries t USING due d WHERE t.session_id = d.id),
    p AS (DELETE FROM search_progress t USING due d WHERE t.session_id = d.id),
    k AS (DELETE FROM tickets t USING due d WHERE t.session_id = d.id),
    s AS (DELETE FROM sessions t USING due d WHERE t.id = d.id RETURNING 1)
    SELECT count(*) FROM s
    """

  /// Removes a visitor without a session.
  static let forget: PostgresStatement = """
    DELETE FROM visitors v WHERE v.site_id = $1::int8 AND v.token_digest = $2::bytea
      AND NOT EXISTS (SELECT FROM sessions s WHERE s.visitor_id = v.id)
    """
}
