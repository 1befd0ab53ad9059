package import Accounts
package import Conversation
package import Postgres

/// The one session that somebody is in who names none: the latest, or a new one.
package struct CurrentSession: Sendable, Equatable {
  package let id: SessionID
  package let wasMade: Bool

  /// Finds it, or makes it. Two who come at once for the same person are given the same one.
  /// - Parameters:
  ///   - candidate: the id of one that is made.
  ///   - agent: the number of the agent of one that is made.
  package static func of(
    _ bearer: Bearer, on site: Int64, candidate: SessionID, agent: Int64, address: String?, _ client: PostgresClient
  ) async throws(PostgresError) -> CurrentSession {
    let parameters: [PostgresValue] = [
      .int8(site), .bytea(bearer.owner), bearer.name.map { .text($0) } ?? .null,
      bearer.email.map { .text($0) } ?? .null, bearer.user.map { .int8($0) } ?? .null,
      bearer.subject.map { .text($0) } ?? .null, .text(candidate.text), .int8(agent),
      address.map { .text($0) } ?? .null,
    ]
    // The lock is a statement of its own: who waits for it sees what the other has made.
    let results = try await client.transaction([
      (Statements.lockPerson, [.bytea(bearer.owner)]), (Statements.currentSession, parameters),
    ])
    guard let id = SessionID(try results[1].text(0, 0)) else {
      throw PostgresError(.decoding, "a session's id is none")
    }
    return CurrentSession(id: id, wasMade: try results[1].bool(0, 1))
  }
}

extension Statements {
  static let lockPerson: PostgresStatement = """
    SELECT pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 0))
    """

  /// The visitor that stands for somebody on a site, made where there is none: `$1` to `$6`.
  static let person = """
    person AS (
      INSERT INTO visitors AS v (site_id, token_digest, name, email, user_id, subject)
      SELECT $1::int8, $2::bytea, coalesce(u.name, $3::text), coalesce(u.email, $4::text), u.id, $6::text
      FROM (SELECT 1) one LEFT JOIN users u ON u.id = $5::int8
      ON CONFLICT (site_id, token_digest) DO UPDATE SET token_digest = excluded.token_digest
      RETURNING v.id)
    """

  fileprivate static let currentSession = PostgresStatement(
    """
    WITH \(person),
    found AS (
      SELECT s.public_id FROM sessions s JOIN person p ON s.visitor_id = p.id
      WHERE s.deleted_at IS NULL ORDER BY s.id DESC LIMIT 1),
    made AS (
      INSERT INTO sessions (public_id, site_id, agent_id, visitor_id, address, started_at, last_activity_at)
      SELECT $7::text, $1::int8, $8::int8, p.id, $9::text, now(), now() FROM person p
      WHERE NOT EXISTS (SELECT FROM found)
      RETURNING public_id)
    SELECT public_id, false FROM found UNION ALL SELECT public_id, true FROM made
    """)
}
