import Postgres

/// What is done from time to time, in small batches, by one node at a time.
extension Statements {
  /// Takes the turn for the rest of the transaction. Where somebody else has it this fails, by a division by zero, so that
  /// nothing behind it is done.
  static let takeTurn: PostgresStatement = "SELECT 1 / pg_try_advisory_xact_lock(7305, $1::int4)::int"

  // MARK: Search

  /// A step of a pass, where it is this node's turn: looks at so many sessions ($2) in the order of their last activity,
  /// behind a slot and an id ($3, $4) or from the mark on, and takes down the words of up to so many ($1) that lack some.
  /// Answers how many those were, whether it was its turn, and slot and id behind which the next step begins; null where
  /// nobody is left.
  static let takeDown: PostgresStatement = """
    WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7305, 1) AS mine),
    looked AS MATERIALIZED (
      SELECT s.id, s.active_slot, s.version, s.deleted_at
      FROM sessions s
      WHERE (SELECT mine FROM turn) AND (s.active_slot, s.id) >
        (coalesce($3::int8, (SELECT slot - 1 FROM search_mark)), coalesce($4::int8, 9223372036854775807))
      ORDER BY s.active_slot, s.id LIMIT $2::int8),
    due AS MATERIALIZED (
      SELECT id, active_slot FROM looked l
      WHERE deleted_at IS NULL
        AND version > coalesce((SELECT p.version FROM search_progress p WHERE p.session_id = l.id), 0)
      ORDER BY active_slot, id LIMIT $1::int8),
    done AS MATERIALIZED (
      SELECT search_take_down(coalesce((SELECT array_agg(id) FROM due), '{}'))),
    seen AS (
      SELECT active_slot, id FROM due WHERE (SELECT count(*) FROM due) = $1::int8
      UNION ALL
      SELECT active_slot, id FROM looked
      WHERE (SELECT count(*) FROM due) < $1::int8 AND (SELECT count(*) FROM looked) = $2::int8)
    SELECT (SELECT count(*) FROM due), (SELECT mine FROM turn), s.active_slot, s.id
    FROM done LEFT JOIN (SELECT * FROM seen ORDER BY active_slot DESC, id DESC LIMIT 1) s ON true
    """

  /// Nobody whose last activity is before that slot lacks anything.
  static let moveMark: PostgresStatement = """
    UPDATE search_mark SET slot = $1::int8 WHERE slot < $1::int8
    """

  // MARK: Life-cycle

  /// Sessions in which nothing has happened since an instant, up to so many, become inactive. Answers how many.
  static let inactivate: PostgresStatement = """
    WITH due AS (
      SELECT s.id FROM sessions s
      WHERE s.status = 'active' AND s.deleted_at IS NULL AND s.last_activity_at < $1::timestamptz
        AND s.active_slot <= floor(date_part('epoch', $1::timestamptz - timestamptz '2000-01-01 00:00:00+00') / 600)::int8
        AND NOT EXISTS (SELECT FROM runs r WHERE r.session_id = s.id)
      ORDER BY s.active_slot LIMIT $2::int8 FOR NO KEY UPDATE SKIP LOCKED),
    changed AS (
      UPDATE sessions s SET status = 'inactive' FROM due d WHERE s.id = d.id AND s.status = 'active' RETURNING 1)
    SELECT count(*) FROM changed
    """

  /// Deletes sessions that their sites keep no longer, up to so many, and notes each. Answers their public ids.
  static let expire = PostgresStatement(
    """
    WITH due AS (
      SELECT s.id FROM sites i JOIN sessions s ON s.site_id = i.id
      WHERE i.retention_days IS NOT NULL AND s.deleted_at IS NULL
        AND s.last_activity_at < now() - i.retention_days * interval '1 day'
        AND s.active_slot <= floor(date_part('epoch', now() - timestamptz '2000-01-01 00:00:00+00') / 600)::int8
          - i.retention_days * 144
        AND NOT EXISTS (SELECT FROM runs r WHERE r.session_id = s.id)
      LIMIT $1::int8 FOR NO KEY UPDATE OF s SKIP LOCKED),
    gone AS (
      UPDATE sessions s
      SET version = s.version + 1, deleted_at = now(), status = 'ended', ended_at = coalesce(s.ended_at, now())
      FROM due d WHERE s.id = d.id AND s.deleted_at IS NULL
      RETURNING s.id, s.public_id, s.site_id),
    useless AS (
      DELETE FROM tickets t USING gone g WHERE t.session_id = g.id),
    \(AuditNote.expression(of: "gone", target: "'session:' || gone.public_id", site: "gone.site_id", from: 2))
    SELECT public_id FROM gone
    """)

  /// Removes what is left of answers that nobody makes any more: of a session that was deleted while another node was
  /// storing a piece.
  static let sweepChunks: PostgresStatement = """
    DELETE FROM message_chunks c
    WHERE NOT EXISTS (SELECT FROM runs r WHERE r.session_id = c.session_id AND r.answer_id = c.message_id)
    """

  /// Forgets users that are gone when nothing that was given to them is valid any more.
  static let forgetEndedUsers: PostgresStatement = """
    DELETE FROM ended_users WHERE ended_at < now() - interval '1 day'
    """

  /// Forgets what was used of models a month ago; analytics have it still.
  static let forgetUsage: PostgresStatement = """
    DELETE FROM token_usage WHERE day < (now() AT TIME ZONE 'UTC')::date - 31
    """

  /// Forgets requests that were named so many hours ago, up to so many. Answers how many.
  static let forgetRepeats: PostgresStatement = """
    WITH gone AS (
      DELETE FROM idempotency_keys WHERE id IN (
        SELECT id FROM idempotency_keys WHERE begun_at < now() - $1::int8 * interval '1 hour'
        ORDER BY begun_at LIMIT $2::int8 FOR UPDATE SKIP LOCKED)
      RETURNING 1)
    SELECT count(*) FROM gone
    """

  /// What a round would do: how many sessions would become inactive, be deleted, and be removed.
  static let due: PostgresStatement = """
    SELECT
      (SELECT count(*) FROM sessions s
        WHERE s.status = 'active' AND s.deleted_at IS NULL AND s.last_activity_at < $1::timestamptz
          AND NOT EXISTS (SELECT FROM runs r WHERE r.session_id = s.id)),
      (SELECT count(*) FROM sites i JOIN sessions s ON s.site_id = i.id
        WHERE i.retention_days IS NOT NULL AND s.deleted_at IS NULL
          AND s.last_activity_at < now() - i.retention_days * interval '1 day'
          AND NOT EXISTS (SELECT FROM runs r WHERE r.session_id = s.id)),
      (SELECT count(*) FROM sessions WHERE deleted_at < $2::timestamptz)
    """
}
