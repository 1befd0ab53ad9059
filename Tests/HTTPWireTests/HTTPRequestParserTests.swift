import HTTPWire
import Testing

@Suite struct HTTPRequestParserTests {
  typealias Request = Outcome.Request

  static let streams: [(String, [Request])] = [
    (
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      [Request(line: "GET /", fields: ["Host: a"], isWhole: true)]
    ),
    (
      "\r\nGET /a?b=c HTTP/1.0\r\n\r\n",
      [Request(line: "GET /a?b=c", isWhole: true)]
    ),
    (
      "GET / HTTP/1.1\r\nHost:a:80\r\nX-Empty:\r\nX: \t a b \t \r\nAccept: */*\r\n\r\n",
      [Request(line: "GET /", fields: ["Host: a:80", "X-Empty: ", "X: a b", "Accept: */*"], isWhole: true)]
    ),
    (
      "POST /x HTTP/1.1\r\nHost: [::1]:8080\r\nContent-Length: 5\r\n\r\nhelloGET /y HTTP/1.1\r\nHost: b\r\n\r\n",
      [
        Request(
          line: "POST /x", fields: ["Host: [::1]:8080", "Content-Length: 5"], body: Array("hello".utf8), isWhole: true),
        Request(line: "GET /y", fields: ["Host: b"], isWhole: true),
      ]
    ),
    (
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
      [Request(line: "POST /", fields: ["Host: a", "Content-Length: 0"], isWhole: true)]
    ),
    (
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
        + "5\r\nhello\r\n00A;ext=\"1 2\"\r\n0123456789\r\n0\r\nX-T: 1\r\nY:\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
      [
        Request(
          line: "POST /", fields: ["Host: a", "Transfer-Encoding: Chunked"], body: Array("hello0123456789".utf8),
          isWhole: true),
        Request(line: "GET /", fields: ["Host: a"], isWhole: true),
      ]
    ),
    (
      "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      [Request(line: "PUT /", fields: ["Host: a", "Transfer-Encoding: chunked"], isWhole: true)]
    ),
    ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", [Request(line: "OPTIONS *", fields: ["Host: a"], isWhole: true)]),
    (
      "CONNECT a.b:443 HTTP/1.1\r\nHost: a.b:443\r\n\r\n",
      [Request(line: "CONNECT a.b:443", fields: ["Host: a.b:443"], isWhole: true)]
    ),
    (
      "GET http://other/p?q HTTP/1.1\r\nHost: a\r\n\r\n",
      [Request(line: "GET http://other/p?q", fields: ["Host: a"], isWhole: true)]
    ),
    (
      "BREW /pot HTTP/1.7\r\nHost:\r\n\r\n", [Request(line: "BREW /pot", fields: ["Host: "], isWhole: true)]
    ),
  ]

