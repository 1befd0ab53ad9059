/// A server's secret: `sk_`, 256 random bits and a check. Only its digest is ever stored, with the part that is shown.
/// To be looked for before a `VisitorToken`, whose characters it has too.
package struct APIKey: Sendable, Equatable {
  /// What every key begins with.
  package static var prefix: String { "sk_" }
  private static let byteCount = 32

  /// The whole key: told to its maker once.
  package let text: String

  /// Nil where the text is no key; a typing error is found here but once in 2^24 times.
  package init?(_ text: String) {
    guard TokenText.parse(text, prefix: Self.prefix, count: Self.byteCount) != nil else { return nil }
    self.text = text
  }

  /// A new key.
  package static func random() -> APIKey {
    APIKey(unchecked: TokenText.make(prefix: prefix, Sodium.random(byteCount)))
  }

  /// What a list of keys shows: enough to tell them apart, while 208 bits stay unknown.
  package var shown: String { String(text.prefix(Self.prefix.count + 8)) }

  /// The key's SHA-256: what is stored, and looked up by.
  package var digest: [UInt8] { SHA256.digest(Array(text.utf8)) }

  private init(unchecked text: String) { self.text = text }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible {
  /// The part that is shown.
  package var description: String { shown + "..." }
  /// The same.
  package var debugDescription: String { description }
}
