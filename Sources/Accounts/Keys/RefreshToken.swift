/// What a log-in is kept alive with (RFC 6749 section 1.5): `rt_`, the log-in's secret name of 128 bits, 256 bits of
/// its own, and a check. Only digests are ever stored, so that who knows a log-in's name has held one of its tokens.
package struct RefreshToken: Sendable, Equatable {
  /// What every token begins with.
  package static var prefix: String { "rt_" }
  private static let nameCount = 16
  private static let secretCount = 32

  /// The whole token.
  package let text: String
  private let name: [UInt8]
  private let secret: [UInt8]

  /// Nil where the text is no refresh token.
  package init?(_ text: String) {
    let count = Self.nameCount + Self.secretCount
    guard let bytes = TokenText.parse(text, prefix: Self.prefix, count: count) else { return nil }
    self.init(name: Array(bytes.prefix(Self.nameCount)), secret: Array(bytes.dropFirst(Self.nameCount)))
  }

  /// The first token of a new log-in.
  package static func random() -> RefreshToken {
    RefreshToken(name: Sodium.random(nameCount), secret: Sodium.random(secretCount))
  }

  private init(name: [UInt8], secret: [UInt8]) {
    self.name = name
    self.secret = secret
    text = TokenText.make(prefix: Self.prefix, name + secret)
  }

  /// The SHA-256 of the log-in's name: what its row is found by.
  package var family: [UInt8] { SHA256.digest(name) }

  /// The SHA-256 of the whole token.
  package var digest: [UInt8] { SHA256.digest(Array(text.utf8)) }

  /// The token that follows this one by a stored random value: the same each time, and known neither to who has this
  /// token without the store, nor to who has the store without this token.
  func successor(nonce: [UInt8]) -> RefreshToken {
    RefreshToken(name: name, secret: Sodium.hmac(nonce, key: secret))
  }
}

extension RefreshToken: CustomStringConvertible, CustomDebugStringConvertible {
  /// Its kind only.
  package var description: String { "refresh token" }
  /// The same.
  package var debugDescription: String { description }
}
