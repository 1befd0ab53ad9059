extension JSONReader {
  /// Walks over the whole value that comes next, checking it as strictly as if it were read. Returns where it stands in
  /// `bytes`; `heldNUL` then speaks of every string and key within it, `heldExtremeNumber` of every number. Throws `syntax`, `depth`, `loneSurrogate`.
  @discardableResult
  package mutating func skipValue() throws(JSONError) -> Range<Int> {
    _ = try peekKind()
    heldNUL = false
    heldExtremeNumber = false
    let start = position
    let outer = depth
    // One bit for each open container, the innermost the lowest: 1 for an object. A stack of its own and no recursion,
    // so that nesting costs nothing.
    var objects: UInt64 = 0
    repeat {
      // Here a value begins.
      switch try peekKind() {
      case .object:
        try enter()
        objects = objects << 1 | 1
      case .array:
        try enter()
        objects <<= 1
      case .string: _ = try scanString()
      case .number:
        let number = try scanNumber()
        if JSONNumber.isExtreme(bytes.extracting(number)) { heldExtremeNumber = true }
      case .bool: try literal(peek() == UInt8(ascii: "t") ? "true" : "false")
      case .null: try literal("null")
      }
      // Here a value, or the opening of a container, is behind: go to the next value or out of what ends.
      while depth > outer {
        if objects & 1 == 1 {
          guard try advance(closing: UInt8(ascii: "}")) else {
            objects >>= 1
            continue
          }
          guard peek() == UInt8(ascii: "\"") else { throw JSONError(.syntax, at: position) }
          _ = try scanString()
          skipWhitespace()
          guard peek() == UInt8(ascii: ":") else { throw JSONError(.syntax, at: position) }
          position += 1
          break
        }
        if try advance(closing: UInt8(ascii: "]")) { break }
        objects >>= 1
      }
    } while depth > outer
    return start..<position
  }

  /// The bytes of the whole value that comes next, as they are written and fully checked.
  @_lifetime(copy self)
  package mutating func rawValue() throws(JSONError) -> RawSpan {
    let range = try skipValue()
    return bytes.extracting(range)
  }
}
