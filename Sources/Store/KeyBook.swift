package import Accounts
import JSONWire
package import Postgres

/// An API key as it is stored: not the key itself.
package struct KeyRecord: Sendable, Equatable {
  package let id: Int64
  /// What it is told by.
  package let prefix: String
  package let name: String
  /// The key of the only site that it is good for; nil: all.
  package let site: String?
  package let scopes: [String]
  /// Milliseconds since 1970.
  package let createdAt: Int64
  package let expiresAt: Int64?
  package let revokedAt: Int64?
  /// To within a minute.
  package let lastUsedAt: Int64?
}

/// Why a key can't be as it is asked for.
package enum KeyError: Error, Equatable, CustomStringConvertible {
  case noSuchKey(String)
  case noSuchSite(String)
  case badName
  case noScope
  /// Not within 10 years.
  case badLifetime

  package var description: String {
    switch self {
    case .noSuchKey(let prefix): "there is no key \(prefix) that could be revoked"
    case .noSuchSite(let key): "there is no site \(key)"
    case .badName: "a key has a name of 1 to 200 characters"
    case .noScope: "a key has a scope: \(APIScope.allCases.map(\.rawValue).joined(separator: ", "))"
    case .badLifetime: "a key lasts 1 to 3650 days, or for ever"
    }
  }
}

/// The keys of servers. Each is known by its digest alone; what it is good for stands in `Credentials`.
package struct KeyBook: Sendable {
  private let client: PostgresClient
  private let origin: AuditOrigin

  /// - Parameter origin: who does what is done here.
  package init(_ client: PostgresClient, by origin: AuditOrigin) {
    self.client = client
    self.origin = origin
  }

  /// Makes a key. It is told here, and nowhere else ever.
  /// - Parameters:
  ///   - site: the key of the only site that it is good for; nil: all.
  ///   - lifetime: in seconds; nil: for ever.
  package func issue(
    name: String, site: String? = nil, scopes: Set<APIScope>, lifetime: Int64? = nil
  ) async throws -> (key: APIKey, record: KeyRecord) {
    guard (1...200).contains(name.unicodeScalars.count), !name.utf8.contains(0) else { throw KeyError.badName }
    guard !scopes.isEmpty else { throw KeyError.noScope }
    if let lifetime, !(1...3650 * 86_400).contains(lifetime) { throw KeyError.badLifetime }
    let words = scopes.map(\.rawValue).sorted()
    var creator: Int64?
    if case .user(let id) = origin.actor { creator = id }
    let note = AuditNote.parameters(
      .keyCreated, by: origin, details: JSONObject([("scopes", .array(words.map { .string($0) }))]))
    // Two keys hardly ever begin alike.
    for _ in 0..<3 {
      let key = APIKey.random()
      let rows = try await client.query(
        Statements.issueKey,
        [
          .text(key.shown), .bytea(key.digest), .text(name), site.map { .text($0) } ?? .null, .texts(words),
          creator.map { .int8($0) } ?? .null, lifetime.map { .int8($0) } ?? .null,
        ] + note)
      if rows.count > 0 { return (key, try rows.key(0)) }
      if let site { try await check(site) }
    }
    throw PostgresError(.timeout, "no new key could be made")
  }

  /// The keys of some sites, or all, those that are not good any more among them, the newest first.
  /// - Parameter sites: their numbers; nil: all, and those that are good for all sites.
  package func list(sites: [Int64]? = nil) async throws(PostgresError) -> [KeyRecord] {
    let rows = try await client.query(Statements.keys, [sites.map { .int8s($0) } ?? .null])
    return try (0..<rows.count).map { row throws(PostgresError) in try rows.key(row) }
  }

  /// Ends a key. Servers that run refuse it within seconds.
  /// - Parameters:
  ///   - prefix: what lists show of it.
  ///   - sites: the sites whose keys may be revoked; nil: any key.
  package func revoke(_ prefix: String, sites: [Int64]? = nil) async throws -> KeyRecord {
    let rows = try await client.query(
      Statements.revokeKey,
      [.text(prefix), sites.map { .int8s($0) } ?? .null] + AuditNote.parameters(.keyRevoked, by: origin))
    guard rows.count > 0 else { throw KeyError.noSuchKey(prefix) }
    return try rows.key(0)
  }

  /// Notes that keys were used.
  package static func noteUse(of keys: [Int64], _ client: PostgresClient) async throws(PostgresError) {
    _ = try await client.query(Statements.noteUse, [.int8s(keys)])
  }

  private func check(_ site: String) async throws {
    let rows = try await client.query("SELECT FROM sites WHERE key = $1", [.text(site)])
    guard rows.count > 0 else { throw KeyError.noSuchSite(site) }
  }
}

extension PostgresRows {
  /// The columns of `Statements.keyColumns`.
  fileprivate func key(_ row: Int) throws(PostgresError) -> KeyRecord {
    KeyRecord(
      id: try int(row, 0), prefix: try text(row, 1), name: try text(row, 2), site: try optional(row, 3, text),
      scopes: try texts(row, 4).compactMap { $0 }, createdAt: try milliseconds(row, 5),
      expiresAt: try optional(row, 6, milliseconds), revokedAt: try optional(row, 7, milliseconds),
      lastUsedAt: try optional(row, 8, milliseconds))
  }
}

extension Statements {
  private static let keyColumns = """
    k.id, k.prefix, k.name, (SELECT s.key FROM sites s WHERE s.id = k.site_id), k.scopes, k.created_at, k.expires_at,
    k.revoked_at, k.last_used_at
    """

  /// Answers nothing where there is no such site, or a key that begins so.
  fileprivate static let issueKey = PostgresStatement(
    """
    WITH k AS (
      INSERT INTO api_keys (prefix, digest, name, site_id, scopes, created_by, expires_at)
      SELECT $1::text, $2::bytea, $3::text, s.id, $5::text[], $6::int8, now() + $7::int8 * interval '1 second'
      FROM (SELECT 1) one LEFT JOIN sites s ON s.key = $4::text
      WHERE $4::text IS NULL OR s.id IS NOT NULL
      ON CONFLICT (prefix) DO NOTHING
      RETURNING *),
    \(AuditNote.expression(of: "k", target: "'key:' || k.prefix", site: "k.site_id", from: 8))
    SELECT \(keyColumns) FROM k
    """)

  fileprivate static let keys = PostgresStatement(
    "SELECT \(keyColumns) FROM api_keys k WHERE $1::int8[] IS NULL OR k.site_id = ANY($1::int8[]) ORDER BY k.id DESC")

  fileprivate static let revokeKey = PostgresStatement(
    """
    WITH k AS (
      UPDATE api_keys SET revoked_at = now()
      WHERE prefix = $1::text AND revoked_at IS NULL AND ($2::int8[] IS NULL OR site_id = ANY($2::int8[]))
      RETURNING *),
    \(AuditNote.expression(of: "k", target: "'key:' || k.prefix", site: "k.site_id", from: 3))
    SELECT \(keyColumns) FROM k
    """)

  fileprivate static let noteUse: PostgresStatement = """
    UPDATE api_keys SET last_used_at = now()
    WHERE id = ANY($1::int8[]) AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
    """
}
