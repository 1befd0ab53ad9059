/// How the visitors of a site are known, and with which keys its own server signs who they are.
package struct SiteIdentity: Sendable {
  package let mode: IdentityMode
  private let verifier: JWTVerifier?

  /// A site whose visitors are known by their tokens alone.
  package static let anonymous = SiteIdentity(mode: .anonymous, keys: [])

  /// - Parameters:
  ///   - keys: those of the site's own server; none: nobody is vouched for.
  ///   - issuer: what `iss` has to be; nil takes any, and none.
  ///   - audience: what has to be in `aud`; nil takes any, and none.
  package init(mode: IdentityMode, keys: [JWTKey], issuer: String? = nil, audience: String? = nil) {
    self.mode = mode
    let rules = JWTVerifier.Rules(issuers: issuer.map { [$0] }, audiences: audience.map { [$0] })
    verifier = keys.isEmpty ? nil : JWTVerifier(keys: keys, rules: rules)
  }

  /// Reads the keys of a site: a shared secret for HS256, whose bytes are those of its text, and a set of public keys.
  /// - Returns: the keys that can be used, and what is wrong with the others, for an operator.
  package static func keys(secret: String?, jwks: [UInt8]?) -> (keys: [JWTKey], complaints: [String]) {
    var keys: [JWTKey] = []
    var complaints: [String] = []
    if let secret {
      if let key = try? JWTKey(secret: Array(secret.utf8)) {
        keys.append(key)
      } else {
        complaints.append("its secret is shorter than \(JWTKey.leastSecretBytes) bytes")
      }
    }
    if let jwks {
      do throws(JWKSet.Failure) {
        let set = try JWKSet(parsing: jwks)
        keys += set.keys
        complaints += set.omitted.map { "a key of its set is left out: \($0.rawValue)" }
      } catch {
        complaints.append("its set of keys can't be used: \(error)")
      }
    }
    return (keys, complaints)
  }

  /// Whom a token speaks of, and until when. `now` is in seconds since 1970, UTC.
  func verify(_ token: String, now: Int64) throws(JWTError) -> (VisitorIdentity, expires: Int64) {
    guard mode != .anonymous, let verifier else {
      throw JWTError(.unknownKey, "this site does not take tokens of its own server")
    }
    let claims = try verifier.verify(token, now: now)
    return (try VisitorIdentity(claims), claims.expires ?? now)
  }
}
