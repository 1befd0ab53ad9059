/// Checks UTF-8 as it arrives, in pieces of any size: RFC 3629, so no overlong forms, no surrogates, nothing above
/// U+10FFFF. The first byte that can't be part of valid text fails at once, even where its character is incomplete.
package struct UTF8Validator: Sendable, Equatable {
  // What the character that has begun still needs: the number of bytes, and the bounds of the next one.
  @usableFromInline var pending: UInt8 = 0
  @usableFromInline var lower: UInt8 = 0x80
  @usableFromInline var upper: UInt8 = 0xBF

  /// A validator at the start of a text.
  @inlinable
  package init() {}

  /// Whether the bytes so far end between two characters: at the end of a text it has to be true.
  @inlinable
  package var isComplete: Bool { pending == 0 }

  /// Takes the next bytes of the text. False where the text is invalid; it is then of no further use.
  @inlinable
  package mutating func accept(_ bytes: RawSpan) -> Bool {
    accept(bytes, until: bytes.byteCount) == nil
  }

  /// Takes the next bytes. The offset of the first byte that can't be right, nil where all can.
  package mutating func firstInvalid(in bytes: RawSpan) -> Int? {
    accept(bytes, until: bytes.byteCount)
  }

  @usableFromInline
  mutating func accept(_ bytes: RawSpan, until end: Int) -> Int? {
    var index = 0
    while index < end {
      if pending == 0 {
        // Whole words of ASCII need no look at the single bytes. The loads stay below `end`.
        while end - index >= 8 {
          let word = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
          if word & 0x8080_8080_8080_8080 != 0 {
            index += (word & 0x8080_8080_8080_8080).littleEndian.trailingZeroBitCount >> 3
            break
          }
          index += 8
        }
        index = skipCharacters(bytes, from: index, until: end)
        if index == end { return nil }
        let byte = bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
        if byte >= 0x80, !begin(byte) { return index }
      } else {
        let byte = bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
        if byte < lower || byte > upper { return index }
        pending -= 1
        lower = 0x80
        upper = 0xBF
      }
      index += 1
    }
    return nil
  }

  /// Passes over whole characters that lie within the input, the usual case; what it leaves, whether wrong, cut off or
  /// a run of ASCII, is judged by others. The loads stay below `end`.
  @inline(__always)
  func skipCharacters(_ bytes: RawSpan, from start: Int, until end: Int) -> Int {
    var index = start
    while end - index >= 4 {
      let word = UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt32.self))
      if word & 0xC0E0 == 0x80C0 {
        // Two bytes; leads below C2 would be overlong.
        guard word & 0x1E != 0 else { break }
        index += 2
      } else if word & 0xC0_C0F0 == 0x80_80E0 {
        // Three bytes; the ten bits that tell overlong forms (all zero) and surrogates (1101 1) apart.
        let tell = word & 0x200F
        guard tell != 0, tell != 0x200D else { break }
        index += 3
      } else if word & 0xC0C0_C0F8 == 0x8080_80F0 {
        // Four bytes, from U+10000 to U+10FFFF.
        let top = (word & 0x07) << 2 | (word >> 12) & 0x03
        guard top >= 1, top <= 0x10 else { break }
        index += 4
      } else {
        // A letter between such characters is passed over too; a run of them is left to the faster loop.
        guard word & 0x80 == 0, word & 0x8080_8080 != 0 else { break }
        index += 1
      }
    }
    return index
  }

  /// Takes the first byte of a character of several bytes; RFC 3629 section 4 gives the bounds of the second.
  @inline(__always)
  mutating func begin(_ byte: UInt8) -> Bool {
    switch byte {
    case 0xC2...0xDF:
      pending = 1
    case 0xE0:
      pending = 2
      lower = 0xA0
    case 0xED:
      pending = 2
      upper = 0x9F
    case 0xE1...0xEF:
      pending = 2
    case 0xF0:
      pending = 3
      lower = 0x90
    case 0xF1...0xF3:
      pending = 3
    case 0xF4:
      pending = 3
      upper = 0x8F
    default:
      return false
    }
    return true
  }
}

/// What Skein asks about bytes that hold UTF-8.
package enum UTF8Bytes {
  /// Whether the bytes are valid, whole UTF-8 (RFC 3629).
  package static func isValid(_ bytes: RawSpan) -> Bool {
    if isASCII(bytes) { return true }
    var validator = UTF8Validator()
    return validator.accept(bytes) && validator.isComplete
  }

  /// Whether all bytes are ASCII: mostly they are, and whole words tell it.
  private static func isASCII(_ bytes: RawSpan) -> Bool {
    let count = bytes.byteCount
    var seen: UInt64 = 0
    if count >= 8 {
      // The last word may overlap the one before. All loads stay below `count`.
      let last = count &- 8
      seen = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: last, as: UInt64.self)
      for index in stride(from: 0, to: last, by: 8) {
        seen |= bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
      }
    } else {
      for index in 0..<count { seen |= UInt64(bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)) }
    }
    return seen & 0x8080_8080_8080_8080 == 0
  }

  /// The offset of the first byte that makes the text invalid (its length, where the last character is cut off), or
  /// nil for valid text.
  package static func firstInvalid(in bytes: RawSpan) -> Int? {
    var validator = UTF8Validator()
    if let offset = validator.firstInvalid(in: bytes) { return offset }
    return validator.isComplete ? nil : bytes.byteCount
  }

  /// Whether `offset` lies between two scalars of valid UTF-8, or at either end of it.
  @inlinable
  package static func isBoundary(_ offset: Int, in bytes: RawSpan) -> Bool {
    if offset == 0 || offset == bytes.byteCount { return true }
    guard offset > 0, offset < bytes.byteCount else { return false }
    return bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self) & 0xC0 != 0x80
  }

  /// The nearest scalar boundary of valid UTF-8 at or before `offset`, which may lie past the end.
  @inlinable
  package static func boundary(atOrBefore offset: Int, in bytes: RawSpan) -> Int {
    var offset = min(max(offset, 0), bytes.byteCount)
    while !isBoundary(offset, in: bytes) { offset -= 1 }
    return offset
  }
}
