import Postgres

/// The SQL of the store. Reads of messages answer the columns of `messageColumns`, in their order.
enum Statements {
  /// A message's columns; the content of an answer in the making is put together from its chunks.
  static let messageColumns = """
    m.id, m.version, m.created_version, m.role, m.status,
    CASE WHEN m.status = 'streaming' THEN coalesce(
      (SELECT string_agg(c.content, '' ORDER BY c.byte_offset) FROM message_chunks c
       WHERE c.session_id = m.session_id AND c.message_id = m.id), '') ELSE m.content END AS content,
    m.created_at, m.reply_to, m.replaced_by, m.reason, m.error_code, m.error_message, m.tools::text AS tools,
    m.citations::text AS citations, m.input_tokens, m.output_tokens, m.processing_ms, m.feedback,
    m.metadata::text AS metadata, m.rated_version, m.cached_tokens, m.reasoning::text AS reasoning,
    m.usage_estimated
    """

  /// How many these are.
  static let messageColumnCount = 23

  /// For the rest of a transaction: one plan for all parameters. Left to itself the planner makes most of these plans
  /// anew for each session, which takes longer than reading it.
  static let readSettings: PostgresStatement = """
    SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)
    """

  /// Sessions by their public ids: each one's place first, as in the next two, its own columns, whether it has runs, and
  /// the messages that changed after a version, a row each; one without a message where there are none, or where the
  /// version is null. Most of those who come back have everything: no message is touched for them.
  static let sessions = PostgresStatement(
    """
    SELECT i.place, s.id, s.site_id, v.token_digest, s.version, s.title, nullif(s.context, '{}')::text, s.agent_id,
      s.last_update, s.description, nullif(s.metadata, '{}')::text, s.is_title_set, s.deleted_at IS NOT NULL,
      r.session_id IS NOT NULL, m.*
    FROM unnest($1::text[], $2::int8[], $3::int8[]) WITH ORDINALITY AS i(id, since, most, place)
      JOIN sessions s ON s.public_id = ANY(ARRAY[i.id])
      JOIN visitors v ON v.id = ANY(ARRAY[s.visitor_id])
      LEFT JOIN LATERAL (SELECT r.session_id FROM runs r WHERE r.session_id = s.id LIMIT 1) r ON true
      LEFT JOIN LATERAL (
        SELECT \(messageColumns) FROM messages m
        WHERE s.version > i.since AND m.session_id = s.id AND m.version > i.since
        ORDER BY m.version LIMIT i.most) m ON true
    """)

  /// Sessions' runs in the order in which they are answered: question, its content, place, whether to stop, whether it
  /// is this node's, answer's id, takeovers, whether it is relaxed, answer.
  static let runs = PostgresStatement(
    """
    SELECT i.place, r.question_id, q.content, r.place, r.stopping, r.node = $2::uuid, r.answer_id, r.takeovers,
      r.relaxed, a.*
    FROM unnest($1::text[]) WITH ORDINALITY AS i(id, place) JOIN sessions s ON s.public_id = ANY(ARRAY[i.id])
      JOIN runs r ON r.session_id = ANY(ARRAY[s.id])
      JOIN messages q ON q.session_id = ANY(ARRAY[r.session_id]) AND q.id = r.question_id
      LEFT JOIN LATERAL (
        SELECT \(messageColumns) FROM messages m
        WHERE m.session_id = ANY(ARRAY[r.session_id]) AND m.id = r.answer_id) a ON true
    ORDER BY i.place, r.answer_id IS NULL, r.place
    """)

  /// Sessions' latest messages before a version, newest first, or those that changed after one, in the order of their
  /// changes, which finds them by an index; a row without a message where there are none.
  static let pages = PostgresStatement(
    """
    SELECT i.place, s.version, m.*
    FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[]) WITH ORDINALITY AS i(id, since, before, most, place)
      JOIN sessions s ON s.public_id = ANY(ARRAY[i.id])
      LEFT JOIN LATERAL (
        (SELECT \(messageColumns) FROM messages m
          WHERE i.since IS NULL AND m.session_id = s.id AND m.created_version < i.before
          ORDER BY m.created_version DESC LIMIT i.most)
        UNION ALL
        (SELECT \(messageColumns) FROM messages m
          WHERE s.version > i.since AND m.session_id = s.id AND m.version > i.since
          ORDER BY m.version LIMIT i.most)) m ON true
    """)