  @Test(arguments: streams) func streamsGiveTheirRequestsWhateverTheCut(text: String, requests: [Request]) {
    let bytes = Array(text.utf8)
    let expected = Outcome(requests: requests)
    #expect(parse([bytes]) == expected)
    #expect(parse(bytewise(bytes)) == expected)
    for offset in 0...bytes.count { #expect(parse(cut(bytes, at: offset)) == expected, "cut at \(offset)") }
  }

  // What follows "GET / HTTP/1.1\r\nHost: a\r\n", and the status that it gets.
  static let badFields: [(String, UInt16)] = [
    ("Host: a\r\n\r\n", 400), ("Host: b\r\n\r\n", 400),
    ("Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400), ("Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400),
    ("Content-Length: 1, 1\r\n\r\nx", 400), ("Content-Length: +1\r\n\r\nx", 400), ("Content-Length: -1\r\n\r\nx", 400),
    ("Content-Length: 0x1\r\n\r\nx", 400), ("Content-Length: 1 1\r\n\r\nx", 400), ("Content-Length:\r\n\r\n", 400),
    ("Content-Length: 1.0\r\n\r\nx", 400), ("Content-Length: 99999999999999999999\r\n\r\n", 413),
    ("Content-Length: 9223372036854775807\r\n\r\n", 413), ("Content-Length: 1048577\r\n\r\n", 413),
    ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("Transfer-Encoding: chunked, chunked\r\n\r\n", 400), ("Transfer-Encoding: chunked,\r\n\r\n", 400),
    ("Transfer-Encoding:\r\n\r\n", 400), ("Transfer-Encoding: \"chunked\"\r\n\r\n", 400),
    ("Transfer-Encoding: chunked;q=1\r\n\r\n", 400), ("Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
    ("Transfer-Encoding: chunked, identity\r\n\r\n", 501), ("Transfer-Encoding: xchunked\r\n\r\n", 501),
    ("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
    ("Transfer-Encoding : chunked\r\n\r\n", 400), ("Transfer-Encoding\t: chunked\r\n\r\n", 400),
    (" Transfer-Encoding: chunked\r\n\r\n", 400), ("X: a\r\n b\r\n\r\n", 400), ("X: a\r\n\tb\r\n\r\n", 400),
    ("X\r\n\r\n", 400), (": a\r\n\r\n", 400), ("X Y: a\r\n\r\n", 400), ("X\u{0}: a\r\n\r\n", 400),
    ("X: a\u{0}b\r\n\r\n", 400), ("X: a\u{7F}b\r\n\r\n", 400), ("X: a\u{1}\r\n\r\n", 400), ("X: a\rb\r\n\r\n", 400),
    ("X: a\r\r\n\r\n", 400), ("X: a\n\r\n", 400), ("X: a\r\n\n", 400), ("\rX: a\r\n\r\n", 400),
    ("X(Y): a\r\n\r\n", 400),
    ("Xé: a\r\n\r\n", 400), ("X\"Y: a\r\n\r\n", 400), ("Expect: 100-continue, x\r\n\r\n", 417),
    ("Expect: something\r\n\r\n", 417), ("Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n", 417),
    ("X: " + String(repeating: "a", count: 16 * 1024) + "\r\n\r\n", 431),
    (String(repeating: "X: a\r\n", count: 100) + "\r\n", 431),
    (String(repeating: "X: a\r\n", count: 4000), 431),
  ]

  @Test(arguments: badFields) func badFieldsAreRefusedWhateverTheCut(text: String, status: UInt16) {
    let bytes = Array(("GET / HTTP/1.1\r\nHost: a\r\n" + text).utf8)
    #expect(parse([bytes]).status == status)
    #expect(parse(bytewise(bytes)).status == status)
  }

  static let badLines: [(String, UInt16)] = [
    ("GET  / HTTP/1.1", 400), ("GET /  HTTP/1.1", 400), (" GET / HTTP/1.1", 400), ("GET / HTTP/1.1 ", 400),
    ("GET\t/\tHTTP/1.1", 400), ("GET / b HTTP/1.1", 400), ("GET /", 400), ("GET", 400), ("GET / ", 400),
    ("/ HTTP/1.1", 400), ("G(T / HTTP/1.1", 400), ("GÉT / HTTP/1.1", 400), ("GET / http/1.1", 400),
    ("GET / HTTP/1", 400), ("GET / HTTP/1.", 400), ("GET / HTTP/1.10", 400), ("GET / HTTP/11", 400),
    ("GET / HTTPS/1.1", 400), ("GET / HTTP/a.b", 400), ("GET / HTTP/2.0", 505), ("PRI * HTTP/2.0", 505),
    ("GET / HTTP/0.9", 505), ("GET a HTTP/1.1", 400), ("GET a/b HTTP/1.1", 400), ("GET * HTTP/1.1", 400),
    ("GET ?a HTTP/1.1", 400), ("GET ftp://a/ HTTP/1.1", 400), ("GET http:// HTTP/1.1", 400),
    ("GET http:///a HTTP/1.1", 400), ("GET http://u@a/ HTTP/1.1", 400), ("GET http://a:b/ HTTP/1.1", 400),
    ("GET http:/a HTTP/1.1", 400), ("CONNECT / HTTP/1.1", 400), ("CONNECT a HTTP/1.1", 400),
    ("CONNECT a: HTTP/1.1", 400), ("CONNECT http://a:1/ HTTP/1.1", 400), ("GET /a#b HTTP/1.1", 400),
    ("GET /a\\b HTTP/1.1", 400), ("GET /a\"b HTTP/1.1", 400), ("GET /<a> HTTP/1.1", 400), ("GET /%zz HTTP/1.1", 400),
    ("GET /%2 HTTP/1.1", 400), ("GET /% HTTP/1.1", 400), ("GET /?a=% HTTP/1.1", 400), ("GET /é HTTP/1.1", 400),
    ("GET /\u{0} HTTP/1.1", 400), ("GET /\u{7F} HTTP/1.1", 400), ("GET /\u{1} HTTP/1.1", 400),
    ("GET /\r HTTP/1.1", 400), ("\r\n\r\nGET / HTTP/1.1", 400), ("\nGET / HTTP/1.1", 400),
    ("GET /" + String(repeating: "a", count: 8192) + " HTTP/1.1", 414),
    // The first byte counts before the length does, whether they come together or not.
    ("\u{16}" + String(repeating: "a", count: 8200), 400),
  ]

  @Test(arguments: badLines) func badRequestLinesAreRefusedWhateverTheCut(line: String, status: UInt16) {
    let bytes = Array((line + "\r\nHost: a\r\n\r\n").utf8)
    #expect(parse([bytes]).status == status)
    #expect(parse(bytewise(bytes)).status == status)
  }

  static let badHosts = [
    "a b", "a/b", "a@b", "http://a", "a:b", "a:1:2", "a:123456", "[::1", "[]", "[g::1]", "::1", ":80", "a?b", "a#b",
    "é", "a\\b",
  ]

  @Test(arguments: badHosts) func badHostsAreRefused(host: String) {
    #expect(parse("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").status == 400)
  }

  @Test(arguments: ["a", "a.b-c", "127.0.0.1:80", "[::1]", "[::ffff:1.2.3.4]:443", "a:", "%61", ""])
  func goodHostsAreTaken(host: String) {
    #expect(parse("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").error == nil)
  }

  @Test func aHostIsNeeded() {
    #expect(parse("GET / HTTP/1.1\r\n\r\n").status == 400)
    #expect(parse("GET / HTTP/1.0\r\n\r\n").error == nil)
    #expect(parse("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n").status == 400)
    #expect(parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").status == 400)
  }

  static let badChunks: [(String, UInt16)] = [
    ("\r\n", 400), ("g\r\n", 400), (" 1\r\na\r\n", 400), ("1 \r\na\r\n", 400), ("+1\r\na\r\n", 400), ("-1\r\n", 400),
    ("0x1\r\n", 400), ("1\na\r\n", 400), ("1\r\nab\r\n", 400), ("1\r\na\n0\r\n\r\n", 400), ("1\r\na\r0", 400),
    ("1\ra", 400), (";a\r\n", 400), ("1;a\nb\r\n", 400), ("1;a\rb\r\n", 400), ("1;a\u{0}\r\n", 400),
    ("FFFFFFFFFFFFFFFF\r\n", 400), ("0000000000000001\r\na", 400), ("10000000000000000\r\n", 400),
    ("0\r\nX\r\n\r\n", 400), ("0\r\n: a\r\n\r\n", 400), ("0\r\nX : a\r\n\r\n", 400), ("0\r\nX: a\n\r\n", 400),
    ("0\r\n X: a\r\n\r\n", 400), ("0\r\nX: a\u{0}\r\n\r\n", 400), ("0\n\r\n", 400), ("0\r\n\n", 400), ("0\r\n\rX", 400),
    ("1;" + String(repeating: "a", count: 9000), 431), ("0\r\nX: " + String(repeating: "a", count: 9000), 431),
    (String(repeating: "1;abcdefgh\r\na\r\n", count: 1200), 431),
    ("100001\r\n" + String(repeating: "a", count: 99), 413),
  ]

  @Test(arguments: badChunks) func badChunksAreRefusedWhateverTheCut(text: String, status: UInt16) {
    // A chunk that begins within the limit and goes beyond it is refused with the byte that does.
    let limit = status == 413 ? 50 : nil
    let bytes = Array(("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + text).utf8)
    #expect(parse([bytes], bodyLimit: limit).status == status)
    #expect(parse(bytewise(bytes), bodyLimit: limit).status == status)
  }

  @Test func theCallerSetsTheLimitOfTheContent() {
    let length = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789".utf8)
    let chunks = Array(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n".utf8)
    for bytes in [length, chunks] {
      for pieces in [[bytes], bytewise(bytes)] {
        #expect(parse(pieces, bodyLimit: 10).requests.first?.isWhole == true)
        let refused = parse(pieces, bodyLimit: 9)
        #expect(refused.status == 413)
        #expect(refused.requests.first?.body.count ?? 0 <= 9)
      }
    }
    #expect(parse([length], bodyLimit: 9).requests.first?.body == [])
  }

  @Test func theLimitsAreExact() {
    var limits = HTTPLimits()
    limits.requestLineBytes = 20
    limits.headerBytes = 30
    limits.fieldCount = 3
    func status(_ text: String) -> UInt16? { parse([Array(text.utf8)], limits: limits).status }
    #expect(status("GET /234567 HTTP/1.1\r\nHost: a\r\n\r\n") == nil)
    #expect(status("GET /2345678 HTTP/1.1\r\nHost: a\r\n\r\n") == 414)
    // 9 + 19 + 2 bytes, then one more.
    #expect(status("GET / HTTP/1.1\r\nHost: a\r\nX: 45678901234567\r\n\r\n") == nil)
    #expect(status("GET / HTTP/1.1\r\nHost: a\r\nX: 456789012345678\r\n\r\n") == 431)
    #expect(status("GET / HTTP/1.1\r\nHost: a\r\nX:1\r\nY:1\r\n\r\n") == nil)
    #expect(status("GET / HTTP/1.1\r\nHost: a\r\nX:1\r\nY:1\r\nZ:1\r\n\r\n") == 431)
  }

  @Test func theNextRequestWaitsForItsTurn() throws {
    let bytes = Array("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    var parser = HTTPRequestParser()
    var offset = 0
    let wasIdle = parser.isIdle
    guard case .head(let first) = try parser.next(in: bytes.span.bytes, from: &offset) else {
      Issue.record("no head")
      return
    }
    #expect(first.path == "/1" && offset == bytes.count / 2)
    guard case .end = try parser.next(in: bytes.span.bytes, from: &offset) else {
      Issue.record("no end")
      return
    }
    let isIdle = parser.isIdle
    #expect(wasIdle && isIdle && offset == bytes.count / 2)
  }

  @Test func whatFollowsAnUpgradeIsLeftInPlace() throws {
    let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n".utf8) + [0x81, 0x80, 1, 2, 3, 4]
    var parser = HTTPRequestParser()
    var offset = 0
    let event = try parser.next(in: bytes.span.bytes, from: &offset)
    guard case .head = event else {
      Issue.record("no head")
      return
    }
    #expect(bytes[offset...] == [0x81, 0x80, 1, 2, 3, 4])
  }

  @Test(arguments: [[0x16, 0x03, 0x01], [0x00], [0xFF], [0x0A], [0x20]] as [[UInt8]])
  func anotherProtocolIsToldAtItsFirstByte(bytes: [UInt8]) {
    #expect(parse([[bytes[0]]]).status == 400)
  }

  @Test func anErrorIsFinal() {
    var parser = HTTPRequestParser()
    let bad = Array("GET\r\n\r\n".utf8)
    let good = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    for bytes in [bad, good] {
      var offset = 0
      do throws(HTTPError) {
        _ = try parser.next(in: bytes.span.bytes, from: &offset)
        Issue.record("no error")
      } catch {
        #expect(error.status == .badRequest)
      }
    }
  }
}
