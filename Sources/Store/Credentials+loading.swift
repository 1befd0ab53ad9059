package import Accounts
package import Postgres
package import Sealing

extension Credentials {
  /// Reads them.
  /// - Parameter sealer: what opens signing keys; nil: those that are sealed are not there.
  package static func read(from client: PostgresClient, sealer: Sealer? = nil) async throws(PostgresError)
    -> Credentials
  {
    // The version first: what changes meanwhile is read once more.
    let head = try await client.query(Statements.credentialsVersion, [])
    let results = try await client.transaction([
      (Statements.signingKeys, []), (Statements.goodKeys, []), (Statements.endedLogins, []),
      (Statements.changedUsers, []),
    ])
    let (seeds, keys, logins, users) = (results[0], results[1], results[2], results[3])
    var ring = KeyRing()
    for row in 0..<seeds.count {
      // The table sees to the length. One that another secret key has sealed signs and verifies nothing here.
      guard let seed = try seeds.seed(row, sealer), let key = try? SigningKey(seed: seed) else { continue }
      ring.insert(KeyRing.Entry(key: key, madeAt: try seeds.seconds(row, 1)))
    }
    var grants: [[UInt8]: APIKeyGrant] = [:]
    for row in 0..<keys.count { grants[try keys.bytes(row, 0)] = try keys.grant(row, from: 1) }
    var standings: [Int64: Standing] = [:]
    for row in 0..<users.count {
      standings[try users.int(row, 0)] = Standing(role: try users.userRole(row, 1), isDisabled: try users.bool(row, 2))
    }
    return Credentials(
      version: try head.int(0, 0), issuer: AccessToken.Issuer(name: try head.text(0, 1)), ring: ring, keys: grants,
      endedLogins: Set(try (0..<logins.count).map { row throws(PostgresError) in "\(try logins.int(row, 0))" }),
      standings: standings)
  }
}

extension PostgresRows {
  /// The columns seed, time, key id and sealed seed; nil where it can't be opened.
  fileprivate func seed(_ row: Int, _ sealer: Sealer?) throws(PostgresError) -> [UInt8]? {
    guard let sealed = try optional(row, 3, bytes) else { return try bytes(row, 0) }
    return try? sealer.open(sealed, of: try text(row, 2), in: .signingKeys)
  }

  /// Seconds since 1970.
  func seconds(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 { try timestamp(row, column) / 1_000_000 }

  /// A role that this version does not know may do least.
  func userRole(_ row: Int, _ column: Int) throws(PostgresError) -> UserRole {
    UserRole(rawValue: try text(row, column)) ?? .member
  }

  /// The columns id, prefix, site, scopes and expiry.
  func grant(_ row: Int, from first: Int) throws(PostgresError) -> APIKeyGrant {
    APIKeyGrant(
      id: try int(row, first), prefix: try text(row, first + 1), site: try optional(row, first + 2, int),
      scopes: Set(try texts(row, first + 3).compactMap { $0.flatMap(APIScope.init) }),
      expires: try optional(row, first + 4, seconds))
  }
}

extension Statements {
  fileprivate static let credentialsVersion: PostgresStatement = """
    SELECT v.credentials, d.name FROM directory_version v, deployment d
    """

  fileprivate static let signingKeys: PostgresStatement = """
    SELECT seed, made_at, kid, sealed_seed FROM signing_keys WHERE state = 'active'
    """

  fileprivate static let goodKeys: PostgresStatement = """
    SELECT digest, id, prefix, site_id, scopes, expires_at FROM api_keys
    WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    """

  /// Log-ins and users of which access tokens may be about that say otherwise: these last an hour at most.
  fileprivate static let endedLogins: PostgresStatement = """
    SELECT login FROM refresh_families WHERE ended_at > now() - interval '2 hours'
    """

  fileprivate static let changedUsers: PostgresStatement = """
    SELECT id, role, disabled_at IS NOT NULL FROM users WHERE changed_at > now() - interval '2 hours'
    UNION ALL SELECT id, 'member', true FROM ended_users WHERE ended_at > now() - interval '2 hours'
    """
}
