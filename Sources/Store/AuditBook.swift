package import JSONWire
package import Postgres

/// Who does something, and from where.
package struct AuditOrigin: Sendable, Equatable {
  package enum Actor: Sendable, Equatable {
    case user(Int64)
    case key(Int64)
    case visitor(Int64)
    /// Whoever could start the program with the database's password.
    case command
    /// A server of the deployment, by itself.
    case server
    case nobody
  }

  package var actor: Actor
  /// The client's address.
  package var address: String?
  /// The request's id, which its log lines have too.
  package var request: String?

  package init(_ actor: Actor, address: String? = nil, request: String? = nil) {
    self.actor = actor
    self.address = address
    self.request = request
  }

  /// From a command of the program.
  package static let command = AuditOrigin(.command)

  /// The same from somebody who is known by now.
  package func by(_ actor: Actor) -> AuditOrigin { AuditOrigin(actor, address: address, request: request) }
}

/// What is noted.
package enum AuditAction: String, Sendable, CaseIterable {
  case userCreated = "user.created"
  case userChanged = "user.changed"
  case userDeleted = "user.deleted"
  case passwordChanged = "user.password_changed"
  case membershipChanged = "user.membership_changed"
  case loggedIn = "login.succeeded"
  case loginFailed = "login.failed"
  case loggedOut = "login.ended"
  case tokenReused = "login.token_reused"
  case keyCreated = "key.created"
  case keyRevoked = "key.revoked"
  case siteCreated = "site.created"
  case siteChanged = "site.changed"
  case agentCreated = "agent.created"
  case agentChanged = "agent.changed"
  case agentDeleted = "agent.deleted"
  case documentStored = "document.stored"
  case documentDeleted = "document.deleted"
  case visitorMerged = "visitor.merged"
  case exported = "data.exported"
  case imported = "data.imported"
  case deleted = "data.deleted"
}

/// A row of the record.
package struct AuditRecord: Sendable, Equatable {
  package let id: Int64
  /// Milliseconds since 1970.
  package let at: Int64
  package let actorKind: String
  package let actor: String?
  package let action: String
  package let target: String?
  /// The site's key, where that is still there.
  package let site: String?
  package let address: String?
  package let request: String?
  /// A JSON object.
  package let details: [UInt8]
}

/// What was done, by whom: rows are added, and never changed. A change is noted by the statement that makes it
/// (`AuditNote`), so that neither is there without the other.
package struct AuditBook: Sendable {
  private let client: PostgresClient

  package init(_ client: PostgresClient) { self.client = client }

  /// Notes something that no statement of its own has done.
  /// - Parameters:
  ///   - target: what it was done to, such as `user:17`. Never a secret, nor what somebody has typed.
  ///   - site: the site's number.
  package func record(
    _ action: AuditAction, target: String? = nil, site: Int64? = nil, details: JSONObject = JSONObject(),
    by origin: AuditOrigin
  ) async throws(PostgresError) {
    let (statement, parameters) = Self.step(action, target: target, site: site, details: details, by: origin)
    _ = try await client.query(statement, parameters)
  }

  /// The same as a step of a transaction that does it.
  package static func step(
    _ action: AuditAction, target: String? = nil, site: Int64? = nil, details: JSONObject = JSONObject(),
    by origin: AuditOrigin
  ) -> (PostgresStatement, [PostgresValue]) {
    let parameters = AuditNote.parameters(action, by: origin, details: details)
    return (Statements.record, parameters + [target.map { .text($0) } ?? .null, site.map { .int8($0) } ?? .null])
  }

  /// The number of a visitor of a site, by the digest that its sessions are known by; nil where it has none.
  package func visitor(_ owner: [UInt8], of site: Int64) async throws(PostgresError) -> Int64? {
    let rows = try await client.query(Statements.visitorNumber, [.int8(site), .bytea(owner)])
    return rows.count > 0 ? try rows.int(0, 0) : nil
  }

  /// The rows of some sites, or all, the newest first.
  /// - Parameters:
  ///   - sites: their numbers; nil: all, and those of no site.
  ///   - before: only those that are older than the one of that number.
  package func list(
    sites: [Int64]? = nil, before: Int64? = nil, limit: Int
  ) async throws(PostgresError) -> [AuditRecord] {
    let rows = try await client.query(
      Statements.auditRows,
      [sites.map { .int8s($0) } ?? .null, before.map { .int8($0) } ?? .null, .int8(Int64(limit))])
    return try (0..<rows.count).map { row throws(PostgresError) in
      AuditRecord(
        id: try rows.int(row, 0), at: try rows.milliseconds(row, 1), actorKind: try rows.text(row, 2),
        actor: try rows.optional(row, 3, rows.text), action: try rows.text(row, 4),
        target: try rows.optional(row, 5, rows.text), site: try rows.optional(row, 6, rows.text),
        address: try rows.optional(row, 7, rows.text), request: try rows.optional(row, 8, rows.text),
        details: try rows.bytes(row, 9))
    }
  }
}

/// The part of a statement that notes what another part of it has done.
enum AuditNote {
  /// Parameters that a note takes.
  static let count = 6

  /// A common table expression.
  /// - Parameters:
  ///   - rows: another one, of which each row is noted.
  ///   - target: an expression over `rows`.
  ///   - site: an expression over `rows`.
  ///   - first: the number of the first of its parameters.
  static func expression(of rows: String, target: String, site: String = "NULL", from first: Int) -> String {
    """
    noted AS (
      INSERT INTO audit (actor_kind, actor_id, action, address, request_id, details, target, site_id)
      SELECT $\(first)::text, $\(first + 1)::text, $\(first + 2)::text, $\(first + 3)::text, $\(first + 4)::text,
        $\(first + 5)::text::jsonb, \(target), \(site)::int8
      FROM \(rows))
    """
  }

  static func parameters(
    _ action: AuditAction, by origin: AuditOrigin, details: JSONObject = JSONObject()
  ) -> [PostgresValue] {
    let (kind, id): (String, Int64?) =
      switch origin.actor {
      case .user(let id): ("user", id)
      case .key(let id): ("key", id)
      case .visitor(let id): ("visitor", id)
      case .command: ("command", nil)
      case .server: ("server", nil)
      case .nobody: ("nobody", nil)
      }
    return [
      .text(kind), id.map { .text("\($0)") } ?? .null, .text(action.rawValue),
      origin.address.map { .text($0) } ?? .null, origin.request.map { .text($0) } ?? .null,
      .utf8(JSONValue.object(details).bytes),
    ]
  }
}

extension Statements {
  fileprivate static let record = PostgresStatement(
    """
    WITH said AS (SELECT $7::text AS target, $8::int8 AS site),
    \(AuditNote.expression(of: "said", target: "said.target", site: "said.site", from: 1))
    SELECT 1
    """)

  fileprivate static let visitorNumber: PostgresStatement = """
    SELECT id FROM visitors WHERE site_id = $1::int8 AND token_digest = $2::bytea
    """

  fileprivate static let auditRows: PostgresStatement = """
    SELECT a.id, a.at, a.actor_kind, a.actor_id, a.action, a.target, s.key, a.address, a.request_id, a.details::text
    FROM audit a LEFT JOIN sites s ON s.id = a.site_id
    WHERE ($1::int8[] IS NULL OR a.site_id = ANY($1::int8[])) AND ($2::int8 IS NULL OR a.id < $2::int8)
    ORDER BY a.id DESC LIMIT $3::int8
    """
}
