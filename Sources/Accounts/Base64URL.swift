import CSodium

/// base64url without padding (RFC 4648 section 5, RFC 7515 section 2).
package enum Base64URL {
  private static let variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING

  /// The text of the bytes.
  package static func encode(_ bytes: [UInt8]) -> String {
    Sodium.start()
    var text = [CChar](repeating: 0, count: sodium_base64_encoded_len(bytes.count, variant))
    sodium_bin2base64(&text, text.count, bytes, bytes.count, variant)
    return String(decoding: text.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The bytes of a text; nil for one with padding, white space, a foreign character, an impossible length, or bits set
  /// behind the last byte. So each run of bytes has exactly one text.
  package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard !text.isEmpty else { return [] }
    // The library takes some bytes beyond ASCII for characters.
    guard text.allSatisfy(isCharacter) else { return nil }
    let capacity = text.count / 4 * 3 + 2
    var isGood = false
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
      guard let output = buffer.baseAddress else { return }
      isGood = text.withUnsafeBytes { text in
        guard let start = text.baseAddress?.assumingMemoryBound(to: CChar.self) else { return false }
        return sodium_base642bin(output, capacity, start, text.count, nil, &filled, nil, variant) == 0
      }
      if !isGood { filled = 0 }
    }
    return isGood ? bytes : nil
  }

  /// The bytes of a text, as `decode(_:)`.
  package static func decode(_ text: String) -> [UInt8]? { decode(Array(text.utf8)[...]) }

  /// Whether the byte is one of the alphabet's 64.
  package static func isCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
