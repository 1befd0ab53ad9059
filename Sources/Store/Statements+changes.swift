import Postgres

/// The statements of the journal: one for each kind of change, over the rows of a whole group. Each can be executed again
/// with the same rows without doing anything twice, `grow` as `growAgain`; a row without an answer was refused.
///
/// No two sets of a group's rows are joined, each goes on with the columns of the one before: under `settings` such a
/// join would compare all with all.
extension Statements {
  /// For the rest of a transaction: rows are found by their keys, one by one. Left to itself the planner, which knows
  /// neither the size of a group nor that of tables that grow, reads whole tables for a few rows, and keeps that plan.
  ///
  /// It would do so by an index, too, where it believes a table to be small, and the index's order could serve a merge:
  /// that is why the first column of a key is compared with `ANY(ARRAY[...])`, which looks up one key as `=` does, and is
  /// no clause that anything is merged by.
  static let settings = PostgresStatement(
    "SELECT "
      + PostgresStore.plannerSettings.map { "set_config('\($0.name)', '\($0.value)', true)" }.joined(separator: ", "))

  /// Answers `place, session id` for each session that was made. Who comes with an id that is taken leaves no visitor. For
  /// whom a site vouches is called as it says now.
  static let create: PostgresStatement = """
    WITH input AS (
      SELECT * FROM unnest($1::text[], $2::int8[], $3::int8[], $4::bytea[], $5::text[], $6::text[], $7::text[],
          $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::int8[], $13::text[])
        WITH ORDINALITY AS t(public_id, site_id, agent_id, owner, name, email, locale, page, referrer, address,
          created_at, user_id, subject, place)),
    renamed AS (
      UPDATE visitors v SET name = coalesce(i.name, v.name), email = coalesce(i.email, v.email)
      FROM input i
      WHERE i.subject IS NOT NULL AND v.site_id = ANY(ARRAY[i.site_id]) AND v.token_digest = i.owner
        AND (v.name, v.email) IS DISTINCT FROM (coalesce(i.name, v.name), coalesce(i.email, v.email))),
    arrived AS (
      INSERT INTO visitors (site_id, token_digest, name, email, locale, created_at, user_id, subject)
      SELECT DISTINCT ON (site_id, owner) site_id, owner, coalesce(u.name, i.name), coalesce(u.email, i.email), locale,
        i.created_at, u.id, subject
      FROM input i LEFT JOIN users u ON u.id = i.user_id
      WHERE (SELECT s.id FROM sessions s WHERE s.public_id = i.public_id) IS NULL
      ON CONFLICT (site_id, token_digest) DO NOTHING
      RETURNING id, site_id, token_digest),
    owners AS (
      SELECT id, site_id, token_digest FROM arrived
      UNION ALL
      SELECT v.id, v.site_id, v.token_digest
      FROM (SELECT DISTINCT site_id, owner FROM input) i
        JOIN visitors v ON v.site_id = ANY(ARRAY[i.site_id]) AND v.token_digest = i.owner),
    made AS (
      INSERT INTO sessions (public_id, site_id, agent_id, visitor_id, page, referrer, address, started_at,
        last_activity_at)
      SELECT DISTINCT ON (i.public_id) i.public_id, i.site_id, i.agent_id, o.id, i.page, i.referrer, i.address,
        i.created_at, i.created_at
      FROM input i JOIN owners o ON o.site_id = i.site_id AND o.token_digest = i.owner
      ON CONFLICT (public_id) DO NOTHING
      RETURNING id, public_id)
    SELECT i.place, m.id FROM input i JOIN made m ON m.public_id = i.public_id
    """

