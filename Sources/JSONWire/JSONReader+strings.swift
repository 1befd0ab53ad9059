extension JSONReader {
  /// The string that comes next, its escapes decoded; `heldNUL` tells whether U+0000 was in it. Throws `kind`,
  /// `loneSurrogate`, `syntax`.
  package mutating func readString() throws(JSONError) -> String {
    let (content, hasEscapes) = try stringToken()
    guard hasEscapes else {
      return bytes.extracting(content).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(content.count)
    JSONEscapes.decode(bytes.extracting(content), into: &decoded)
    return String(decoding: decoded, as: UTF8.self)
  }

  /// The UTF-8 bytes of the string that comes next, as `readString()`.
  package mutating func readUTF8() throws(JSONError) -> [UInt8] {
    let (content, hasEscapes) = try stringToken()
    guard hasEscapes else { return bytes.extracting(content).withUnsafeBytes { Array($0) } }
    var decoded: [UInt8] = []
    JSONEscapes.decode(bytes.extracting(content), into: &decoded)
    return decoded
  }

  /// Appends the UTF-8 bytes of the string that comes next, as `readString()`.
  package mutating func readUTF8(into output: inout [UInt8]) throws(JSONError) {
    let (content, hasEscapes) = try stringToken()
    if hasEscapes {
      JSONEscapes.decode(bytes.extracting(content), into: &output)
    } else {
      bytes.extracting(content).withUnsafeBytes { output.append(contentsOf: $0) }
    }
  }

  private mutating func stringToken() throws(JSONError) -> (content: Range<Int>, hasEscapes: Bool) {
    try expect(.string)
    heldNUL = false
    return try scanString()
  }

  /// Walks over the string whose quote is at `position`, checking every escape. Returns the bytes between the quotes.
  mutating func scanString() throws(JSONError) -> (content: Range<Int>, hasEscapes: Bool) {
    let start = position + 1
    let end = bytes.byteCount
    var index = start
    var hasEscapes = false
    while true {
      // Words without a quote, a backslash or a control character are passed over whole. The loads stay below `end`.
      while end - index >= 8 {
        let word = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
        let special = JSONEscapes.special(in: word)
        if special != 0 {
          index += special.littleEndian.trailingZeroBitCount >> 3
          break
        }
        index += 8
      }
      guard index < end else { throw JSONError(.syntax, at: end) }
      switch bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self) {
      case UInt8(ascii: "\""):
        position = index + 1
        return (start..<index, hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        index = try checkEscape(at: index)
      case 0..<0x20:
        throw JSONError(.syntax, at: index)
      default:
        index += 1
      }
    }
  }

  /// Checks the escape whose backslash is at `index`, a surrogate pair as one. Returns the offset after it.
  private mutating func checkEscape(at index: Int) throws(JSONError) -> Int {
    guard index + 1 < bytes.byteCount else { throw JSONError(.syntax, at: bytes.byteCount) }
    switch bytes.unsafeLoad(fromUncheckedByteOffset: index + 1, as: UInt8.self) {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return index + 2
    case UInt8(ascii: "u"):
      guard let unit = JSONEscapes.hex(bytes, at: index + 2) else { throw JSONError(.syntax, at: index) }
      if unit == 0 { heldNUL = true }
      guard unit & 0xF800 == 0xD800 else { return index + 6 }
      guard unit < 0xDC00, index + 8 <= bytes.byteCount,
        bytes.unsafeLoad(fromByteOffset: index + 6, as: UInt8.self) == UInt8(ascii: "\\"),
        bytes.unsafeLoad(fromByteOffset: index + 7, as: UInt8.self) == UInt8(ascii: "u"),
        let low = JSONEscapes.hex(bytes, at: index + 8), low & 0xFC00 == 0xDC00
      else { throw JSONError(.loneSurrogate, at: index) }
      return index + 12
    default:
      throw JSONError(.syntax, at: index)
    }
  }
}
