import JSONWire

/// A set of public keys (RFC 7517 section 5): what somebody else's tokens are verified with.
package struct JWKSet: Sendable {
  /// Why a key of a set is left out (RFC 7517 section 5 asks to ignore what is not understood).
  package enum Omission: String, Sendable {
    /// `kty`, `crv` or `alg` of a kind that is not used here.
    case unknownKind
    /// `use` or `key_ops` that do not allow to verify (RFC 7517 sections 4.2 and 4.3).
    case otherUse
    /// RSA below 2048 bits.
    case weak
    /// A member is missing or broken.
    case invalid
  }

  /// Why there is no set.
  package enum Failure: Error, Equatable, Sendable {
    /// No JSON object with a list `keys`, or one that is too long.
    case malformed
    /// A shared or private key: whoever can read the set could sign.
    case secretKey
  }

  /// The longest set, in bytes.
  package static var longest: Int { 65_536 }
  /// The most keys of a set.
  package static var mostKeys: Int { 64 }

  /// The keys that can be used, in the set's order.
  package let keys: [JWTKey]
  /// Why others were left out, for an operator.
  package let omitted: [Omission]

  /// Parses a set.
  package init(parsing bytes: [UInt8]) throws(Failure) {
    guard bytes.count <= Self.longest else { throw .malformed }
    let set = try? JSONValue(parsing: bytes, maxDepth: 8)
    guard let list = set?["keys"]?.array, list.count <= Self.mostKeys else { throw .malformed }
    var keys: [JWTKey] = []
    var omitted: [Omission] = []
    for value in list {
      guard let members = value.object else { throw .malformed }
      guard !Self.isSecret(members) else { throw .secretKey }
      switch Self.read(members) {
      case .success(let key): keys.append(key)
      case .failure(let reason): omitted.append(reason.omission)
      }
    }
    self.keys = keys
    self.omitted = omitted
  }

  /// The keys of that `kid` and algorithm; RFC 7517 section 4.5 allows several, of different kinds.
  package func keys(id: String, algorithm: JWTAlgorithm) -> [JWTKey] {
    keys.filter { $0.algorithm == algorithm && $0.id?.isIdentical(id) ?? false }
  }

  private static func isSecret(_ members: JSONObject) -> Bool {
    // `d` is the private part of RSA, EC and OKP alike (RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2).
    members["kty"]?.string == "oct" || members["k"] != nil || members["d"] != nil
  }
}
