/// Why a JSON Web Token is not taken. Its words are fixed: they hold nothing of the token or of a key.
package struct JWTError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of refusal.
  package enum Code: String, Sendable, CaseIterable {
    /// No compact JWS with JSON objects inside, too long, or a claim of the wrong kind (RFC 7515 section 7.1, RFC 7519
    /// section 4.1).
    case malformed
    /// An algorithm that is never taken, such as `none`, or a `crit` header (RFC 7515 section 4.1.11).
    case unsupported
    /// A `typ` that was not asked for (RFC 8725 section 3.11).
    case wrongType
    /// No key has the token's `kid` and algorithm.
    case unknownKey
    /// The signature is not that of the key.
    case badSignature
    /// `exp` is past, or `iat` too long ago.
    case expired
    /// `nbf` or `iat` lies ahead.
    case notYetValid
    /// `iss` is none of those asked for.
    case wrongIssuer
    /// `aud` names nobody that was asked for.
    case wrongAudience
    /// A claim that was asked for is not there.
    case missingClaim
  }

  /// What is wrong.
  package let code: Code
  /// A sentence for a developer.
  package let message: String

  init(_ code: Code, _ message: StaticString) {
    self.code = code
    self.message = message.description
  }

  /// The message.
  package var description: String { message }
}
