import JSONWire

/// The JSON of a token's parts.
enum JWTObject {
  /// The object that the bytes hold. Names stand once (RFC 7519 section 4, where a reader may choose), and no string
  /// holds U+0000, which PostgreSQL can't store.
  static func parse(_ bytes: [UInt8]) throws(JWTError) -> JSONObject {
    do throws(JSONError) {
      if let object = try members(of: bytes) { return object }
    } catch {}
    throw JWTError(.malformed, "a part of the token is not the JSON object that it should be")
  }

  private static func members(of bytes: [UInt8]) throws(JSONError) -> JSONObject? {
    var reader = try JSONReader(validating: bytes.span.bytes, maxDepth: 16)
    var names: Set<String> = []
    var members: [(String, JSONValue)] = []
    try reader.beginObject()
    while let key = try reader.nextKey() {
      let name = key.string
      guard !reader.heldNUL, names.insert(name).inserted else { return nil }
      let range = try reader.skipValue()
      guard !reader.heldNUL, !reader.heldExtremeNumber else { return nil }
      var value = reader.reader(of: range)
      members.append((name, try JSONValue(from: &value)))
    }
    try reader.finish()
    return JSONObject(members)
  }
}

extension String {
  /// Whether both have the same bytes: names in tokens are not equal by Unicode's rules (RFC 7519 section 7.3).
  func isIdentical(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
