import Bytes

/// The kinds of JSON value, as the first byte tells them.
package enum JSONKind: Sendable {
  case object, array, string, number, bool, null
}

/// A strict pull parser for one JSON text (RFC 8259) in UTF-8 bytes that it borrows: it allocates nothing but what the
/// caller asks for. The caller walks the text; where the text differs from the walk, a `JSONError` is thrown, and only
/// after one of code `kind` may the reader be used further.
///
///     try reader.beginObject()
///     while let key = try reader.nextKey() {
///       if key == "type" { type = try reader.readString() } else { try reader.skipValue() }
///     }
///     try reader.finish()
package struct JSONReader: ~Escapable {
  /// The deepest nesting that a reader can be told to allow. Whoever allows much of it for a `JSONValue` needs the stack.
  package static var deepest: Int { 1000 }

  /// The whole text.
  package let bytes: RawSpan
  /// The offset of the next byte to be read.
  package internal(set) var position = 0
  /// Whether the key, string or whole value that was read or skipped last held the character U+0000, which PostgreSQL
  /// can't store.
  package internal(set) var heldNUL = false
  /// Whether the whole value that was skipped last held a number that PostgreSQL or a browser can't keep: one that is
  /// no finite double, has an exponent of more than three digits, or is longer than 1,000 bytes.
  package internal(set) var heldExtremeNumber = false

  @usableFromInline let maxDepth: Int
  @usableFromInline var depth = 0
  // True between the opening bracket and the first member: there a comma is wrong, and a closing bracket right.
  @usableFromInline var isAtStart = false

  /// A reader of bytes that are known to be valid UTF-8. `maxDepth`, at most 1,000, bounds the nesting of the whole text.
  @_lifetime(copy bytes)
  @inlinable
  package init(_ bytes: RawSpan, maxDepth: Int = 32) {
    precondition(maxDepth <= JSONReader.deepest)
    self.bytes = bytes
    self.maxDepth = maxDepth
  }

  /// A reader of bytes that are checked to be UTF-8 first. Throws `invalidUTF8`.
  @_lifetime(copy bytes)
  package init(validating bytes: RawSpan, maxDepth: Int = 32) throws(JSONError) {
    if let offset = UTF8Bytes.firstInvalid(in: bytes) { throw JSONError(.invalidUTF8, at: offset) }
    self.init(bytes, maxDepth: maxDepth)
  }

  /// A reader of one value that `skipValue()` has walked over, for a second look at it.
  @_lifetime(copy self)
  package func reader(of value: Range<Int>) -> JSONReader {
    JSONReader(bytes.extracting(value), maxDepth: maxDepth)
  }

  // MARK: Containers

  /// The kind of the value that comes next; nothing is consumed but white space. Throws `syntax` where none does.
  package mutating func peekKind() throws(JSONError) -> JSONKind {
    skipWhitespace()
    switch peek() {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    default: throw JSONError(.syntax, at: position)
    }
  }

  /// Enters an object. Its members are then walked by `nextKey()` until that returns nil.
  package mutating func beginObject() throws(JSONError) {
    try expect(.object)
    try enter()
  }

  /// Enters an array. Its elements are then walked by `nextElement()` until that returns false.
  package mutating func beginArray() throws(JSONError) {
    try expect(.array)
    try enter()
  }

  /// Moves to the next member of the object and past its key, so that its value is read next; nil at the object's end,
  /// which is consumed.
  @_lifetime(copy self)
  package mutating func nextKey() throws(JSONError) -> JSONKey? {
    guard try advance(closing: UInt8(ascii: "}")) else { return nil }
    guard peek() == UInt8(ascii: "\"") else { throw JSONError(.syntax, at: position) }
    heldNUL = false
    let (content, hasEscapes) = try scanString()
    skipWhitespace()
    guard peek() == UInt8(ascii: ":") else { throw JSONError(.syntax, at: position) }
    position += 1
    return JSONKey(raw: bytes.extracting(content), hasEscapes: hasEscapes)
  }

  /// Moves to the next element of the array; false at the array's end, which is consumed.
  package mutating func nextElement() throws(JSONError) -> Bool {
    try advance(closing: UInt8(ascii: "]"))
  }

  /// Demands that nothing but white space follows, and that every container has been walked to its end.
  package mutating func finish() throws(JSONError) {
    skipWhitespace()
    guard position == bytes.byteCount, depth == 0 else { throw JSONError(.syntax, at: position) }
  }

  // MARK: Steps

  @inline(__always)
  mutating func enter() throws(JSONError) {
    guard depth < maxDepth else { throw JSONError(.depth, at: position) }
    depth += 1
    position += 1
    isAtStart = true
  }

  /// Steps over the comma before a further member, or over the closing bracket.
  @inline(__always)
  mutating func advance(closing bracket: UInt8) throws(JSONError) -> Bool {
    skipWhitespace()
    let next = peek()
    if next == bracket {
      position += 1
      depth -= 1
      isAtStart = false
      return false
    }
    if isAtStart {
      isAtStart = false
      return true
    }
    guard next == UInt8(ascii: ",") else { throw JSONError(.syntax, at: position) }
    position += 1
    skipWhitespace()
    return true
  }

  @inline(__always)
  mutating func expect(_ kind: JSONKind) throws(JSONError) {
    guard try peekKind() == kind else { throw JSONError(.kind, at: position) }
  }

  /// The next byte, or 0 at the end: no JSON token holds a 0.
  @inline(__always)
  func peek() -> UInt8 {
    position < bytes.byteCount ? bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self) : 0
  }

  @inline(__always)
  mutating func skipWhitespace() {
    while true {
      switch peek() {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }
}
