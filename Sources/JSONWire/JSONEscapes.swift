/// The escapes of JSON strings (RFC 8259 section 7).
enum JSONEscapes {
  /// Marks, in the top bit of each byte, where a word of eight bytes holds a quote, a backslash or a control character.
  /// The lowest mark is exact; a higher one may be false.
  @inline(__always)
  static func special(in word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    let quote = word ^ (ones &* 0x22)
    let backslash = word ^ (ones &* 0x5C)
    let control = (word &- ones &* 0x20) & ~word
    return (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & tops
  }

  /// The number that four hexadecimal digits give, nil where there are none.
  static func hex(_ bytes: RawSpan, at offset: Int) -> UInt16? {
    guard offset + 4 <= bytes.byteCount else { return nil }
    var number: UInt16 = 0
    for index in offset..<offset + 4 {
      let byte = bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      number = number << 4 | UInt16(digit)
    }
    return number
  }

  /// Appends the content of a string whose escapes have been checked, decoded.
  static func decode(_ content: RawSpan, into output: inout [UInt8]) {
    var index = 0
    var run = 0
    let end = content.byteCount
    func appendRun(_ range: Range<Int>, _ output: inout [UInt8]) {
      content.extracting(range).withUnsafeBytes { output.append(contentsOf: $0) }
    }
    while index < end {
      guard content.unsafeLoad(fromByteOffset: index, as: UInt8.self) == UInt8(ascii: "\\"), index + 1 < end else {
        index += 1
        continue
      }
      appendRun(run..<index, &output)
      let letter = content.unsafeLoad(fromByteOffset: index + 1, as: UInt8.self)
      index += 2
      switch letter {
      case UInt8(ascii: "b"): output.append(0x08)
      case UInt8(ascii: "f"): output.append(0x0C)
      case UInt8(ascii: "n"): output.append(0x0A)
      case UInt8(ascii: "r"): output.append(0x0D)
      case UInt8(ascii: "t"): output.append(0x09)
      case UInt8(ascii: "u"):
        var scalar = UInt32(hex(content, at: index) ?? 0)
        index += 4
        if scalar & 0xFC00 == 0xD800 {
          let low = UInt32(hex(content, at: index + 2) ?? 0)
          scalar = 0x10000 + (scalar & 0x3FF) << 10 + low & 0x3FF
          index += 6
        }
        output.append(contentsOf: UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
      default: output.append(letter)
      }
      run = index
    }
    appendRun(min(run, end)..<end, &output)
  }
}
