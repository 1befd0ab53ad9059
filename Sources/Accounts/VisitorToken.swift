import CSodium

/// What a visitor proves its sessions with: 43 to 128 characters of base64url. Only its digest is ever stored.
package struct VisitorToken: Sendable, Equatable {
  package let text: String

  /// Nil where the text is no visitor token.
  package init?(_ text: String) {
    guard (43...128).contains(text.utf8.count), text.utf8.allSatisfy(Self.allows) else { return nil }
    self.text = text
  }

  /// A new token of 256 random bits.
  package static func random() -> VisitorToken {
    Sodium.start()
    var bytes = [UInt8](repeating: 0, count: 32)
    randombytes_buf(&bytes, bytes.count)
    let variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING
    var text = [CChar](repeating: 0, count: sodium_base64_encoded_len(bytes.count, variant))
    sodium_bin2base64(&text, text.count, bytes, bytes.count, variant)
    return VisitorToken(unchecked: String(decoding: text.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
  }

  /// The token's SHA-256: what is stored, and looked up by.
  package var digest: [UInt8] { SHA256.digest(Array(text.utf8)) }

  private init(unchecked text: String) { self.text = text }

  private static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
