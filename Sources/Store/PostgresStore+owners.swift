import Accounts
package import Conversation
import JSONWire
import Postgres

/// Whose sessions are.
extension PostgresStore {
  package func owner(of session: SessionKey) async throws(StoreError) -> [UInt8]? {
    let rows = try await read(Statements.owner, [.int8(session.rawValue)])
    guard rows.count > 0 else { return nil }
    return try decoding { () throws(PostgresError) in try rows.bytes(0, 0) }
  }

  package func merge(_ merging: VisitorMerging) async throws(StoreError) -> [SessionID] {
    let bearer = merging.bearer
    let parameters: [PostgresValue] = [
      .int8(merging.site), .bytea(merging.visitor), .bytea(bearer.owner), bearer.name.map { .text($0) } ?? .null,
      bearer.email.map { .text($0) } ?? .null, bearer.user.map { .int8($0) } ?? .null,
      bearer.subject.map { .text($0) } ?? .null,
    ]
    // What is noted is who has gone over to whom, by their numbers.
    let note = AuditNote.parameters(.visitorMerged, by: AuditOrigin(.server, address: merging.address))
    let rows = try await asking { () async throws(PostgresError) in
      var attempts = 0
      while true {
        do throws(PostgresError) {
          return try await reads.query(Statements.merge, parameters + note)
        } catch {
          // The journal locks the same rows, in an order of its own.
          attempts += 1
          guard attempts < 3, error.sqlstate == "40P01" else { throw error }
        }
      }
    }
    return (0..<rows.count).compactMap { row in (try? rows.text(row, 0)).flatMap(SessionID.init) }
  }

  package func noteUse(ofKey key: Int64) async throws(StoreError) {
    _ = try await asking { () async throws(PostgresError) in try await KeyBook.noteUse(of: [key], reads) }
  }
}

extension Statements {
  static let owner: PostgresStatement = """
    SELECT v.token_digest FROM sessions s JOIN visitors v ON v.id = ANY(ARRAY[s.visitor_id]) WHERE s.id = $1
    """

  /// Each session gets a version more, so that every server that has it in memory notices. Where there is nothing to
  /// move, nobody is made.
  static let merge = PostgresStatement(
    """
    WITH old AS (
      SELECT v.id FROM visitors v
      WHERE v.site_id = $1::int8 AND v.token_digest = $2::bytea AND v.user_id IS NULL AND v.subject IS NULL
        AND EXISTS (SELECT FROM sessions s WHERE s.visitor_id = v.id)),
    person AS (
      INSERT INTO visitors AS v (site_id, token_digest, name, email, user_id, subject)
      SELECT $1::int8, $3::bytea, coalesce(u.name, $4::text), coalesce(u.email, $5::text), u.id, $7::text
      FROM old LEFT JOIN users u ON u.id = $6::int8
      ON CONFLICT (site_id, token_digest) DO UPDATE
      SET name = coalesce(excluded.name, v.name), email = coalesce(excluded.email, v.email)
      RETURNING v.id),
    held AS (
      SELECT s.id FROM sessions s JOIN old ON s.visitor_id = old.id ORDER BY s.id FOR NO KEY UPDATE OF s),
    moved AS (
      UPDATE sessions s SET visitor_id = person.id, version = s.version + 1
      FROM held, person WHERE s.id = held.id
      RETURNING s.public_id),
    theirs AS (
      UPDATE databases d SET visitor_id = person.id FROM old, person WHERE d.visitor_id = old.id),
    pair AS (SELECT old.id AS old, person.id AS person FROM old, person),
    \(AuditNote.expression(of: "pair", target: "'visitor:' || pair.old || '>' || pair.person", site: "$1", from: 8))
    SELECT public_id FROM moved
    """)
}