  /// Answers `place, version, created_at, role`; the role is null for a message that was not there before.
  static let accept: PostgresStatement = """
    WITH input AS (
      SELECT * FROM unnest($1::int8[], $2::uuid[], $3::text[], $4::jsonb[], $5::timestamptz[], $6::bool[], $7::bool[])
        WITH ORDINALITY AS t(session_id, id, content, metadata, created_at, interrupts, only_duplicate, place)),
    looked AS (
      SELECT i.*, m.created_version AS known_version, m.created_at AS known_at, m.role AS known_role
      FROM input i LEFT JOIN messages m ON m.session_id = ANY(ARRAY[i.session_id]) AND m.id = i.id),
    fresh AS (
      SELECT session_id, count(*) AS steps, max(created_at) AS latest, array_agg(place) AS places,
        array_agg(id) AS ids, array_agg(content) AS contents, array_agg(metadata) AS metadatas,
        array_agg(created_at) AS instants, array_agg(interrupts) AS interruptions
      FROM (
        SELECT * FROM looked WHERE known_version IS NULL AND NOT only_duplicate ORDER BY session_id, place) AS sorted
      GROUP BY session_id),
    moved AS (
      UPDATE sessions s
      SET version = s.version + f.steps, message_count = s.message_count + f.steps, last_activity_at = f.latest,
        status = 'active', ended_at = NULL
      FROM fresh f WHERE s.id = ANY(ARRAY[f.session_id]) AND s.deleted_at IS NULL
      RETURNING f.*, s.version - f.steps AS base),
    numbered AS (
      SELECT m.session_id, m.base + t.step AS version, t.*
      FROM moved m, unnest(m.places, m.ids, m.contents, m.metadatas, m.instants, m.interruptions)
        WITH ORDINALITY AS t(place, id, content, metadata, created_at, interrupts, step)),
    stored AS (
      INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at, metadata)
      SELECT session_id, id, version, version, 'user', 'complete', content, created_at, metadata FROM numbered),
    queued AS (
      INSERT INTO runs (session_id, question_id, place, node, lease_until)
      SELECT session_id, id, CASE WHEN interrupts THEN -version ELSE version END, $8::uuid,
        now() + $9::int8 * interval '1 millisecond'
      FROM numbered)
    SELECT place, version, created_at, NULL FROM numbered
    UNION ALL
    SELECT place, known_version, known_at, known_role FROM looked WHERE known_version IS NOT NULL
    """

  /// Locks sessions whose runs are to begin, before that is decided: two nodes may want to begin one at once. The lock is
  /// a statement of its own, since what the next one sees is what is committed when it begins.
  static let lock: PostgresStatement = """
    SELECT FROM sessions WHERE id = ANY($1::int8[]) ORDER BY id FOR NO KEY UPDATE
    """

  /// Begins runs that are this node's, and are next. Answers `place, version, created_at`.
  static let begin: PostgresStatement = """
    WITH input AS (
      SELECT * FROM unnest($1::int8[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::bool[])
        WITH ORDINALITY AS t(session_id, question_id, answer_id, created_at, relaxed, place)),
    owned AS (
      UPDATE runs r SET answer_id = i.answer_id, relaxed = i.relaxed FROM input i
      WHERE r.session_id = ANY(ARRAY[i.session_id]) AND r.question_id = i.question_id AND r.node = $6::uuid
        AND r.answer_id IS NULL AND NOT EXISTS (
          SELECT FROM runs o
          WHERE o.session_id = ANY(ARRAY[r.session_id]) AND (o.answer_id IS NOT NULL OR o.place < r.place))
      RETURNING i.*),
    moved AS (
      UPDATE sessions s SET version = s.version + 1, message_count = s.message_count + 1
      FROM owned o WHERE s.id = ANY(ARRAY[o.session_id])
      RETURNING o.*, s.version),
    stored AS (
      INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at, reply_to)
      SELECT session_id, answer_id, version, version, 'assistant', 'streaming', '', created_at, question_id FROM moved)
    SELECT place, version, created_at FROM moved
    UNION ALL
    SELECT i.place, m.created_version, m.created_at
    FROM input i JOIN messages m ON m.session_id = ANY(ARRAY[i.session_id]) AND m.id = i.answer_id
    """

  /// Answers `place` for each answer that is this node's to write.
  static let grow = growing("")
  /// The same where some of it may be stored already. To look for that first makes each chunk dearer.
  static let growAgain = growing("ON CONFLICT DO NOTHING")

  private static func growing(_ clause: String) -> PostgresStatement {
    PostgresStatement(
      """
      WITH input AS (
        SELECT * FROM unnest($1::int8[], $2::uuid[], $3::int8[], $4::text[], $5::int8[])
          WITH ORDINALITY AS t(session_id, message_id, byte_offset, content, takeovers, place)),
      owned AS (
        SELECT i.* FROM input i JOIN runs r
          ON r.session_id = ANY(ARRAY[i.session_id]) AND r.answer_id = i.message_id AND r.node = $6::uuid
            AND r.takeovers = i.takeovers),
      stored AS (
        INSERT INTO message_chunks (session_id, message_id, byte_offset, content)
        SELECT session_id, message_id, byte_offset, content FROM owned
        \(clause))
      SELECT place FROM owned
      """)
  }

