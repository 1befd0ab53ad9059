package import Conversation
import Postgres

/// Tickets are rows, so that every node knows which of them were used.
extension PostgresStore {
  package func issueTicket(
    _ digest: [UInt8], for session: SessionKey, seconds: Int64
  ) async throws(StoreError) -> Int64 {
    let rows = try await asking { () async throws(PostgresError) in
      try await reads.query(
        Statements.issueTicket, [.bytea(digest), .int8(session.rawValue), .int8(seconds)])
    }
    return try decoding { () throws(PostgresError) in try rows.milliseconds(0, 0) }
  }

  package func useTicket(
    _ digest: [UInt8], for session: SessionID, resumes: Bool, seconds: Int64
  ) async throws(StoreError) -> [UInt8]? {
    let rows = try await asking { () async throws(PostgresError) in
      try await reads.query(
        Statements.useTicket, [.bytea(digest), .text(session.text), .bool(resumes), .int8(seconds)])
    }
    guard rows.count > 0 else { return nil }
    return try decoding { () throws(PostgresError) in try rows.bytes(0, 0) }
  }
}

extension Statements {
  /// Answers when the ticket expires. Some that have expired go.
  static let issueTicket: PostgresStatement = """
    WITH gone AS (
      DELETE FROM tickets WHERE digest IN (
        SELECT digest FROM tickets WHERE expires_at < now() ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED))
    INSERT INTO tickets (digest, session_id, expires_at)
    VALUES ($1, $2, now() + $3::int8 * interval '1 second')
    RETURNING expires_at
    """

  /// Answers the token's digest of the session's owner, where the ticket is good for it.
  static let useTicket: PostgresStatement = """
    UPDATE tickets t
    SET opened_at = coalesce(t.opened_at, now()), expires_at = now() + $4::int8 * interval '1 second'
    FROM sessions s JOIN visitors v ON v.id = s.visitor_id
    WHERE t.digest = $1 AND s.id = t.session_id AND s.public_id = $2 AND t.expires_at > now()
      AND (t.opened_at IS NULL OR $3::bool)
    RETURNING v.token_digest
    """
}
