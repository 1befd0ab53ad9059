package import Accounts
package import Postgres
package import Sealing

/// The keys that access tokens are signed with. All nodes share them, and any of them makes the next one in time.
package struct SigningKeyBook: Sendable {
  private let client: PostgresClient
  private let sealer: Sealer?

  /// - Parameter sealer: what seals new ones; nil: they lie clear.
  package init(_ client: PostgresClient, sealer: Sealer? = nil) {
    self.client = client
    self.sealer = sealer
  }

  /// Makes a key where one is due, and drops those whose tokens have all ended.
  /// - Parameters:
  ///   - ring: the keys as they were read.
  ///   - now: seconds since 1970, UTC.
  /// - Returns: whether anything was done.
  @discardableResult
  package func keepUp(_ ring: KeyRing, now: Int64) async throws -> Bool {
    var isChanged = false
    if ring.needsKey(now: now) {
      let key = SigningKey.random()
      let parameters: [PostgresValue] = [
        .text(key.id), sealer == nil ? .bytea(key.seed) : .null, .timestamptz(now * 1_000_000),
        .timestamptz((now - ring.rules.period) * 1_000_000),
        try sealer.map { .bytea(try $0.seal(key.seed, of: key.id, in: .signingKeys)) } ?? .null,
      ]
      // Of several nodes that find this at once one makes it. The lock is a statement of its own, so that the next one
      // sees what was committed before it was had.
      let results = try await client.transaction([
        (Statements.lockSigningKeys, []), (Statements.addSigningKey, parameters),
      ])
      isChanged = results[1].affected > 0
    }
    var kept = ring
    let old = kept.drop(now: now)
    if !old.isEmpty {
      _ = try await client.query(Statements.dropSigningKeys, [.texts(old)])
      isChanged = true
    }
    return isChanged
  }
}

extension Statements {
  fileprivate static let lockSigningKeys: PostgresStatement = """
    SELECT pg_advisory_xact_lock(hashtextextended('skein signing keys', 0))
    """

  fileprivate static let addSigningKey: PostgresStatement = """
    INSERT INTO signing_keys (kid, seed, made_at, sealed_seed)
    SELECT $1, $2, $3, $5 WHERE NOT EXISTS (SELECT FROM signing_keys WHERE made_at > $4 AND state = 'active')
    """

  fileprivate static let dropSigningKeys: PostgresStatement = "DELETE FROM signing_keys WHERE kid = ANY($1::text[])"
}
