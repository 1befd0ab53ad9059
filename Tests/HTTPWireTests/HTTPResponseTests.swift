import HTTPWire
import Testing

@Suite struct HTTPResponseTests {
  static let date = Array("Sun, 06 Nov 1994 08:49:37 GMT".utf8)

  static func connection(_ request: String) throws -> HTTPResponseHead.Connection {
    HTTPResponseHead.Connection(answering: try head(request))
  }

  static func text(
    _ head: HTTPResponseHead, _ connection: HTTPResponseHead.Connection, _ body: HTTPBody
  ) -> (text: String, body: HTTPBody, keepsAlive: Bool) {
    var output: [UInt8] = []
    let sent = head.append(to: &output, for: connection, body: body, date: date)
    return (String(decoding: output, as: UTF8.self), sent.body, sent.keepsAlive)
  }

  @Test func aWholeResponse() throws {
    var head = HTTPResponseHead(.ok)
    head.add("Content-Type", "text/plain")
    head.add("X-Count", number: -12)
    try head.add("X-Text", text: "é ok")
    let connection = try Self.connection("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    var output: [UInt8] = []
    let keepsAlive = head.append(to: &output, for: connection, content: Array("hi".utf8).span.bytes, date: Self.date)
    #expect(keepsAlive)
    #expect(
      String(decoding: output, as: UTF8.self)
        == "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\nX-Count: -12\r\n"
        + "X-Text: é ok\r\nContent-Length: 2\r\n\r\nhi")
  }

  @Test(arguments: ["a\r\nSet-Cookie: x", "a\n", "a\r", "\u{0}", "\u{1B}[0m", "\u{7F}"])
  func noHeaderIsSmuggledIn(value: String) {
    var head = HTTPResponseHead(.ok)
    #expect(throws: HTTPError.self) { try head.add("X", text: value) }
    #expect(Self.text(head, HTTPResponseHead.Connection(), .none).text.contains("X:") == false)
  }

  struct Case: Sendable {
    var request: String
    var status: HTTPStatus
    var body: HTTPBody
    var sent: HTTPBody
    var keepsAlive: Bool
    var lines: [String]
    var absent: [String]
  }

  static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  static let old = "GET / HTTP/1.0\r\n\r\n"
  static let oldAlive = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
  static let cases = [
    Case(
      request: get, status: .ok, body: .length(5), sent: .length(5), keepsAlive: true, lines: ["Content-Length: 5"],
      absent: ["Connection", "Transfer-Encoding"]),
    Case(
      request: get, status: .notFound, body: .none, sent: .none, keepsAlive: true, lines: ["Content-Length: 0"],
      absent: ["Connection"]),
    Case(
      request: get, status: .ok, body: .chunked, sent: .chunked, keepsAlive: true,
      lines: ["Transfer-Encoding: chunked"],
      absent: ["Content-Length"]),
    Case(
      request: get, status: .ok, body: .untilClose, sent: .untilClose, keepsAlive: false, lines: ["Connection: close"],
      absent: ["Content-Length", "Transfer-Encoding"]),
    Case(
      request: old, status: .ok, body: .length(1), sent: .length(1), keepsAlive: false, lines: ["Connection: close"],
      absent: []),
    Case(
      request: oldAlive, status: .ok, body: .length(1), sent: .length(1), keepsAlive: true,
      lines: ["Connection: keep-alive"], absent: []),
    Case(
      request: oldAlive, status: .ok, body: .chunked, sent: .untilClose, keepsAlive: false,
      lines: ["Connection: close"], absent: ["Transfer-Encoding", "Content-Length"]),
    Case(
      request: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", status: .ok, body: .length(9), sent: .none, keepsAlive: true,
      lines: ["Content-Length: 9"], absent: []),
    Case(
      request: get, status: .noContent, body: .length(0), sent: .none, keepsAlive: true, lines: [],
      absent: ["Content-Length", "Transfer-Encoding"]),
    Case(
      request: get, status: .switchingProtocols, body: .none, sent: .none, keepsAlive: true, lines: [],
      absent: ["Content-Length", "Connection"]),
  ]

  @Test(arguments: cases) func framingFitsTheRequest(item: Case) throws {
    let sent = Self.text(HTTPResponseHead(item.status), try Self.connection(item.request), item.body)
    #expect(sent.body == item.sent && sent.keepsAlive == item.keepsAlive)
    for line in item.lines { #expect(sent.text.contains("\r\n\(line)\r\n"), "\(sent.text)") }
    for name in item.absent { #expect(!sent.text.contains("\r\n\(name):"), "\(sent.text)") }
  }

  // MARK: Parser

  static func parse(_ pieces: [[UInt8]], isHead: Bool = false) throws(HTTPError) -> [String] {
    var parser = HTTPResponseParser()
    parser.isHead = isHead
    var seen: [String] = []
    var body: [UInt8] = []
    for piece in pieces {
      var offset = 0
      while let event = try parser.next(in: piece.span.bytes, from: &offset) {
        switch event {
        case .head(let head): seen.append("\(head.status.code) \(head.fields["x"] ?? "-")")
        case .body(let range): body += piece[range]
        case .end:
          seen.append(String(decoding: body, as: UTF8.self))
          body = []
        }
      }
    }
    if !body.isEmpty { seen.append("open " + String(decoding: body, as: UTF8.self)) }
    return seen
  }

  static let responses: [(String, [String])] = [
    ("HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 204 \r\n\r\n", ["200 1", "hi", "204 -", ""]),
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201\r\nContent-Length: 0\r\n\r\n", ["100 -", "201 -", ""]),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", ["200 -", "hi"]),
    ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ["304 -", ""]),
    ("HTTP/1.0 200 Fine é\r\n\r\nuntil the end", ["200 -", "open until the end"]),
  ]

  @Test(arguments: responses) func responsesAreReadWhateverTheCut(text: String, expected: [String]) throws {
    let bytes = Array(text.utf8)
    #expect(try Self.parse([bytes]) == expected)
    #expect(try Self.parse(bytewise(bytes)) == expected)
    for offset in 0...bytes.count { #expect(try Self.parse(cut(bytes, at: offset)) == expected) }
  }

  @Test func aHeadResponseHasNoContent() throws {
    let bytes = Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".utf8)
    #expect(try Self.parse([bytes], isHead: true) == ["200 -", ""])
  }

  @Test(arguments: [
    "HTTP/2 200\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 999 x\r\n\r\n", "HTTP/1.1  200 x\r\n\r\n", "x\r\n\r\n",
  ])
  func brokenStatusLinesAreRefused(text: String) {
    #expect(throws: HTTPError.self) { try Self.parse([Array(text.utf8)]) }
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    var output: [UInt8] = []
    let connection = try Self.connection(Self.get)
    HTTPResponseHead(.ok).append(to: &output, for: connection, body: .chunked, date: Self.date)
    HTTPResponseHead.appendChunk(Array("hello ".utf8).span.bytes, to: &output)
    HTTPResponseHead.appendChunk([UInt8]().span.bytes, to: &output)
    HTTPResponseHead.appendChunk(Array(String(repeating: "x", count: 300).utf8).span.bytes, to: &output)
    HTTPResponseHead.appendLastChunk(to: &output)
    #expect(try Self.parse([output]) == ["200 -", "hello " + String(repeating: "x", count: 300)])
  }
}