  /// Answers `place, version`; also for an answer that has ended just so already, since the answer to that was lost. One
  /// that another node has ended otherwise, be it in its calls alone, was not ended by this.
  static let complete: PostgresStatement = """
    WITH input AS (
      SELECT * FROM unnest($1::int8[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
          $8::text[], $9::jsonb[], $10::jsonb[], $11::int8[], $12::int8[], $13::int8[], $14::int8[],
          $15::int8[], $16::int8[], $17::text[], $18::bool[])
        WITH ORDINALITY AS t(session_id, question_id, answer_id, content, status, reason, error_code, error_message,
          tools, citations, input_tokens, output_tokens, processing_ms, takeovers, cached_tokens, cost_picos, currency,
          usage_estimated, place)),
    owned AS (
      DELETE FROM runs r USING input i
      WHERE r.session_id = ANY(ARRAY[i.session_id]) AND r.question_id = i.question_id AND r.answer_id = i.answer_id
        AND r.node = $19::uuid AND r.takeovers = i.takeovers
      RETURNING i.*),
    moved AS (
      UPDATE sessions s SET version = s.version + 1, last_activity_at = now()
      FROM owned o WHERE s.id = ANY(ARRAY[o.session_id])
      RETURNING o.*, s.version),
    ended AS (
      UPDATE messages m
      SET version = o.version, content = o.content, status = o.status, reason = o.reason, error_code = o.error_code,
        error_message = o.error_message, tools = coalesce(o.tools, m.tools), citations = o.citations,
        input_tokens = o.input_tokens, output_tokens = o.output_tokens, processing_ms = o.processing_ms,
        cached_tokens = o.cached_tokens, cost_picos = o.cost_picos, currency = o.currency,
        usage_estimated = o.usage_estimated
      FROM moved o WHERE m.session_id = ANY(ARRAY[o.session_id]) AND m.id = o.answer_id),
    folded AS (
      DELETE FROM message_chunks c USING owned o WHERE c.session_id = ANY(ARRAY[o.session_id]) AND c.message_id = o.answer_id)
    SELECT place, version FROM moved
    UNION ALL
    SELECT i.place, m.version
    FROM input i JOIN messages m ON m.session_id = ANY(ARRAY[i.session_id]) AND m.id = i.answer_id
    WHERE m.status = i.status AND m.content = i.content
      AND (m.reason, m.error_code, m.error_message, m.tools, m.citations, m.input_tokens, m.output_tokens,
          m.processing_ms, m.cached_tokens, m.cost_picos, m.currency)
        IS NOT DISTINCT FROM (i.reason, i.error_code, i.error_message, coalesce(i.tools, m.tools), i.citations,
          i.input_tokens, i.output_tokens, i.processing_ms, i.cached_tokens, i.cost_picos, i.currency)
    """

  /// Changes what describes a session, where nobody has since the change that this one was merged into. Answers
  /// `place, version`.
  static let update: PostgresStatement = """
    WITH input AS (
      SELECT * FROM unnest($1::int8[], $2::uuid[], $3::uuid[], $4::text[], $5::jsonb[], $6::bool[], $7::text[],
          $8::jsonb[])
        WITH ORDINALITY AS t(session_id, id, base, title, context, is_title_set, description, metadata, place))
    UPDATE sessions s
    SET version = s.version + (s.last_update IS DISTINCT FROM i.id)::int,
      last_update_version = CASE WHEN s.last_update IS DISTINCT FROM i.id THEN s.version + 1
        ELSE s.last_update_version END,
      last_update = i.id, title = i.title, context = i.context, is_title_set = i.is_title_set,
      description = i.description, metadata = i.metadata
    FROM input i
    WHERE s.id = ANY(ARRAY[i.session_id]) AND s.deleted_at IS NULL AND (s.last_update IS NOT DISTINCT FROM i.base OR s.last_update = i.id)
    RETURNING i.place, s.last_update_version
    """

  /// Fails, and so undoes what its transaction has done before.
  static let undo: PostgresStatement = "SELECT 1 / 0"

  /// Marks runs as to be stopped.
  static let stop: PostgresStatement = """
    UPDATE runs r SET stopping = true FROM unnest($1::int8[], $2::uuid[]) AS i(session_id, question_id)
    WHERE r.session_id = ANY(ARRAY[i.session_id]) AND r.question_id = i.question_id
    """

  /// Drops questions that wait.
  static let drop: PostgresStatement = """
    DELETE FROM runs r USING unnest($1::int8[], $2::uuid[]) AS i(session_id, question_id)
    WHERE r.session_id = ANY(ARRAY[i.session_id]) AND r.question_id = i.question_id AND r.answer_id IS NULL
    """
}