  // MARK: News

  /// What has changed in a session since a version, in one statement, since that sees one snapshot. Answers version,
  /// title, context, last update, description, metadata and whether the title was chosen, and behind them rows of three
  /// kinds: runs, as by `runs`, with those answers that were begun since; messages; and once, with context, metadata and
  /// the owner's digest, what is committed of an answer in the making from an offset on. Nothing of a session that was
  /// deleted.
  static let news = PostgresStatement(
    """
    SELECT s.version, s.title, CASE n.kind WHEN 'tail' THEN s.context::text END, s.last_update, s.description,
      CASE n.kind WHEN 'tail' THEN s.metadata::text END, s.is_title_set, n.*,
      CASE n.kind WHEN 'tail' THEN (SELECT v.token_digest FROM visitors v WHERE v.id = s.visitor_id) END
    FROM sessions s CROSS JOIN LATERAL (
      SELECT 'run' AS kind, r.question_id, q.content AS text, r.place, r.stopping, r.node = $2::uuid, r.answer_id, r.takeovers,
        r.relaxed, a.*
      FROM runs r JOIN messages q ON q.session_id = r.session_id AND q.id = r.question_id
        LEFT JOIN LATERAL (
          SELECT \(messageColumns) FROM messages m
          WHERE m.session_id = r.session_id AND m.id = r.answer_id AND m.created_version > $3::int8) a ON true
      WHERE r.session_id = $1::int8
      UNION ALL
      SELECT 'message', \(nulls(8)), c.*
      FROM (
        SELECT \(messageColumns) FROM messages m WHERE m.session_id = $1::int8 AND m.version > $3::int8
        ORDER BY m.created_version LIMIT $4::int8) c
      UNION ALL
      SELECT 'tail', NULL, coalesce(string_agg(c.content, '' ORDER BY c.byte_offset), ''), \(nulls(6 + messageColumnCount))
      FROM message_chunks c
      WHERE c.session_id = $1::int8 AND c.message_id = $5::uuid AND c.byte_offset >= $6::int8) n
    WHERE s.id = $1::int8 AND s.deleted_at IS NULL
    """)

  private static func nulls(_ count: Int) -> String { Array(repeating: "NULL", count: count).joined(separator: ", ") }

  /// The turns before a question, newest first; of an answer that was replaced, what replaced it.
  static let turns: PostgresStatement = """
    SELECT m.role, m.content, m.created_version FROM messages m
    WHERE m.session_id = $1 AND m.content <> '' AND m.status <> 'streaming' AND m.replaced_by IS NULL AND m.created_version <
      (SELECT q.created_version FROM messages q WHERE q.session_id = $1 AND q.id = $2)
    ORDER BY m.created_version DESC LIMIT $3
    """

  // MARK: Leases

  /// Runs that are younger than a second wait for the next round, most of them for nothing. So do those that the journal
  /// is just changing: who waits for some of its rows while it holds others is in a deadlock with it, and it commits
  /// nothing for the second that PostgreSQL takes to notice. The last parameter is whether leases are left that have run
  /// out. A node that could not renew for half a lease is not steady for the time of one.
  static let renew: PostgresStatement = """
    WITH lease AS (SELECT $2::int8 * interval '1 millisecond' AS time),
    renewed AS (
      UPDATE nodes SET renewed_at = now(),
        steady_from = CASE WHEN renewed_at < now() - time / 2 THEN now() + time ELSE steady_from END
      FROM lease WHERE id = $1::uuid),
    held AS (
      SELECT session_id, question_id FROM runs
      WHERE node = $1::uuid AND lease_until < now() + ($2::int8 - 1000) * interval '1 millisecond'
        AND NOT ($3::bool AND lease_until <= now())
      FOR UPDATE SKIP LOCKED)
    UPDATE runs r SET lease_until = now() + $2::int8 * interval '1 millisecond'
    FROM held h WHERE r.session_id = ANY(ARRAY[h.session_id]) AND r.question_id = h.question_id
    """

  /// Where all that was shown is committed, another node may continue what was shown before it was; but not what this one
  /// has taken over, of which it does not know what was shown.
  static let release: PostgresStatement = """
    UPDATE runs SET lease_until = now(), relaxed = relaxed AND NOT ($2::bool AND takeovers = 0)
    WHERE node = $1::uuid
    """

