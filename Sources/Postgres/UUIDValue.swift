/// A UUID (RFC 9562): 128 bits, big-endian.
package struct UUIDValue: Sendable, Hashable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads the hyphenated form of 36 characters or the plain one of 32, in either case; nil for anything else.
  package init?(_ text: String) {
    var text = text
    let parts: (UInt64, UInt64)? = text.withUTF8 { bytes in
      guard bytes.count == 36 || bytes.count == 32 else { return nil }
      var words: (UInt64, UInt64) = (0, 0)
      for (index, byte) in bytes.enumerated() {
        if bytes.count == 36, index == 8 || index == 13 || index == 18 || index == 23 {
          guard byte == UInt8(ascii: "-") else { return nil }
          continue
        }
        guard let digit = Self.digit(byte) else { return nil }
        words.0 = words.0 << 4 | words.1 >> 60
        words.1 = words.1 << 4 | digit
      }
      return words
    }
    guard let parts else { return nil }
    high = parts.0
    low = parts.1
  }

  /// Lower-case and hyphenated, as PostgreSQL prints it.
  package var description: String {
    String(unsafeUninitializedCapacity: 36) { buffer in
      var place = 0
      for digit in 0..<32 {
        if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
          buffer[place] = UInt8(ascii: "-")
          place += 1
        }
        let word = digit < 16 ? high : low
        let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (digit & 15))) & 15
        buffer[place] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
        place += 1
      }
      return 36
    }
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}
