extension JSONWriter {
  /// A string.
  package mutating func string(_ value: String) {
    var value = value
    value.withUTF8 { string(UnsafeRawBufferPointer($0).bytes) }
  }

  /// A string, given as valid UTF-8.
  package mutating func string(_ utf8: [UInt8]) { string(utf8.span.bytes) }

  /// A string, given as valid UTF-8. The quote, the backslash and the characters below U+0020 are escaped, nothing
  /// else.
  package mutating func string(_ utf8: RawSpan) {
    separate()
    needsComma = true
    bytes.append(UInt8(ascii: "\""))
    JSONWriter.append(escaping: utf8, to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  /// A string of as many of the leading characters of `utf8` as fit in `limit` bytes when escaped, the quotes not
  /// counted. Returns how many bytes of `utf8` that are; they end between two scalars.
  package mutating func string(prefixOf utf8: RawSpan, limit: Int) -> Int {
    // No byte takes more than six.
    let count = limit / 6 >= utf8.byteCount ? utf8.byteCount : JSONWriter.prefix(of: utf8, limit: limit)
    string(utf8.extracting(0..<count))
    return count
  }

  /// How many bytes the text takes as a JSON string, without the quotes.
  package static func escapedLength(_ utf8: RawSpan) -> Int {
    var length = utf8.byteCount
    var index = 0
    while true {
      index = nextSpecial(in: utf8, from: index)
      guard index < utf8.byteCount else { return length }
      length += escapedLength(utf8.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)) - 1
      index += 1
    }
  }

  /// How many bytes of the valid UTF-8 fit in `limit` bytes as a JSON string without the quotes, cut between two
  /// scalars.
  package static func prefix(of utf8: RawSpan, limit: Int) -> Int {
    var room = limit
    var index = 0
    while index < utf8.byteCount {
      let special = nextSpecial(in: utf8, from: index)
      if special - index > room {
        // The cut falls into a run without escapes: back to the start of a scalar.
        var cut = index + max(room, 0)
        while cut > index, utf8.unsafeLoad(fromByteOffset: cut, as: UInt8.self) & 0xC0 == 0x80 { cut -= 1 }
        return cut
      }
      room -= special - index
      index = special
      guard index < utf8.byteCount else { break }
      room -= escapedLength(utf8.unsafeLoad(fromByteOffset: index, as: UInt8.self))
      if room < 0 { return index }
      index += 1
    }
    return index
  }

  /// Appends the text as it stands between the quotes of a JSON string.
  package static func append(escaping utf8: RawSpan, to output: inout [UInt8]) {
    var run = 0
    while true {
      let special = nextSpecial(in: utf8, from: run)
      utf8.extracting(run..<special).withUnsafeBytes { output.append(contentsOf: $0) }
      guard special < utf8.byteCount else { return }
      append(escape: utf8.unsafeLoad(fromUncheckedByteOffset: special, as: UInt8.self), to: &output)
      run = special + 1
    }
  }

  /// The offset of the first byte at or after `start` that has to be escaped, or the end.
  private static func nextSpecial(in utf8: RawSpan, from start: Int) -> Int {
    let end = utf8.byteCount
    var index = start
    // The loads stay below `end`.
    while end - index >= 8 {
      let special = JSONEscapes.special(
        in: utf8.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self))
      if special != 0 { return index + special.littleEndian.trailingZeroBitCount >> 3 }
      index += 8
    }
    while index < end, escapedLength(utf8.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)) == 1 {
      index += 1
    }
    return index
  }

  @inline(__always)
  private static func escapedLength(_ byte: UInt8) -> Int {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x08, 0x09, 0x0A, 0x0C, 0x0D: 2
    case 0..<0x20: 6
    default: 1
    }
  }

  private static func append(escape byte: UInt8, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x09: output.append(UInt8(ascii: "t"))
    case 0x0A: output.append(UInt8(ascii: "n"))
    case 0x0C: output.append(UInt8(ascii: "f"))
    case 0x0D: output.append(UInt8(ascii: "r"))
    case 0..<0x20:
      output.append(contentsOf: [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")])
      output.append(UInt8(ascii: "0") + byte >> 4)
      output.append(byte & 15 < 10 ? UInt8(ascii: "0") + byte & 15 : UInt8(ascii: "a") + byte & 15 - 10)
    default: output.append(byte)
    }
  }
}
