/// All that a credential is judged by, as it stood at one moment. It does no I/O and reads no clock, so that each loop
/// judges by itself.
package struct Credentials: Sendable {
  /// What has become of a user since access tokens were made that are still valid.
  package struct Standing: Sendable, Equatable {
    package let role: UserRole
    package let isDisabled: Bool

    package init(role: UserRole, isDisabled: Bool) {
      self.role = role
      self.isDisabled = isDisabled
    }
  }

  /// Grows with each change.
  package let version: Int64
  /// Makes and verifies access tokens.
  package let issuer: AccessToken.Issuer
  package let ring: KeyRing
  private let keys: [[UInt8]: APIKeyGrant]
  private let keyIDs: Set<Int64>
  private let keyOwners: Set<[UInt8]>
  private let endedLogins: Set<String>
  private let standings: [Int64: Standing]

  /// - Parameters:
  ///   - keys: by the SHA-256 of each.
  ///   - endedLogins: those of which access tokens may still be valid.
  ///   - standings: of the users that were changed since then.
  package init(
    version: Int64, issuer: AccessToken.Issuer, ring: KeyRing, keys: [[UInt8]: APIKeyGrant] = [:],
    endedLogins: Set<String> = [], standings: [Int64: Standing] = [:]
  ) {
    self.version = version
    self.issuer = issuer
    self.ring = ring
    self.keys = keys
    keyIDs = Set(keys.values.map(\.id))
    keyOwners = Set(keys.values.map { Bearer($0).owner })
    self.endedLogins = endedLogins
    self.standings = standings
  }

  /// What nobody is known by.
  package static let none = Credentials(version: -1, issuer: AccessToken.Issuer(name: ""), ring: KeyRing())

  /// Who bears a credential on a site.
  /// - Parameters:
  ///   - text: a visitor's token, an access token, a token of the site's own server, or an API key.
  ///   - site: its number, and how its visitors are known.
  ///   - now: seconds since 1970, UTC.
  package func bearer(
    of text: String, on site: (id: Int64, identity: SiteIdentity), now: Int64
  ) throws(CredentialError) -> Bearer {
    // A key looks like a visitor's token, but for its prefix and check.
    if let key = APIKey(text) { return try bearer(of: key, on: site.id, now: now) }
    guard text.utf8.contains(UInt8(ascii: ".")) else {
      guard let token = VisitorToken(text) else { throw .malformed }
      try checkAnonymous(site.identity.mode)
      return Bearer(token)
    }
    guard text.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 2 else { throw .malformed }
    if isOurs(text) {
      let user = try user(of: text, now: now)
      try check(user, site.identity.mode)
      return user
    }
    do throws(JWTError) {
      let (identity, expires) = try site.identity.verify(text, now: now)
      return Bearer(identity, on: site.id, expires: expires)
    } catch {
      throw CredentialError(error)
    }
  }

  /// Whether somebody without a credential may have one made: a token of the browser.
  package func checkAnonymous(_ mode: IdentityMode) throws(CredentialError) {
    guard mode != .required else { throw .refused("this site takes only tokens that its own server has signed") }
  }

  /// Who bears a credential where no site is concerned: a user, or a key.
  package func bearer(of text: String, now: Int64) throws(CredentialError) -> Bearer {
    if let key = APIKey(text) { return try bearer(of: key, on: nil, now: now) }
    guard isOurs(text) else { throw .refused("this takes an access token, or an API key") }
    return try user(of: text, now: now)
  }

  /// Whether what was good when its bearer came has been taken back since.
  package func isTakenBack(_ bearer: Bearer) -> Bool {
    switch bearer.kind {
    case .anonymous, .identified: false
    case .user(let id, _, let login): endedLogins.contains(login) || standings[id]?.isDisabled == true
    case .key(let grant): !keyIDs.contains(grant.id)
    }
  }

  /// Whether sessions that are known by this are those of a server with a key that is good.
  package func isKey(_ owner: [UInt8]) -> Bool { keyOwners.contains(owner) }

  private func bearer(of key: APIKey, on site: Int64?, now: Int64) throws(CredentialError) -> Bearer {
    guard let grant = keys[key.digest] else { throw .refused("this key is not valid") }
    if let expires = grant.expires, now >= expires { throw .expired }
    // The same as for one that nobody has: whose it is, is told to nobody.
    guard site == nil || grant.isGood(on: site, now: now) else { throw .refused("this key is not valid") }
    return Bearer(grant)
  }

  /// Whether it says to be an access token (RFC 9068 section 2.1). It is then judged as one, and as nothing else.
  private func isOurs(_ text: String) -> Bool {
    guard let signed = try? JWS(compact: text, limit: issuer.rules.tokenBytes) else { return false }
    return signed.type == AccessToken.Issuer.type
  }

  private func user(of text: String, now: Int64) throws(CredentialError) -> Bearer {
    let token: AccessToken
    do throws(JWTError) {
      token = try issuer.verify(text, ring: ring, now: now)
    } catch {
      throw CredentialError(error)
    }
    guard let id = Int64(token.user) else { throw .refused("this token is not valid") }
    let standing = standings[id]
    guard !endedLogins.contains(token.login), standing?.isDisabled != true else {
      throw .refused("this log-in has ended")
    }
    return Bearer(user: id, role: standing?.role ?? token.role, login: token.login, expires: token.expires)
  }

  /// On a site that wants its own server's word a user of the deployment is none of its visitors, but may look after it.
  private func check(_ user: Bearer, _ mode: IdentityMode) throws(CredentialError) {
    guard mode == .required, case .user(_, let role, _) = user.kind, role < .operates else { return }
    throw .forbidden("this site takes only tokens that its own server has signed")
  }
}

extension CredentialError {
  init(_ error: JWTError) {
    self =
      switch error.code {
      case .expired: .expired
      case .unknownKey: .unknownKey(error.message)
      default: .refused(error.message)
      }
  }
}
