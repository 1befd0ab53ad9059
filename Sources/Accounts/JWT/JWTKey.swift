/// A key that tokens are verified with, of one algorithm. Its description shows no secret.
package struct JWTKey: Sendable {
  private enum Material {
    case secret(SecretBytes)
    case openSSL(PublicKey)
    case ed25519([UInt8])
  }

  /// What a token's `kid` names it by (RFC 7515 section 4.1.4); a key without one serves every token of its algorithm.
  package let id: String?
  /// The only algorithm that it is used with.
  package let algorithm: JWTAlgorithm
  private let material: Material

  /// The fewest bytes of a shared secret: as many as the digest has (RFC 7518 section 3.2).
  package static var leastSecretBytes: Int { 32 }

  /// A shared secret for HS256. Throws `weak` where it is shorter than 32 bytes.
  package init(secret: [UInt8], id: String? = nil) throws(JWTKeyError) {
    guard secret.count >= Self.leastSecretBytes else { throw .weak }
    (self.id, algorithm, material) = (id, .hs256, .secret(SecretBytes(secret)))
  }

  /// An RSA key for RS256 (RFC 7518 section 6.3.1), both numbers big-endian. Throws `weak` below 2048 bits (section
  /// 3.3), `invalid` above 8192 and where the numbers can be no key.
  package init(rsaModulus modulus: [UInt8], exponent: [UInt8], id: String? = nil) throws(JWTKeyError) {
    let key = try PublicKey(rsaModulus: modulus, exponent: exponent)
    (self.id, algorithm, material) = (id, .rs256, .openSSL(key))
  }

  /// A point on P-256 for ES256 (RFC 7518 section 6.2.1), 32 bytes each. Throws `invalid` where it is not on the curve.
  package init(p256X x: [UInt8], y: [UInt8], id: String? = nil) throws(JWTKeyError) {
    (self.id, algorithm, material) = (id, .es256, .openSSL(try PublicKey(p256X: x, y: y)))
  }

  /// An Ed25519 key for EdDSA (RFC 8037 section 2), 32 bytes. Throws `invalid` for another length.
  package init(ed25519 bytes: [UInt8], id: String? = nil) throws(JWTKeyError) {
    guard bytes.count == Ed25519.publicCount else { throw .invalid }
    (self.id, algorithm, material) = (id, .edDSA, .ed25519(bytes))
  }

  /// Whether the signature over the message is this key's. A shared secret's is compared in constant time.
  package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    switch material {
    case .secret(let secret): SHA256.equal(Sodium.hmac(message, key: secret.bytes), signature)
    case .ed25519(let key): Ed25519.verifies(signature, of: message, key: key)
    case .openSSL(let key):
      if algorithm == .es256 {
        ECDSASignature.der(signature).map { key.verifies($0, of: message) } ?? false
      } else {
        key.verifies(signature, of: message)
      }
    }
  }
}

extension JWTKey: CustomStringConvertible, CustomDebugStringConvertible {
  /// Algorithm and `kid`.
  package var description: String { "\(algorithm.rawValue) key \(id ?? "without kid")" }
  /// The same.
  package var debugDescription: String { description }
}

/// Why numbers are no key.
package enum JWTKeyError: Error, Equatable, Sendable {
  /// Too short to be safe.
  case weak
  /// No key of its kind, or too long.
  case invalid
}
