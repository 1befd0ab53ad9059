import JSONWire

/// What an access token of ours says (in the form of RFC 9068 section 2.2).
package struct AccessToken: Sendable, Equatable {
  /// The user's id: `sub`.
  package let user: String
  /// The user's role: `role`.
  package let role: UserRole
  /// The log-in that it came from, so that its end can be noticed: `sid`.
  package let login: String
  /// Its own name: `jti`.
  package let id: String
  /// From when on it is not valid any more, in seconds since 1970: `exp`.
  package let expires: Int64

  /// Makes and verifies access tokens.
  package struct Issuer: Sendable {
    /// `iss` and `aud` (RFC 8725 sections 3.8 and 3.9): this deployment's name, such as its origin.
    package let name: String
    /// How long a token is valid, in seconds.
    package let lifetime: Int64
    /// By how many seconds the servers' clocks may differ.
    package let leeway: Int64

    /// - Parameters:
    ///   - name: what stands in `iss` and `aud`.
    ///   - lifetime: in seconds.
    ///   - leeway: in seconds.
    package init(name: String, lifetime: Int64 = 900, leeway: Int64 = 30) {
      self.name = name
      self.lifetime = lifetime
      self.leeway = leeway
    }

    /// What tells access tokens from others that the same keys sign (RFC 9068 section 2.1).
    package static var type: String { "at+jwt" }

    /// A new token. `now` is in seconds since 1970, UTC.
    package func make(user: String, role: UserRole, login: String, key: SigningKey, now: Int64) -> String {
      let claims = JSONObject([
        ("iss", .string(name)), ("aud", .string(name)), ("sub", .string(user)), ("role", .string(role.rawValue)),
        ("sid", .string(login)), ("jti", .string(Base64URL.encode(Sodium.random(16)))), ("iat", .int(now)),
        ("exp", .int(now + lifetime)),
      ])
      return key.sign(claims, type: Self.type)
    }

    /// The rules that a token is verified by.
    package var rules: JWTVerifier.Rules {
      var rules = JWTVerifier.Rules(issuers: [name], audiences: [name], types: [Self.type])
      rules.takesUntyped = false
      rules.required = [.issuer, .audience, .subject, .expires, .issuedAt, .id]
      rules.leeway = leeway
      rules.tokenBytes = 2048
      return rules
    }

    /// What a good token says. `now` is in seconds since 1970, UTC.
    package func verify(_ token: String, ring: KeyRing, now: Int64) throws(JWTError) -> AccessToken {
      let claims = try JWTVerifier(keys: ring.verifiers, rules: rules).verify(token, now: now)
      guard let user = claims.subject, let id = claims.id, let expires = claims.expires,
        let role = claims.all["role"]?.string.flatMap(UserRole.init), let login = claims.all["sid"]?.string
      else { throw JWTError(.missingClaim, "the token lacks a claim") }
      return AccessToken(user: user, role: role, login: login, id: id, expires: expires)
    }
  }
}
