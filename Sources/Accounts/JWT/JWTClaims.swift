package import JSONWire

/// The claims that a verifier can ask for (RFC 7519 section 4.1).
package enum JWTClaim: String, Sendable, CaseIterable {
  /// RFC 7519 section 4.1.1.
  case issuer = "iss"
  /// RFC 7519 section 4.1.2.
  case subject = "sub"
  /// RFC 7519 section 4.1.3.
  case audience = "aud"
  /// RFC 7519 section 4.1.4.
  case expires = "exp"
  /// RFC 7519 section 4.1.5.
  case notBefore = "nbf"
  /// RFC 7519 section 4.1.6.
  case issuedAt = "iat"
  /// RFC 7519 section 4.1.7.
  case id = "jti"
}

/// What a token claims (RFC 7519 section 4). Times are seconds since 1970, UTC; a fraction is rounded to the side that
/// makes the token valid for less.
package struct JWTClaims: Sendable, Equatable {
  /// The longest `sub`, in bytes of UTF-8 (OpenID Connect Core section 2 allows as many characters, of ASCII).
  package static var longestSubject: Int { 255 }

  /// `iss`: who made it.
  package let issuer: String?
  /// `sub`: of whom it speaks. Not empty.
  package let subject: String?
  /// `aud`: for whom it is; nil where it does not say.
  package let audience: [String]?
  /// `exp`: from when on it is not valid any more.
  package let expires: Int64?
  /// `nbf`: before when it is not valid.
  package let notBefore: Int64?
  /// `iat`: when it was made.
  package let issuedAt: Int64?
  /// `jti`: its name.
  package let id: String?
  /// All claims. No string in them holds U+0000.
  package let all: JSONObject

  /// Throws `malformed` where it is no JSON object, or a registered claim is of the wrong kind.
  package init(_ payload: [UInt8]) throws(JWTError) {
    let claims = try JWTObject.parse(payload)
    all = claims
    issuer = try Self.string(claims, .issuer)
    subject = try Self.string(claims, .subject)
    id = try Self.string(claims, .id)
    audience = try Self.audience(claims)
    expires = try Self.time(claims, .expires, .down)
    notBefore = try Self.time(claims, .notBefore, .up)
    issuedAt = try Self.time(claims, .issuedAt, .up)
    if let subject, !(1...Self.longestSubject).contains(subject.utf8.count) { throw Self.malformed }
  }

  /// Whether the claim is there.
  package func has(_ claim: JWTClaim) -> Bool { all[claim.rawValue] != nil }

  private static var malformed: JWTError { JWTError(.malformed, "a claim of the token is of the wrong kind") }

  private static func string(_ claims: JSONObject, _ claim: JWTClaim) throws(JWTError) -> String? {
    guard let value = claims[claim.rawValue] else { return nil }
    guard let text = value.string else { throw malformed }
    return text
  }

  private static func audience(_ claims: JSONObject) throws(JWTError) -> [String]? {
    guard let value = claims[JWTClaim.audience.rawValue] else { return nil }
    if let one = value.string { return [one] }
    guard let list = value.array else { throw malformed }
    let names = list.compactMap(\.string)
    guard names.count == list.count else { throw malformed }
    return names
  }

  /// NumericDate (RFC 7519 section 2) may have a fraction. Beyond 2^53 it is no time, and sums could overflow.
  private static func time(
    _ claims: JSONObject, _ claim: JWTClaim, _ rule: FloatingPointRoundingRule
  ) throws(JWTError) -> Int64? {
    guard let value = claims[claim.rawValue] else { return nil }
    let limit: Int64 = 1 << 53
    let seconds = value.int ?? value.double.flatMap { Int64(exactly: $0.rounded(rule)) }
    guard let seconds, (-limit...limit).contains(seconds) else { throw malformed }
    return seconds
  }
}
