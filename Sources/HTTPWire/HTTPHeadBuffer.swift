import Glibc

/// Gathers a message's head line by line, in linear time whatever the pieces it comes in, and judges its fields as
/// strictly as RFC 9112 section 5 allows: what two readers could understand differently is an error.
struct HTTPHeadBuffer {
  var fields = HTTPFields()
  /// The first line, without its end.
  private(set) var startLine: Range<Int>?
  private var lineStart = 0
  private var headersStart = 0
  private var mayBeEmpty = true

  private let limits: HTTPLimits

  init(limits: HTTPLimits) {
    // Places are kept in 16 bits.
    precondition(limits.requestLineBytes + limits.headerBytes + 2 < 1 << 16)
    self.limits = limits
  }

  /// Whether nothing has come yet.
  var isEmpty: Bool { fields.bytes.isEmpty && mayBeEmpty }

  /// Takes bytes up to the empty line that ends the head, true once it is there.
  mutating func take(_ input: RawSpan, _ offset: inout Int) throws(HTTPError) -> Bool {
    while offset < input.byteCount {
      let (end, isWhole) = HTTPHeadBuffer.lineEnd(in: input, from: offset)
      if fields.bytes.isEmpty {
        // Another protocol, such as TLS, is told at its first byte and not waited for.
        let first = input.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
        guard HTTPText.isToken(first) || first == 0x0D else { throw .syntax("this is not HTTP") }
        fields.bytes.reserveCapacity(min(max(512, input.byteCount), 4096))
      }
      try checkRoom(for: end - offset)
      input.extracting(offset..<end).withUnsafeBytes { fields.bytes.append(contentsOf: $0) }
      offset = end
      if isWhole, try takeLine() { return true }
    }
    return false
  }

  /// The offset behind the next line feed, or the end where there is none.
  private static func lineEnd(in input: RawSpan, from offset: Int) -> (end: Int, isWhole: Bool) {
    input.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, let found = memchr(base + offset, 0x0A, bytes.count - offset) else {
        return (bytes.count, false)
      }
      return (UnsafeRawPointer(found) - base + 1, true)
    }
  }

  private func checkRoom(for count: Int) throws(HTTPError) {
    if startLine == nil {
      guard fields.bytes.count - lineStart + count <= limits.requestLineBytes + 2 else {
        throw HTTPError(.uriTooLong, "the request line is longer than \(limits.requestLineBytes) bytes")
      }
    } else if fields.bytes.count - headersStart + count > limits.headerBytes {
      throw HTTPError(.fieldsTooLarge, "the header fields are larger than \(limits.headerBytes) bytes")
    }
  }

  /// Takes the line that has become whole, true where it ends the head.
  private mutating func takeLine() throws(HTTPError) -> Bool {
    let line = lineStart..<max(lineStart, fields.bytes.count - 2)
    guard fields.bytes.count - lineStart >= 2, fields.bytes[line.upperBound] == 0x0D else {
      throw .syntax("a line ends without a carriage return")
    }
    lineStart = fields.bytes.count
    if startLine == nil {
      if line.isEmpty {
        // One empty line before a request is forgiven (RFC 9112 section 2.2).
        guard mayBeEmpty else { throw .syntax("an empty request line") }
        mayBeEmpty = false
        fields.bytes.removeAll(keepingCapacity: true)
        lineStart = 0
        return false
      }
      startLine = line
      headersStart = lineStart
      return false
    }
    if line.isEmpty { return true }
    guard fields.places.count < limits.fieldCount else {
      throw HTTPError(.fieldsTooLarge, "more than \(limits.fieldCount) header fields")
    }
    if fields.places.isEmpty { fields.places.reserveCapacity(16) }
    fields.places.append(try HTTPHeadBuffer.field(line, in: fields.bytes.span.bytes))
    return false
  }

  /// Judges a field line: `name ":" OWS value OWS` (RFC 9112 section 5).
  private static func field(_ line: Range<Int>, in bytes: RawSpan) throws(HTTPError) -> HTTPFields.Place {
    var index = line.lowerBound
    while index < line.upperBound, HTTPText.isToken(bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)) {
      index += 1
    }
    let name = line.lowerBound..<index
    guard index < line.upperBound, bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) == UInt8(ascii: ":") else {
      if name.isEmpty, HTTPText.isWhitespace(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) {
        throw .syntax("a folded header line")
      }
      throw .syntax("a header field's name is broken")
    }
    guard !name.isEmpty else { throw .syntax("a header field without a name") }
    let value = HTTPText.trimmed(index + 1..<line.upperBound, in: bytes)
    guard HTTPText.isFieldValue(bytes.extracting(value)) else {
      throw .syntax("a header field's value holds a control character")
    }
    return HTTPFields.Place(
      nameStart: UInt16(name.lowerBound), nameCount: UInt16(name.count), valueStart: UInt16(value.lowerBound),
      valueCount: UInt16(value.count))
  }
}
