/// A response up to its content, to be sent. Its fields are kept as the bytes that go out.
///
///     var head = HTTPResponseHead(.ok)
///     head.add("Content-Type", "text/plain; charset=utf-8")
///     head.append(to: &output, for: connection, body: .length(5), date: dates.date(at: now))
package struct HTTPResponseHead: Sendable {
  /// What a response has to fit: the request's version and method, and whether the connection is to go on.
  package struct Connection: Sendable {
    /// The request's version.
    package var version: HTTPVersion
    /// Whether the request was HEAD, so that the response has no content whatever its fields say.
    package var isHead: Bool
    /// Whether the connection may serve further requests.
    package var keepsAlive: Bool

    /// What a request asks for; `closing` where the server wants to end the connection.
    package init(answering request: HTTPRequestHead, closing: Bool = false) {
      version = request.version
      isHead = request.method == .head
      keepsAlive = request.keepsAlive && !closing
    }

    /// The answer to what could not be read as a request: the connection ends.
    package init() {
      version = .http11
      isHead = false
      keepsAlive = false
    }
  }

  /// The status.
  package var status: HTTPStatus
  private var lines: [UInt8] = []

  /// A response without fields.
  package init(_ status: HTTPStatus) {
    self.status = status
    lines.reserveCapacity(192)
  }

  /// A response that was kept. `fieldLines` are those of another one.
  package init(_ status: HTTPStatus, fieldLines: [UInt8]) {
    self.status = status
    lines = fieldLines
  }

  /// The fields as they go out, each with its line end, for a response that is kept.
  package var fieldLines: [UInt8] { lines }

  /// Adds a field. Content-Length, Transfer-Encoding, Connection and Date are added by themselves.
  package mutating func add(_ name: StaticString, _ value: StaticString) {
    append(name)
    lines.append(contentsOf: UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    endLine()
  }

  /// Adds a field of a number.
  package mutating func add(_ name: StaticString, number: Int) {
    append(name)
    HTTPResponseHead.append(number, to: &lines)
    endLine()
  }

  /// Adds a field of any value. Throws, with status 500, where it holds a control character, such as the line end by
  /// which a header could be smuggled in.
  package mutating func add(_ name: StaticString, text value: String) throws(HTTPError) {
    var value = value
    guard value.withUTF8({ HTTPText.isFieldValue($0.span.bytes) }) else {
      throw HTTPError(.internalServerError, "the value of \(name) holds a control character")
    }
    append(name)
    value.withUTF8 { lines.append(contentsOf: $0) }
    endLine()
  }

  /// Appends the head as it goes out. Where chunks are asked for and the client knows none, the content goes on until
  /// the connection ends. Returns how the content is to be sent, and whether the connection goes on after it.
  /// `date` is the Date field's value.
  @discardableResult
  package func append(
    to output: inout [UInt8], for connection: Connection, body: HTTPBody, date: [UInt8]
  ) -> (body: HTTPBody, keepsAlive: Bool) {
    var body = body
    var keepsAlive = connection.keepsAlive
    if body == .chunked, connection.version == .http10 { body = .untilClose }
    if status.forbidsBody { body = .none }
    if body == .untilClose { keepsAlive = false }

    HTTPResponseHead.append("HTTP/1.1 ", to: &output)
    HTTPResponseHead.append(Int(status.code), to: &output)
    output.append(0x20)
    HTTPResponseHead.append(status.reason, to: &output)
    HTTPResponseHead.append("\r\nDate: ", to: &output)
    output.append(contentsOf: date)
    HTTPResponseHead.append("\r\n", to: &output)
    output.append(contentsOf: lines)
    switch body {
    case .length(let length):
      HTTPResponseHead.append("Content-Length: ", to: &output)
      HTTPResponseHead.append(length, to: &output)
      HTTPResponseHead.append("\r\n", to: &output)
    case .none:
      if !status.forbidsBody { HTTPResponseHead.append("Content-Length: 0\r\n", to: &output) }
    case .chunked: HTTPResponseHead.append("Transfer-Encoding: chunked\r\n", to: &output)
    case .untilClose: break
    }
    if status.code >= 200 {
      if !keepsAlive {
        HTTPResponseHead.append("Connection: close\r\n", to: &output)
      } else if connection.version == .http10 {
        HTTPResponseHead.append("Connection: keep-alive\r\n", to: &output)
      }
    }
    HTTPResponseHead.append("\r\n", to: &output)
    return (connection.isHead ? .none : body, keepsAlive)
  }

  /// Appends a whole response with its content, which is left out where the request was HEAD. Returns whether the
  /// connection goes on after it.
  @discardableResult
  package func append(
    to output: inout [UInt8], for connection: Connection, content: RawSpan, date: [UInt8]
  ) -> Bool {
    let sent = append(to: &output, for: connection, body: .length(content.byteCount), date: date)
    if sent.body != .none { content.withUnsafeBytes { output.append(contentsOf: $0) } }
    return sent.keepsAlive
  }

  /// Appends the interim response that lets a client send its content.
  package static func appendContinue(to output: inout [UInt8]) {
    append("HTTP/1.1 100 Continue\r\n\r\n", to: &output)
  }

  // MARK: Chunks

  /// Appends a chunk of content; an empty one is left out, since it would end the content.
  package static func appendChunk(_ content: RawSpan, to output: inout [UInt8]) {
    guard !content.isEmpty else { return }
    output.append(contentsOf: String(content.byteCount, radix: 16).utf8)
    append("\r\n", to: &output)
    content.withUnsafeBytes { output.append(contentsOf: $0) }
    append("\r\n", to: &output)
  }

  /// Appends the end of content in chunks.
  package static func appendLastChunk(to output: inout [UInt8]) {
    append("0\r\n\r\n", to: &output)
  }

  // MARK: Steps

  private mutating func append(_ name: StaticString) {
    HTTPResponseHead.append(name, to: &lines)
    lines.append(UInt8(ascii: ":"))
    lines.append(0x20)
  }

  private mutating func endLine() {
    lines.append(0x0D)
    lines.append(0x0A)
  }

  private static func append(_ text: StaticString, to output: inout [UInt8]) {
    output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private static func append(_ number: Int, to output: inout [UInt8]) {
    var magnitude = number.magnitude
    if number < 0 { output.append(UInt8(ascii: "-")) }
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var first = 20
    repeat {
      first -= 1
      digits[first] = 0x30 + UInt8(truncatingIfNeeded: magnitude % 10)
      magnitude /= 10
    } while magnitude != 0
    for index in first..<20 { output.append(digits[index]) }
  }
}
