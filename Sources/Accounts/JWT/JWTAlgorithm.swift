/// The signatures that are known (RFC 7518 section 3.1, RFC 8037 section 3.1). A key has exactly one of them, and a
/// token only says which it was made with (RFC 8725 section 3.1).
package enum JWTAlgorithm: String, Sendable, CaseIterable {
  /// HMAC with SHA-256 (RFC 7518 section 3.2).
  case hs256 = "HS256"
  /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3).
  case rs256 = "RS256"
  /// ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4).
  case es256 = "ES256"
  /// Ed25519 (RFC 8037 section 3.1).
  case edDSA = "EdDSA"
}