  /// Lets a node's runs go but those of some questions. Those that the journal is just changing stay, as above. Answers
  /// how many it was.
  static let handOver: PostgresStatement = """
    WITH idle AS (
      SELECT session_id, question_id FROM runs
      WHERE node = $1::uuid AND lease_until > now() AND question_id <> ALL($2::uuid[])
      FOR UPDATE SKIP LOCKED),
    released AS (
      UPDATE runs r SET lease_until = now(), relaxed = r.relaxed AND r.takeovers > 0
      FROM idle i WHERE r.session_id = ANY(ARRAY[i.session_id]) AND r.question_id = i.question_id
      RETURNING 1)
    SELECT count(*) FROM released
    """

  /// Takes over the runs of nodes that are gone. Answers the sessions' public ids, the transaction's own, and whether an
  /// answer was begun in any of them. A database that was away comes back for all nodes, but not at the same moment: who
  /// is not steady can't tell whose leases have run out for no other reason. That is looked at here and not before, since
  /// the database may be away while this statement is on its way.
  static let claim: PostgresStatement = """
    WITH expired AS (
      SELECT r.session_id, r.question_id FROM runs r
      WHERE r.lease_until < now() AND r.node <> $1::uuid
        AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = $1::uuid
          AND (n.steady_from > now() OR n.renewed_at < now() - $2::int8 / 2 * interval '1 millisecond'))
      ORDER BY r.session_id LIMIT 1000 FOR UPDATE SKIP LOCKED),
    taken AS (
      UPDATE runs r SET node = $1::uuid, lease_until = now() + $2::int8 * interval '1 millisecond',
        takeovers = r.takeovers + (r.answer_id IS NOT NULL)::int
      FROM expired e WHERE r.session_id = ANY(ARRAY[e.session_id]) AND r.question_id = e.question_id
      RETURNING r.session_id, r.answer_id)
    SELECT s.public_id, pg_current_xact_id()::text::int8, bool_or(bool_or(t.answer_id IS NOT NULL)) OVER ()
    FROM taken t JOIN sessions s ON s.id = t.session_id
    GROUP BY s.public_id
    """

  /// Whether a server's statement still sees the database as it was before a transaction; the oldest transaction that
  /// has written and may be under way.
  static let horizon: PostgresStatement = """
    SELECT EXISTS (
        SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
          AND application_name = current_setting('application_name')
          AND age(backend_xmin) >= age($1::int8::text::xid8::xid)),
      pg_snapshot_xmin(pg_current_snapshot())::text::int8
    """

  /// A transaction's id that is above those of all that have written until now.
  static let nextTransaction: PostgresStatement = "SELECT pg_current_xact_id()::text::int8"

  /// The sessions of a node's runs.
  static let owned: PostgresStatement = """
    SELECT DISTINCT s.public_id FROM runs r JOIN sessions s ON s.id = r.session_id WHERE r.node = $1::uuid
    """

  // MARK: Nodes

  /// Notes that a node lives, and answers how many others do.
  static let beat: PostgresStatement = """
    WITH own AS (
      INSERT INTO nodes (id, address, connections, sessions) VALUES ($1::uuid, $2, $3, $4)
      ON CONFLICT (id) DO UPDATE
      SET seen_at = now(), connections = excluded.connections, sessions = excluded.sessions),
    gone AS (
      DELETE FROM nodes WHERE seen_at < now() - interval '1 day')
    SELECT count(*) FROM nodes WHERE id <> $1::uuid AND seen_at > now() - $5::int8 * interval '1 millisecond'
    """

  static let leave: PostgresStatement = "DELETE FROM nodes WHERE id = $1::uuid"

  /// Tells all nodes something. It need not be on disk: who is not there then has to look for itself anyway.
  static let notify = PostgresStatement(
    """
    SELECT set_config('synchronous_commit', 'off', true), pg_notify('\(PostgresStore.channel)', $1)
    """)

  /// Which of the sessions another node has changed: by version, or by a stop of this node's run. Answers their places.
  static let changedSessions: PostgresStatement = """
    SELECT i.place
    FROM unnest($1::int8[], $2::int8[]) WITH ORDINALITY AS i(id, version, place)
      LEFT JOIN sessions s ON s.id = ANY(ARRAY[i.id])
    WHERE s.id IS NULL OR s.version > i.version
      OR EXISTS (SELECT FROM runs r WHERE r.session_id = ANY(ARRAY[i.id]) AND (r.stopping OR r.node <> $3::uuid))
    """
}
