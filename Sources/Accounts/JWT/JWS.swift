import JSONWire

/// A signed object in its compact form (RFC 7515 section 7.1), taken apart and not verified yet. The payload stays
/// bytes until its signature is known to be good.
package struct JWS: Sendable {
  /// `alg` (section 4.1.1): what the token says of itself.
  package let algorithm: String
  /// `kid` (section 4.1.4).
  package let keyID: String?
  /// `typ` (section 4.1.9), in small letters and without `application/`.
  package let type: String?
  /// The content that is signed.
  package let payload: [UInt8]
  /// The signature.
  package let signature: [UInt8]
  /// The bytes that the signature is over (section 5.1).
  package let signingInput: [UInt8]

  /// Throws `malformed`, also for more than `limit` bytes, and `unsupported` for a `crit`. Keys that a header brings or
  /// points to (`jwk`, `jku`, `x5c`, `x5u`) are not looked at (RFC 8725 section 3.10).
  package init(compact text: String, limit: Int) throws(JWTError) {
    guard text.utf8.count <= limit else { throw JWTError(.malformed, "the token is too long") }
    let bytes = Array(text.utf8)
    let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
      let signature = Base64URL.decode(parts[2])
    else { throw JWTError(.malformed, "the token is not three parts of base64url") }
    self.payload = payload
    self.signature = signature
    signingInput = Array(bytes[..<parts[1].endIndex])

    let members = try JWTObject.parse(header)
    guard let algorithm = members["alg"]?.string else {
      throw JWTError(.malformed, "the token's header names no algorithm")
    }
    self.algorithm = algorithm
    keyID = try Self.string(members["kid"])
    type = try Self.string(members["typ"]).map { name in
      let name = name.lowercased()
      return name.hasPrefix("application/") ? String(name.dropFirst("application/".count)) : name
    }
    // No extension is known that could be critical.
    guard members["crit"] == nil else {
      throw JWTError(.unsupported, "the token's header has critical extensions")
    }
  }

  private static func string(_ value: JSONValue?) throws(JWTError) -> String? {
    guard let value else { return nil }
    guard let text = value.string, text.utf8.count <= 256 else {
      throw JWTError(.malformed, "a parameter of the token's header is no short string")
    }
    return text
  }

  /// The compact form of a header and a payload, both JSON, with the signature that `sign` makes of the signing input.
  static func compact(header: JSONObject, payload: JSONObject, sign: ([UInt8]) -> [UInt8]) -> String {
    let parts = [header, payload].map { Base64URL.encode(JSONValue.object($0).bytes) }
    let input = parts.joined(separator: ".")
    return input + "." + Base64URL.encode(sign(Array(input.utf8)))
  }
}
