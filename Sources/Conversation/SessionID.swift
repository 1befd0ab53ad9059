/// The public id of a session: 16 to 64 of `A-Z a-z 0-9 _ -`.
package struct SessionID: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  /// Nil where the text is no session id.
  package init?(_ text: String) {
    var text = text
    let isGood = text.withUTF8 { bytes in
      guard (16...64).contains(bytes.count) else { return false }
      for byte in bytes where !Self.allows(byte) { return false }
      return true
    }
    guard isGood else { return nil }
    self.text = text
  }

  /// A new id of 128 random bits.
  package static func random(using generator: inout some RandomNumberGenerator) -> SessionID {
    var text = "s_"
    for half: UInt64 in [generator.next(), generator.next()] {
      let digits = String(half, radix: 16)
      text += String(repeating: "0", count: 16 - digits.count) + digits
    }
    return SessionID(unchecked: text)
  }

  private init(unchecked text: String) { self.text = text }

  /// The same place for the same session, whatever the process: which of `count` loops is its home.
  package func home(of count: Int) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Int((hash ^ hash >> 32) % UInt64(count))
  }

  package var description: String { text }

  private static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

/// The key of a session in the store.
package struct SessionKey: Hashable, Sendable {
  package let rawValue: Int64
  package init(rawValue: Int64) { self.rawValue = rawValue }
}
