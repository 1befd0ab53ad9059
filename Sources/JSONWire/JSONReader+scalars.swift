extension JSONReader {
  /// The truth value that comes next. Throws `kind` and `syntax`.
  package mutating func readBool() throws(JSONError) -> Bool {
    try expect(.bool)
    if peek() == UInt8(ascii: "t") {
      try literal("true")
      return true
    }
    try literal("false")
    return false
  }

  /// Takes the null that comes next. Throws `kind` and `syntax`.
  package mutating func readNull() throws(JSONError) {
    try expect(.null)
    try literal("null")
  }

  /// Takes a null where one comes next. False, with nothing consumed, where something else does.
  package mutating func readNullIfPresent() throws(JSONError) -> Bool {
    guard try peekKind() == .null else { return false }
    try readNull()
    return true
  }

  /// The whole number that comes next, nil where it is not whole or does not fit. RFC 8259 knows no integers apart from
  /// numbers, so `1.0` and `1e3` count as whole. Throws `kind` and `syntax`.
  package mutating func readInt() throws(JSONError) -> Int64? {
    try expect(.number)
    let number = try scanNumber()
    return JSONNumber.integer(bytes.extracting(number))
  }

  /// The number that comes next as the nearest double, nil where it is too large for one. Throws `kind` and `syntax`.
  package mutating func readDouble() throws(JSONError) -> Double? {
    JSONNumber.double(try readNumberText())
  }

  /// The number that comes next as it is written. Throws `kind` and `syntax`.
  package mutating func readNumberText() throws(JSONError) -> String {
    try expect(.number)
    let number = try scanNumber()
    return bytes.extracting(number).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  mutating func literal(_ text: StaticString) throws(JSONError) {
    let count = text.utf8CodeUnitCount
    let start = text.utf8Start
    for index in 0..<count {
      guard position + index < bytes.byteCount,
        bytes.unsafeLoad(fromUncheckedByteOffset: position + index, as: UInt8.self) == start[index]
      else { throw JSONError(.syntax, at: position) }
    }
    position += count
  }

  /// Walks over the number at `position` (RFC 8259 section 6).
  mutating func scanNumber() throws(JSONError) -> Range<Int> {
    let start = position
    if peek() == UInt8(ascii: "-") { position += 1 }
    if peek() == UInt8(ascii: "0") { position += 1 } else { try digits() }
    if peek() == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if peek() | 0x20 == UInt8(ascii: "e") {
      position += 1
      if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    return start..<position
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while peek() &- UInt8(ascii: "0") < 10 { position += 1 }
    if position == start { throw JSONError(.syntax, at: position) }
  }
}
