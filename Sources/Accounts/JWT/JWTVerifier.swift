/// Verifies tokens (RFC 7519 section 7.2) with given keys by given rules. It does no I/O and reads no clock.
package struct JWTVerifier: Sendable {
  /// What a token has to be beyond well signed.
  package struct Rules: Sendable {
    /// The issuers that are taken; nil takes any, and none, for keys that only one issuer has.
    package var issuers: [String]?
    /// Of these one has to be in the audience; nil takes any, and none, for keys that serve nothing else (RFC 8725
    /// section 3.9).
    package var audiences: [String]?
    /// The values of `typ` that are taken, in small letters and without `application/`; nil takes any.
    package var types: [String]?
    /// Whether a token without `typ` is taken where `types` is set.
    package var takesUntyped = true
    /// The claims that have to be there.
    package var required: Set<JWTClaim> = [.subject, .expires]
    /// By how many seconds clocks may differ.
    package var leeway: Int64 = 60
    /// The greatest age in seconds by `iat`, which is then required; nil for any.
    package var maximumAge: Int64?
    /// The longest token, in bytes.
    package var tokenBytes = 8192

    /// Rules that take `typ` `JWT` or none, and ask for `sub` and `exp`.
    package init(issuers: [String]? = nil, audiences: [String]? = nil, types: [String]? = ["jwt"]) {
      self.issuers = issuers
      self.audiences = audiences
      self.types = types
    }
  }

  /// The keys, of any algorithms.
  package var keys: [JWTKey]
  /// The rules.
  package var rules: Rules

  /// The most keys that one token is tried with, so that one without a `kid` costs little.
  package static var mostTries: Int { 8 }

  /// A verifier of these keys and rules.
  package init(keys: [JWTKey], rules: Rules) {
    self.keys = keys
    self.rules = rules
  }

  /// The claims of a good token. The signature is verified before anything of the payload is read.
  /// - Parameter now: seconds since 1970, UTC.
  package func verify(_ token: String, now: Int64) throws(JWTError) -> JWTClaims {
    let signed = try JWS(compact: token, limit: rules.tokenBytes)
    let candidates = try keys(for: signed)
    guard candidates.contains(where: { $0.verifies(signed.signature, of: signed.signingInput) }) else {
      throw JWTError(.badSignature, "the token's signature is wrong")
    }
    try checkType(signed)
    let claims = try JWTClaims(signed.payload)
    try check(claims, now: now)
    return claims
  }

  /// The keys that a token may have been signed with: of its algorithm, and of its `kid` where both have one.
  private func keys(for signed: JWS) throws(JWTError) -> [JWTKey] {
    guard let algorithm = JWTAlgorithm(rawValue: signed.algorithm) else {
      throw JWTError(.unsupported, "the token's algorithm is not supported")
    }
    let fitting = keys.lazy.filter { key in
      guard key.algorithm == algorithm else { return false }
      guard let wanted = signed.keyID, let id = key.id else { return true }
      return id.isIdentical(wanted)
    }
    let candidates = Array(fitting.prefix(Self.mostTries))
    guard !candidates.isEmpty else { throw JWTError(.unknownKey, "no key fits the token") }
    return candidates
  }

  private func checkType(_ signed: JWS) throws(JWTError) {
    guard let types = rules.types else { return }
    guard signed.type.map({ types.contains($0) }) ?? rules.takesUntyped else {
      throw JWTError(.wrongType, "the token is of another type")
    }
  }

  /// RFC 7519 sections 4.1.1 to 4.1.6.
  private func check(_ claims: JWTClaims, now: Int64) throws(JWTError) {
    guard rules.required.allSatisfy(claims.has) else { throw JWTError(.missingClaim, "the token lacks a claim") }
    if let issuers = rules.issuers {
      guard let issuer = claims.issuer, issuers.contains(where: issuer.isIdentical) else {
        throw JWTError(.wrongIssuer, "the token is of another issuer")
      }
    }
    if let audiences = rules.audiences {
      guard let named = claims.audience, named.contains(where: { audiences.contains(where: $0.isIdentical) }) else {
        throw JWTError(.wrongAudience, "the token is for another audience")
      }
    }
    let leeway = max(0, min(rules.leeway, 86_400))
    if let expires = claims.expires, now >= expires + leeway {
      throw JWTError(.expired, "the token has expired")
    }
    if let start = claims.notBefore, now < start - leeway {
      throw JWTError(.notYetValid, "the token is not valid yet")
    }
    if let made = claims.issuedAt, now < made - leeway {
      throw JWTError(.notYetValid, "the token was made in the future")
    }
    if let age = rules.maximumAge {
      guard let made = claims.issuedAt else { throw JWTError(.missingClaim, "the token lacks a claim") }
      guard now - made <= age + leeway else { throw JWTError(.expired, "the token is too old") }
    }
  }
}
