import Postgres

/// The statements of the journal by which people rate answers and delete sessions.
extension Statements {
  /// Notes what somebody thinks of an answer. Answers `place, verdict, version`: `rated`, or why not (`absent`, `unfit`).
  static let rate: PostgresStatement = """
    WITH input AS (
      SELECT * FROM unnest($1::int8[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])
        WITH ORDINALITY AS t(session_id, id, message_id, rating, comment, place)),
    judged AS (
      SELECT i.*, m.rated_version AS known_version, CASE
          WHEN m.id IS NULL THEN 'absent'
          WHEN m.rating_id = i.id THEN 'rated'
          WHEN m.role <> 'assistant' OR m.status = 'streaming' THEN 'unfit'
          ELSE 'fresh' END AS verdict
      FROM input i LEFT JOIN messages m ON m.session_id = ANY(ARRAY[i.session_id]) AND m.id = i.message_id),
    moved AS (
      UPDATE sessions s SET version = s.version + 1
      FROM judged j WHERE s.id = ANY(ARRAY[j.session_id]) AND s.deleted_at IS NULL AND j.verdict = 'fresh'
      RETURNING j.*, s.version),
    noted AS (
      UPDATE messages m
      SET version = v.version, feedback = v.rating, feedback_comment = v.comment, rating_id = v.id,
        rated_version = v.version
      FROM moved v WHERE m.session_id = ANY(ARRAY[v.session_id]) AND m.id = v.message_id)
    SELECT place, 'rated', version FROM moved
    UNION ALL
    SELECT place, verdict, known_version FROM judged WHERE verdict <> 'fresh'
    """

  /// Deletes sessions, as far as anybody can see: what runs and waits in them goes. Answers `place, version`.
  static let delete: PostgresStatement = """
    WITH input AS (
      SELECT * FROM unnest($1::int8[]) WITH ORDINALITY AS t(session_id, place)),
    gone AS (
      UPDATE sessions s
      SET version = s.version + (s.deleted_at IS NULL)::int, deleted_at = coalesce(s.deleted_at, now()),
        status = 'ended', ended_at = coalesce(s.ended_at, now())
      FROM input i WHERE s.id = ANY(ARRAY[i.session_id])
      RETURNING i.session_id, i.place, s.version),
    unanswered AS (
      DELETE FROM runs r USING gone g WHERE r.session_id = ANY(ARRAY[g.session_id])),
    cut AS (
      DELETE FROM message_chunks c USING gone g WHERE c.session_id = ANY(ARRAY[g.session_id])),
    abandoned AS (
      DELETE FROM answer_steps a USING gone g WHERE a.session_id = ANY(ARRAY[g.session_id])),
    useless AS (
      DELETE FROM tickets t USING gone g WHERE t.session_id = ANY(ARRAY[g.session_id]))
    SELECT place, version FROM gone
    """
}
