import Postgres

/// The statements that make an answer again.
extension Statements {
  /// Answers `place, verdict, version, created_at, question, its content`: `begun`, `duplicate`, or why not (`busy`,
  /// `taken`, `absent`, `unfit`).
  static let retry: PostgresStatement = """
    WITH input AS (
      SELECT * FROM unnest($1::int8[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::bool[], $6::bool[])
        WITH ORDINALITY AS t(session_id, replaced_id, id, created_at, only_duplicate, relaxed, place)),
    looked AS (
      SELECT i.*, n.created_version AS known_version, n.created_at AS known_at, o.role, o.status, o.reply_to,
        o.replaced_by, q.content AS question,
        EXISTS (SELECT FROM runs r WHERE r.session_id = ANY(ARRAY[i.session_id])) AS is_busy,
        EXISTS (
          SELECT FROM messages l
          WHERE l.session_id = ANY(ARRAY[i.session_id]) AND l.created_version > o.created_version AND l.role = 'assistant')
          AS is_older
      FROM input i
        LEFT JOIN messages n ON n.session_id = ANY(ARRAY[i.session_id]) AND n.id = i.id
        LEFT JOIN messages o ON o.session_id = ANY(ARRAY[i.session_id]) AND o.id = i.replaced_id
        LEFT JOIN messages q ON q.session_id = ANY(ARRAY[i.session_id]) AND q.id = o.reply_to),
    judged AS (
      SELECT l.*, CASE
          WHEN known_version IS NOT NULL AND replaced_by = id THEN 'duplicate'
          WHEN known_version IS NOT NULL THEN 'taken'
          WHEN only_duplicate OR is_busy THEN 'busy'
          WHEN role IS NULL THEN 'absent'
          WHEN role <> 'assistant' OR status = 'streaming' OR is_older OR question IS NULL THEN 'unfit'
          ELSE 'begun' END AS verdict
      FROM looked l),
    moved AS (
      UPDATE sessions s
      SET version = s.version + 2, message_count = s.message_count + 1, last_activity_at = f.created_at,
        status = 'active', ended_at = NULL
      FROM (SELECT DISTINCT ON (session_id) * FROM judged WHERE verdict = 'begun' ORDER BY session_id, place) f
      WHERE s.id = ANY(ARRAY[f.session_id]) AND s.deleted_at IS NULL
      RETURNING f.*, s.version),
    replaced AS (
      UPDATE messages m SET version = v.version - 1, replaced_by = v.id
      FROM moved v WHERE m.session_id = ANY(ARRAY[v.session_id]) AND m.id = v.replaced_id),
    stored AS (
      INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at, reply_to)
      SELECT session_id, id, version, version, 'assistant', 'streaming', '', created_at, reply_to FROM moved),
    begun AS (
      INSERT INTO runs (session_id, question_id, answer_id, place, relaxed, node, lease_until)
      SELECT session_id, reply_to, id, version, relaxed, $7::uuid, now() + $8::int8 * interval '1 millisecond'
      FROM moved)
    SELECT place, verdict, version, created_at, reply_to, question FROM moved
    UNION ALL
    SELECT place, verdict, known_version, known_at, reply_to, question FROM judged WHERE verdict <> 'begun'
    """
}
