package import JSONWire

/// An Ed25519 key of ours that signs tokens (RFC 8037). Its `kid` is its thumbprint (RFC 7638, RFC 8037 section 2), so
/// that no two keys share one.
package struct SigningKey: Sendable {
  /// The `kid`.
  package let id: String
  /// The public part, 32 bytes.
  package let publicKey: [UInt8]
  private let secret: SecretBytes

  /// A new random key.
  package static func random() -> SigningKey {
    let pair = Ed25519.pair(seed: Sodium.random(Ed25519.seedCount))
    return SigningKey(pair: pair)
  }

  /// The key that was stored by its seed of 32 bytes (RFC 8032 section 5.1.5). Throws `invalid` for another length.
  package init(seed: [UInt8]) throws(JWTKeyError) {
    guard seed.count == Ed25519.seedCount else { throw .invalid }
    self.init(pair: Ed25519.pair(seed: seed))
  }

  private init(pair: (secret: [UInt8], shared: [UInt8])) {
    publicKey = pair.shared
    secret = SecretBytes(pair.secret)
    id = Self.thumbprint(pair.shared)
  }

  /// What the key is stored by. A secret: to be kept sealed.
  package var seed: [UInt8] { Array(secret.bytes.prefix(Ed25519.seedCount)) }

  /// The key that verifies what this one has signed.
  package var verifier: JWTKey {
    // A public key of another length is not made.
    guard let key = try? JWTKey(ed25519: publicKey, id: id) else { preconditionFailure("no key") }
    return key
  }

  /// The public key as JSON (RFC 8037 section 2, RFC 7517 section 4).
  package var jwk: JSONValue {
    [
      "kty": "OKP", "crv": "Ed25519", "x": .string(Base64URL.encode(publicKey)), "kid": .string(id), "use": "sig",
      "alg": .string(JWTAlgorithm.edDSA.rawValue),
    ]
  }

  /// A token of the claims (RFC 7519 section 7.1), with this key's `kid`.
  package func sign(_ claims: JSONObject, type: String) -> String {
    let header = JSONObject([
      ("alg", .string(JWTAlgorithm.edDSA.rawValue)), ("typ", .string(type)), ("kid", .string(id)),
    ])
    return JWS.compact(header: header, payload: claims) { Ed25519.sign($0, secret: secret.bytes) }
  }

  private static func thumbprint(_ key: [UInt8]) -> String {
    let required = #"{"crv":"Ed25519","kty":"OKP","x":"\#(Base64URL.encode(key))"}"#
    return Base64URL.encode(SHA256.digest(Array(required.utf8)))
  }
}

extension SigningKey: CustomStringConvertible, CustomDebugStringConvertible {
  /// The `kid`.
  package var description: String { "signing key \(id)" }
  /// The same.
  package var debugDescription: String { description }
}
