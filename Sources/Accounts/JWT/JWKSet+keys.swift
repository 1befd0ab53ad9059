import JSONWire

extension JWKSet {
  struct Left: Error {
    let omission: Omission
    init(_ omission: Omission) { self.omission = omission }
  }

  /// One key of a set (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2).
  static func read(_ members: JSONObject) -> Result<JWTKey, Left> {
    Result { () throws(Left) in
      let id = try optionalString(members, "kid")
      let algorithm = try algorithm(of: members)
      try checkUse(members)
      do throws(JWTKeyError) {
        switch algorithm {
        case .rs256:
          guard let modulus = number(members, "n"), let exponent = number(members, "e") else { throw .invalid }
          return try JWTKey(rsaModulus: modulus, exponent: exponent, id: id)
        case .es256:
          guard let x = number(members, "x"), let y = number(members, "y") else { throw .invalid }
          return try JWTKey(p256X: x, y: y, id: id)
        case .edDSA:
          guard let x = number(members, "x") else { throw .invalid }
          return try JWTKey(ed25519: x, id: id)
        case .hs256: throw .invalid
        }
      } catch {
        switch error {
        case .weak: throw Left(.weak)
        case .invalid: throw Left(.invalid)
        }
      }
    }
  }

  /// The one algorithm that a key is used with: what its kind is for, and what its `alg` agrees to.
  private static func algorithm(of members: JSONObject) throws(Left) -> JWTAlgorithm {
    let algorithm: JWTAlgorithm
    switch (members["kty"]?.string, members["crv"]?.string) {
    case ("RSA", _): algorithm = .rs256
    case ("EC", "P-256"): algorithm = .es256
    case ("OKP", "Ed25519"): algorithm = .edDSA
    default: throw Left(.unknownKind)
    }
    if let said = try optionalString(members, "alg"), said != algorithm.rawValue {
      // RFC 9864 section 2.2 gives Ed25519 a name of its own.
      guard algorithm == .edDSA, said == "Ed25519" else { throw Left(.unknownKind) }
    }
    return algorithm
  }

  private static func checkUse(_ members: JSONObject) throws(Left) {
    if let use = try optionalString(members, "use"), use != "sig" { throw Left(.otherUse) }
    if let operations = members["key_ops"] {
      guard operations.array?.contains(.string("verify")) ?? false else { throw Left(.otherUse) }
    }
  }

  private static func optionalString(_ members: JSONObject, _ name: String) throws(Left) -> String? {
    guard let value = members[name] else { return nil }
    guard let text = value.string, text.utf8.count <= 256 else { throw Left(.invalid) }
    return text
  }

  private static func number(_ members: JSONObject, _ name: String) -> [UInt8]? {
    members[name]?.string.flatMap { Base64URL.decode($0) }
  }
}
