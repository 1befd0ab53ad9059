package import Conversation
import Postgres

/// What agents have done for answers that are being made.
extension PostgresStore {
  package func steps(
    of session: SessionKey, to answer: MessageID
  ) async throws(StoreError) -> [StoredStep] {
    let rows = try await read(Statements.steps, [.int8(session.rawValue), .uuid(answer.uuid)])
    return try decoding { () throws(PostgresError) in
      try (0..<rows.count).map { row throws(PostgresError) in
        StoredStep(offset: Int(try rows.int(row, 0)), content: try rows.bytes(row, 1))
      }
    }
  }

  package func standing(
    of call: String, in answer: MessageID, of session: SessionKey
  ) async throws(StoreError) -> StoredStanding {
    let rows = try await read(
      Statements.standing, [.int8(session.rawValue), .uuid(answer.uuid), .text(call)])
    guard rows.count > 0 else { return StoredStanding() }
    return try decoding { () throws(PostgresError) in
      StoredStanding(
        verdict: rows.isNull(0, 0) ? nil : ToolVerdict(rawValue: try rows.text(0, 0)),
        millisecondsLeft: rows.isNull(0, 1) ? nil : try rows.int(0, 1))
    }
  }
}

extension Statements {
  static let steps: PostgresStatement = """
    SELECT byte_offset, content FROM answer_steps WHERE session_id = $1::int8 AND message_id = $2::uuid
    ORDER BY takeovers, number
    """

  /// What was decided of a call, and how long persons may still take to decide it, in milliseconds.
  static let standing: PostgresStatement = """
    SELECT d.verdict, (extract(epoch FROM (r.waits->>$3::text)::timestamptz - now()) * 1000)::int8
    FROM runs r
      LEFT JOIN tool_decisions d
        ON d.session_id = $1::int8 AND d.message_id = $2::uuid AND d.call_id = $3::text
    WHERE r.session_id = $1::int8 AND r.answer_id = $2::uuid
    """

  /// Keeps steps of answers that are this node's to write. Answers `place`.
  static let keep: PostgresStatement = """
    WITH input AS (
      SELECT * FROM unnest($1::int8[], $2::uuid[], $3::int8[], $4::int8[], $5::int8[], $6::text[])
        WITH ORDINALITY AS t(session_id, answer_id, takeovers, number, byte_offset, content, place)),
    owned AS (
      SELECT i.* FROM input i JOIN runs r
        ON r.session_id = ANY(ARRAY[i.session_id]) AND r.answer_id = i.answer_id AND r.node = $7::uuid
          AND r.takeovers = i.takeovers),
    stored AS (
      INSERT INTO answer_steps (session_id, message_id, takeovers, number, byte_offset, content)
      SELECT session_id, answer_id, takeovers, number, byte_offset, content FROM owned
      ON CONFLICT DO NOTHING)
    SELECT place FROM owned
    """

  /// Removes the steps of answers that have ended.
  static let forgetSteps: PostgresStatement = """
    DELETE FROM answer_steps a USING unnest($1::int8[], $2::uuid[]) AS i(session_id, answer_id)
    WHERE a.session_id = ANY(ARRAY[i.session_id]) AND a.message_id = i.answer_id AND NOT EXISTS (
      SELECT FROM runs r WHERE r.session_id = ANY(ARRAY[i.session_id]) AND r.answer_id = i.answer_id)
    """
}
