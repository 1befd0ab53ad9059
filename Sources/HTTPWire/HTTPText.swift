/// The character classes and comparisons of HTTP (RFC 9110 section 5.6).
enum HTTPText {
  /// A character of a token: of names, methods, codings.
  @inline(__always)
  static func isToken(_ byte: UInt8) -> Bool {
    // One bit for each of the 128 characters: ! # $ % & ' * + - . 0-9 ^ _ ` | ~ and letters.
    let low: UInt64 = 0x03FF_6CFA_0000_0000
    let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
    if byte >= 0x80 { return false }
    return (byte < 64 ? low >> UInt64(byte) : high >> UInt64(byte - 64)) & 1 == 1
  }

  /// A character of a field's value: visible, space, tab, or beyond ASCII.
  @inline(__always)
  static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

  /// Whether all bytes are characters of a field's value.
  static func isFieldValue(_ bytes: RawSpan) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var index = 0
    // Words without a control character are passed over whole. The loads stay below the end.
    while bytes.byteCount - index >= 8 {
      let word = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
      let delete = word ^ (ones &* 0x7F)
      let found = ((word &- ones &* 0x20) & ~word) | ((delete &- ones) & ~delete)
      if found & (ones &* 0x80) != 0 { break }
      index += 8
    }
    while index < bytes.byteCount {
      guard isFieldValue(bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)) else { return false }
      index += 1
    }
    return true
  }

  @inline(__always)
  static func isWhitespace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  @inline(__always)
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  @inline(__always)
  static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  @inline(__always)
  static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

  /// Whether the bytes are the text.
  static func equals(_ bytes: RawSpan, _ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard bytes.byteCount == count else { return false }
    for index in 0..<count
    where bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self) != text.utf8Start[index] { return false }
    return true
  }

  /// Whether the bytes are the text, which is in lower case, in any case.
  static func equalsIgnoringCase(_ bytes: RawSpan, _ lower: StaticString) -> Bool {
    let count = lower.utf8CodeUnitCount
    guard bytes.byteCount == count else { return false }
    for index in 0..<count
    where lowercased(bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)) != lower.utf8Start[index] {
      return false
    }
    return true
  }

  /// The range without the white space at its ends.
  static func trimmed(_ range: Range<Int>, in bytes: RawSpan) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, isWhitespace(bytes.unsafeLoad(fromByteOffset: start, as: UInt8.self)) { start += 1 }
    while start < end, isWhitespace(bytes.unsafeLoad(fromByteOffset: end - 1, as: UInt8.self)) { end -= 1 }
    return start..<end
  }

  /// Calls `body` with each element of a comma-separated list, trimmed, the empty ones left out, until it returns true.
  /// Whether it did. Quoted strings are not known here: no list that Skein reads may hold them.
  static func anyElement(of range: Range<Int>, in bytes: RawSpan, where body: (RawSpan) -> Bool) -> Bool {
    var start = range.lowerBound
    while start <= range.upperBound {
      var end = start
      while end < range.upperBound, bytes.unsafeLoad(fromByteOffset: end, as: UInt8.self) != UInt8(ascii: ",") {
        end += 1
      }
      let element = trimmed(start..<end, in: bytes)
      if !element.isEmpty, body(bytes.extracting(element)) { return true }
      start = end + 1
    }
    return false
  }

  /// The bytes as a string, each that is not UTF-8 replaced.
  static func string(_ bytes: RawSpan) -> String {
    bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}
