import JSONWire

/// Who a visitor is, by a token that the site's own server has signed.
package struct VisitorIdentity: Sendable, Equatable {
  /// The most characters of name and e-mail, as in a `hello`.
  package static var longest: Int { 200 }

  /// The site's id of the visitor: `sub`.
  package let subject: String
  /// `name` (OpenID Connect Core section 5.1).
  package let name: String?
  /// `email`, which the site vouches for.
  package let email: String?

  /// Throws `missingClaim` without `sub`, `malformed` where a name or e-mail is no string of up to 200 characters.
  package init(_ claims: JWTClaims) throws(JWTError) {
    guard let subject = claims.subject else { throw JWTError(.missingClaim, "the token lacks a claim") }
    self.subject = subject
    name = try Self.text(claims, "name")
    email = try Self.text(claims, "email")
  }

  private static func text(_ claims: JWTClaims, _ key: String) throws(JWTError) -> String? {
    guard let value = claims.all[key], !value.isNull else { return nil }
    guard let text = value.string, text.unicodeScalars.count <= longest else {
      throw JWTError(.malformed, "a claim of the token is of the wrong kind")
    }
    return text
  }
}
