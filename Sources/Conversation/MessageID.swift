/// The id of a message: a UUID (RFC 9562), unique in its session. Clients make those of their messages, the server those
/// of answers.
package struct MessageID: Hashable, Sendable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads the canonical lower-case form with hyphens; nil for every other.
  package init?(_ text: some Collection<UInt8>) {
    guard text.count == 36 else { return nil }
    var halves: (UInt64, UInt64) = (0, 0)
    for (place, byte) in text.enumerated() {
      if place == 8 || place == 13 || place == 18 || place == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      default: return nil
      }
      halves.0 = halves.0 << 4 | halves.1 >> 60
      halves.1 = halves.1 << 4 | UInt64(digit)
    }
    (high, low) = halves
  }

  /// Reads the canonical form from a string.
  package init?(_ text: String) { self.init(text.utf8) }

  /// A new random id (version 4).
  package static func random(using generator: inout some RandomNumberGenerator) -> MessageID {
    MessageID(
      high: generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000,
      low: generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
  }

  /// The same, of the system's randomness.
  package static func fresh() -> MessageID {
    var generator = SystemRandomNumberGenerator()
    return random(using: &generator)
  }

  /// The canonical form: 36 ASCII characters.
  package var text: InlineArray<36, UInt8> {
    var text = InlineArray<36, UInt8>(repeating: UInt8(ascii: "-"))
    func write(_ word: UInt64, _ first: Int, _ second: Int) {
      let digits = Self.digits(UInt32(truncatingIfNeeded: word))
      for digit in 0..<4 {
        text[first + digit] = UInt8(truncatingIfNeeded: digits >> UInt64(8 * digit))
        text[second + digit] = UInt8(truncatingIfNeeded: digits >> UInt64(8 * digit + 32))
      }
    }
    write(high >> 32, 0, 4)
    write(high, 9, 14)
    write(low >> 32, 19, 24)
    write(low, 28, 32)
    return text
  }

  /// Eight hexadecimal digits, the first in the lowest byte: all at once.
  private static func digits(_ word: UInt32) -> UInt64 {
    var nibbles = UInt64(word.byteSwapped)
    nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
    nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
    nibbles = (nibbles >> 4 | nibbles << 8) & 0x0F0F_0F0F_0F0F_0F0F
    // One where the digit is a letter.
    let letters = (nibbles + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return nibbles + 0x3030_3030_3030_3030 + letters * UInt64(UInt8(ascii: "a") - UInt8(ascii: "0") - 10)
  }

  package var description: String {
    text.span.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }
}
