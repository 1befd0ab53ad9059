import Postgres

/// The statements of the journal that concern calls of tools, and what was thought. A message's `tools` and `reasoning` are
/// lists of them, each by its `id`.
extension Statements {
  /// Notes calls, and what was thought, in answers that are this node's to write; of a call that waits for persons until
  /// when. Answers `place, version`.
  static let note: PostgresStatement = """
    WITH input AS (
      SELECT * FROM unnest($1::int8[], $2::uuid[], $3::jsonb[], $4::int8[], $5::bool[], $6::int8[])
        WITH ORDINALITY AS t(session_id, answer_id, tool, takeovers, is_reasoning, within, place)),
    owned AS (
      SELECT i.*, r.question_id FROM input i
        JOIN runs r ON r.session_id = ANY(ARRAY[i.session_id]) AND r.answer_id = i.answer_id AND r.node = $7::uuid
          AND r.takeovers = i.takeovers
        JOIN messages m ON m.session_id = ANY(ARRAY[i.session_id]) AND m.id = i.answer_id
      WHERE NOT EXISTS (
        SELECT FROM jsonb_array_elements(CASE WHEN i.is_reasoning THEN m.reasoning ELSE m.tools END) AS e(tool)
        WHERE e.tool = i.tool)),
    moved AS (
      UPDATE sessions s SET version = s.version + 1
      FROM owned o WHERE s.id = ANY(ARRAY[o.session_id])
      RETURNING o.*, s.version),
    waiting AS (
      UPDATE runs r
      SET waits = coalesce(r.waits, '{}')
        || jsonb_build_object(v.tool->>'id', now() + v.within * interval '1 millisecond')
      FROM moved v
      WHERE v.within IS NOT NULL AND r.session_id = ANY(ARRAY[v.session_id]) AND r.question_id = v.question_id),
    noted AS (
      UPDATE messages m
      SET version = v.version,
        reasoning = CASE WHEN v.is_reasoning THEN coalesce(m.reasoning, '[]') || jsonb_build_array(v.tool)
          ELSE m.reasoning END,
        tools = CASE
          WHEN v.is_reasoning THEN m.tools
          WHEN EXISTS (SELECT FROM jsonb_array_elements(m.tools) AS e(tool) WHERE e.tool->>'id' = v.tool->>'id') THEN (
            SELECT jsonb_agg(CASE WHEN e.tool->>'id' = v.tool->>'id' THEN v.tool ELSE e.tool END ORDER BY e.n)
            FROM jsonb_array_elements(m.tools) WITH ORDINALITY AS e(tool, n))
          ELSE coalesce(m.tools, '[]') || jsonb_build_array(v.tool) END
      FROM moved v WHERE m.session_id = ANY(ARRAY[v.session_id]) AND m.id = v.answer_id)
    SELECT place, version FROM moved
    UNION ALL
    SELECT i.place, m.version
    FROM input i JOIN messages m ON m.session_id = ANY(ARRAY[i.session_id]) AND m.id = i.answer_id
    WHERE EXISTS (
      SELECT FROM jsonb_array_elements(CASE WHEN i.is_reasoning THEN m.reasoning ELSE m.tools END) AS e(tool)
      WHERE e.tool = i.tool)
    """

  /// Decides what becomes of calls that wait. Answers `place, outcome, version, call, verdict`: `fresh`, `known` where it
  /// was decided before, by whomever, or why not (`absent`, `unfit`).
  static let decide: PostgresStatement = """
    WITH input AS (
      SELECT * FROM unnest($1::int8[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[])
        WITH ORDINALITY AS t(session_id, id, message_id, call_id, verdict, status, place)),
    judged AS (
      SELECT i.*, c.tool, d.version AS known_version, d.verdict AS known_verdict, CASE
          WHEN c.tool IS NULL THEN 'absent'
          WHEN d.id = i.id THEN 'fresh'
          WHEN d.id IS NOT NULL THEN 'known'
          WHEN m.status <> 'streaming' OR c.tool->>'status' <> 'waiting' THEN 'unfit'
          ELSE 'waiting' END AS outcome
      FROM input i
        LEFT JOIN messages m ON m.session_id = ANY(ARRAY[i.session_id]) AND m.id = i.message_id
        LEFT JOIN LATERAL (
          SELECT e.tool FROM jsonb_array_elements(m.tools) AS e(tool) WHERE e.tool->>'id' = i.call_id LIMIT 1) c ON true
        LEFT JOIN tool_decisions d ON d.session_id = ANY(ARRAY[i.session_id]) AND d.message_id = i.message_id
          AND d.call_id = i.call_id),
    moved AS (
      UPDATE sessions s SET version = s.version + 1
      FROM judged j WHERE s.id = ANY(ARRAY[j.session_id]) AND s.deleted_at IS NULL AND j.outcome = 'waiting'
      RETURNING j.*, s.version),
    noted AS (
      UPDATE messages m
      SET version = v.version, tools = (
          SELECT jsonb_agg(CASE WHEN e.tool->>'id' = v.call_id
            THEN e.tool || jsonb_build_object('status', v.status) ELSE e.tool END ORDER BY e.n)
          FROM jsonb_array_elements(m.tools) WITH ORDINALITY AS e(tool, n))
      FROM moved v WHERE m.session_id = ANY(ARRAY[v.session_id]) AND m.id = v.message_id),
    stored AS (
      INSERT INTO tool_decisions (session_id, message_id, call_id, id, verdict, version)
      SELECT session_id, message_id, call_id, id, verdict, version FROM moved
      ON CONFLICT DO NOTHING)
    SELECT place, 'fresh', version, (tool || jsonb_build_object('status', status))::text, verdict FROM moved
    UNION ALL
    SELECT place, outcome, known_version, tool::text, known_verdict FROM judged WHERE outcome <> 'waiting'
    """
}
