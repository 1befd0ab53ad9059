package import Accounts
package import Postgres

/// What somebody who is logged in has in hand.
package struct LoginTokens: Sendable {
  /// The access token, a JWT.
  package let access: String
  /// How long it is valid, in seconds.
  package let expiresIn: Int64
  package let refresh: RefreshToken
  package let user: Int64
  package let role: UserRole
}

/// Log-ins: each is a family of refresh tokens, of which one after the other is good.
package struct TokenBook: Sendable {
  package struct Rules: Sendable, Equatable {
    /// How long an access token is valid, in seconds; at most what old signing keys are kept for.
    package var accessSeconds: Int64 = 900
    package var family = RefreshFamily.Rules()

    package init() {}
  }

  private let client: PostgresClient
  private let rules: Rules
  private let origin: AuditOrigin

  /// - Parameter origin: who does what is done here; a log-in is its user's.
  package init(_ client: PostgresClient, rules: Rules = Rules(), by origin: AuditOrigin) {
    self.client = client
    self.rules = rules
    self.origin = origin
  }

  /// Begins a log-in of a user who has proved to be it.
  /// - Parameters:
  ///   - credentials: whose newest key signs.
  ///   - now: seconds since 1970, UTC.
  /// - Throws: `unavailable` where there is no key to sign with yet.
  package func begin(
    for user: UserRecord, _ credentials: Credentials, now: Int64
  ) async throws(PostgresError) -> LoginTokens {
    let token = RefreshToken.random()
    let family = RefreshFamily(first: token, now: now)
    let rows = try await client.query(
      Statements.beginLogin,
      [
        .bytea(family.id), .int8(user.id), .timestamptz(now * 1_000_000), .bytea(family.current),
        origin.address.map { .text($0) } ?? .null, .timestamptz((now - rules.family.lifetime) * 1_000_000),
      ] + AuditNote.parameters(.loggedIn, by: origin.by(.user(user.id))))
    return try tokens(
      LoginTokens.Grant(user: user.id, role: user.role, login: try rows.int(0, 0)), token, credentials, now: now)
  }

  /// Goes on with a log-in: the token is used up, its follower is given. One that comes again ends the log-in.
  /// - Returns: nil where the token is not good; nobody is told why.
  package func refresh(
    _ text: String, _ credentials: Credentials, now: Int64
  ) async throws(PostgresError) -> LoginTokens? {
    guard let token = RefreshToken(text) else { return nil }
    // Several tabs may come with the same token at once: who finds the row changed looks once more.
    for _ in 0..<5 {
      let rows = try await client.query(Statements.login, [.bytea(token.family)])
      guard rows.count > 0 else { return nil }
      var family = try rows.family(0, id: token.family)
      let before = family.current
      let grant = LoginTokens.Grant(
        user: try rows.int(0, 6), role: try rows.userRole(0, 7), login: try rows.int(0, 8))
      let outcome = family.present(token, now: now, rules: rules.family)
      switch outcome {
      case .repeated(let follower): return try tokens(grant, follower, credentials, now: now)
      case .rotated(let follower):
        if try await store(family, replacing: before) { return try tokens(grant, follower, credentials, now: now) }
      case .refused(.reused):
        if try await end(family.id, .reused, by: origin.by(.user(grant.user))) { return nil }
      case .refused: return nil
      }
    }
    return nil
  }

  /// Ends the log-in that a refresh token belongs to. Any of its tokens may, an old one too.
  /// - Returns: whether it was not over before.
  @discardableResult
  package func end(_ text: String) async throws(PostgresError) -> Bool {
    guard let token = RefreshToken(text) else { return false }
    return try await end(token.family, .revoked, by: origin)
  }

  /// Ends the log-in that an access token names.
  @discardableResult
  package func end(login: String) async throws(PostgresError) -> Bool {
    guard let login = Int64(login) else { return false }
    let rows = try await client.query(
      Statements.endLogin,
      [.null, .int8(login), .text(RefreshFamily.End.revoked.rawValue)]
        + AuditNote.parameters(.loggedOut, by: origin))
    return rows.count > 0
  }

  private func end(
    _ family: [UInt8], _ end: RefreshFamily.End, by origin: AuditOrigin
  ) async throws(PostgresError) -> Bool {
    let action: AuditAction = end == .reused ? .tokenReused : .loggedOut
    let rows = try await client.query(
      Statements.endLogin,
      [.bytea(family), .null, .text(end.rawValue)] + AuditNote.parameters(action, by: origin))
    return rows.count > 0
  }

  private func store(_ family: RefreshFamily, replacing current: [UInt8]) async throws(PostgresError) -> Bool {
    guard let last = family.last else { return false }
    let rows = try await client.query(
      Statements.rotate,
      [
        .bytea(family.id), .bytea(current), .bytea(family.current), .bytea(last.digest), .bytea(last.nonce),
        .timestamptz(last.usedAt * 1_000_000),
      ])
    return rows.count > 0
  }

  private func tokens(
    _ grant: LoginTokens.Grant, _ refresh: RefreshToken, _ credentials: Credentials, now: Int64
  ) throws(PostgresError) -> LoginTokens {
    guard let key = credentials.ring.signingKey(now: now) else {
      throw PostgresError(.unavailable, "there is no signing key yet")
    }
    let issuer = AccessToken.Issuer(name: credentials.issuer.name, lifetime: rules.accessSeconds)
    let access = issuer.make(user: "\(grant.user)", role: grant.role, login: "\(grant.login)", key: key, now: now)
    return LoginTokens(
      access: access, expiresIn: rules.accessSeconds, refresh: refresh, user: grant.user, role: grant.role)
  }
}

