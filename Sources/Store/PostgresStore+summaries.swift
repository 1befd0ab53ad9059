package import Conversation
import Postgres

/// What models are told of turns that are too many to be told as they are.
extension PostgresStore {
  package func summary(of session: SessionKey) async throws(StoreError) -> StoredSummary? {
    let rows = try await read(Statements.summary, [.int8(session.rawValue)])
    guard rows.count > 0 else { return nil }
    return try decoding { () throws(PostgresError) in
      StoredSummary(text: try rows.text(0, 0), through: try rows.int(0, 1))
    }
  }

  package func keep(_ summary: StoredSummary, of session: SessionKey) async throws(StoreError) {
    // PostgreSQL can't store U+0000 in a text.
    let text = summary.text.replacing("\0", with: "\u{FFFD}")
    _ = try await asking { () async throws(PostgresError) in
      try await reads.query(
        Statements.keepSummary, [.int8(session.rawValue), .text(text), .int8(summary.through)])
    }
  }
}

extension Statements {
  static let summary: PostgresStatement =
    "SELECT content, through FROM session_summaries WHERE session_id = $1::int8"

  /// For a session that was deleted meanwhile nothing is kept.
  fileprivate static let keepSummary: PostgresStatement = """
    INSERT INTO session_summaries AS k (session_id, content, through)
    SELECT s.id, $2::text, $3::int8 FROM sessions s WHERE s.id = $1::int8 AND s.deleted_at IS NULL
    ON CONFLICT (session_id) DO UPDATE SET content = excluded.content, through = excluded.through
    WHERE k.through < excluded.through
    """
}
