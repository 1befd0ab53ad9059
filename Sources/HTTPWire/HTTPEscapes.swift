/// Percent-encoding (RFC 3986 section 2.1).
enum HTTPEscapes {
  /// The bytes with their escapes decoded; nil where an escape is broken.
  static func decode(_ bytes: RawSpan, plusIsSpace: Bool = false) -> [UInt8]? {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.byteCount)
    var index = 0
    while index < bytes.byteCount {
      let byte = bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      index += 1
      if byte == UInt8(ascii: "%") {
        guard index + 2 <= bytes.byteCount,
          let high = HTTPText.hexDigit(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)),
          let low = HTTPText.hexDigit(bytes.unsafeLoad(fromByteOffset: index + 1, as: UInt8.self))
        else { return nil }
        output.append(high << 4 | low)
        index += 2
      } else {
        output.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
      }
    }
    return output
  }

  /// The decoded text; nil where it is not UTF-8 or holds U+0000.
  static func decodeStrictly(_ bytes: RawSpan) -> String? {
    guard let decoded = decode(bytes), !decoded.contains(0) else { return nil }
    return String(validating: decoded, as: UTF8.self)
  }

  /// A name or value of a form; the parser has checked the escapes.
  static func decodeForm(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: decode(bytes.span.bytes, plusIsSpace: true) ?? [], as: UTF8.self)
  }
}