extension LoginTokens {
  fileprivate struct Grant {
    let user: Int64
    let role: UserRole
    let login: Int64
  }
}

extension PostgresRows {
  /// The first columns of `Statements.login`.
  fileprivate func family(_ row: Int, id: [UInt8]) throws(PostgresError) -> RefreshFamily {
    var last: RefreshFamily.Rotation?
    if let digest = try optional(row, 2, bytes) {
      last = RefreshFamily.Rotation(digest: digest, nonce: try bytes(row, 3), usedAt: try seconds(row, 4))
    }
    return RefreshFamily(
      id: id, madeAt: try seconds(row, 0), current: try bytes(row, 1), last: last,
      end: try optional(row, 5, text).map { RefreshFamily.End(rawValue: $0) ?? .revoked })
  }
}

extension Statements {
  /// Answers the log-in's number. Some go that are too old for anything.
  fileprivate static let beginLogin = PostgresStatement(
    """
    WITH gone AS (
      DELETE FROM refresh_families WHERE id IN (
        SELECT id FROM refresh_families WHERE made_at < $6::timestamptz ORDER BY made_at LIMIT 100
        FOR UPDATE SKIP LOCKED)),
    f AS (
      INSERT INTO refresh_families (id, user_id, made_at, current, address)
      VALUES ($1::bytea, $2::int8, $3::timestamptz, $4::bytea, $5::text)
      RETURNING login, user_id),
    \(AuditNote.expression(of: "f", target: "'login:' || f.login", from: 7))
    SELECT login FROM f
    """)

  fileprivate static let login: PostgresStatement = """
    SELECT f.made_at, f.current, f.last_digest, f.last_nonce, f.last_used_at, f.ended, u.id, u.role, f.login
    FROM refresh_families f JOIN users u ON u.id = f.user_id AND u.disabled_at IS NULL WHERE f.id = $1::bytea
    """

  fileprivate static let rotate: PostgresStatement = """
    UPDATE refresh_families
    SET current = $3::bytea, last_digest = $4::bytea, last_nonce = $5::bytea, last_used_at = $6::timestamptz
    WHERE id = $1::bytea AND current = $2::bytea AND ended IS NULL
    RETURNING 1
    """

  fileprivate static let endLogin = PostgresStatement(
    """
    WITH f AS (
      UPDATE refresh_families SET ended = $3::text, ended_at = now(), last_digest = NULL, last_nonce = NULL,
        last_used_at = NULL
      WHERE ended IS NULL AND (id = $1::bytea OR login = $2::int8)
      RETURNING login),
    \(AuditNote.expression(of: "f", target: "'login:' || f.login", from: 4))
    SELECT login FROM f
    """)
}
