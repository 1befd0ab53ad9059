/// What a visitor proves its sessions with: 43 to 128 characters of base64url. Only its digest is ever stored.
package struct VisitorToken: Sendable, Equatable {
  /// The token itself.
  package let text: String

  /// Nil where the text is no visitor token.
  package init?(_ text: String) {
    var text = text
    let isGood = text.withUTF8 { bytes in
      guard (43...128).contains(bytes.count) else { return false }
      for byte in bytes where !Base64URL.isCharacter(byte) { return false }
      return true
    }
    guard isGood else { return nil }
    self.text = text
  }

  /// A new token of 256 random bits.
  package static func random() -> VisitorToken {
    VisitorToken(unchecked: Base64URL.encode(Sodium.random(32)))
  }

  /// The token's SHA-256: what is stored, and looked up by.
  package var digest: [UInt8] { SHA256.digest(Array(text.utf8)) }

  private init(unchecked text: String) { self.text = text }
}
