import HTTPWire
import Testing
import WebSocketWire

@Suite struct WebSocketHandshakeTests {
  static func request(_ text: String) throws -> HTTPRequestHead {
    var parser = HTTPRequestParser()
    var offset = 0
    let bytes = Array(text.utf8)
    guard case .head(let head) = try parser.next(in: bytes.span.bytes, from: &offset) else {
      throw HTTPError(.badRequest, "no head")
    }
    return head
  }

  static let good = [
    "Host: a", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
  ]

  static func handshake(
    _ fields: [String], line: String = "GET /v1/socket HTTP/1.1", spoken: [String] = ["skein.v1"]
  ) throws -> WebSocketHandshake {
    let text = ([line] + fields).joined(separator: "\r\n") + "\r\n\r\n"
    return try WebSocketHandshake(judging: try request(text), subprotocols: spoken)
  }

  static func answer(_ handshake: WebSocketHandshake, extensions: [WebSocketExtension] = []) throws -> String {
    var output: [UInt8] = []
    let connection = HTTPResponseHead.Connection()
    try handshake.head(extensions: extensions).append(to: &output, for: connection, body: .none, date: [0x2D])
    return String(decoding: output, as: UTF8.self)
  }

  // RFC 6455 section 1.3.
  @Test func theExampleOfTheStandard() throws {
    let handshake = try Self.handshake(Self.good)
    #expect(
      try Self.answer(handshake)
        == "HTTP/1.1 101 Switching Protocols\r\nDate: -\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
  }

  @Test(
    arguments: [
      (["chat, skein.v1"], "skein.v1"), (["chat"], nil), (["b", "a"], "b"), ([], nil), (["A"], nil),
    ] as [([String], String?)]) func theFirstSharedSubprotocolIsChosen(offers: [String], chosen: String?) throws
  {
    let fields = Self.good + offers.map { "Sec-WebSocket-Protocol: \($0)" }
    let handshake = try Self.handshake(fields, spoken: ["a", "b", "skein.v1"])
    #expect(handshake.subprotocol == chosen)
    #expect(try Self.answer(handshake).contains("Sec-WebSocket-Protocol: \(chosen ?? "")") == (chosen != nil))
  }

  @Test func fieldsAreListsInAnyCase() throws {
    let fields = [
      "Host: a", "UPGRADE: h2c, WebSocket", "connection: keep-alive, UPGRADE",
      "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version: 13",
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits", "Sec-WebSocket-Extensions: x",
    ]
    let handshake = try Self.handshake(fields)
    #expect(
      handshake.offeredExtensions
        == [WebSocketExtension("permessage-deflate", [.init("client_max_window_bits")]), WebSocketExtension("x")])
    #expect(
      try Self.answer(handshake, extensions: handshake.offeredExtensions)
        .contains("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x\r\n"))
  }

  struct Refused: Sendable {
    var replace: String
    var with: String?
    var line = "GET / HTTP/1.1"
    var status: UInt16
  }

  static let refused: [Refused] = [
    Refused(replace: "Upgrade: websocket", with: nil, status: 426),
    Refused(replace: "Upgrade: websocket", with: "Upgrade: websockets", status: 426),
    Refused(replace: "Connection: Upgrade", with: nil, status: 400),
    Refused(replace: "Connection: Upgrade", with: "Connection: keep-alive", status: 400),
    Refused(replace: "Sec-WebSocket-Version: 13", with: nil, status: 426),
    Refused(replace: "Sec-WebSocket-Version: 13", with: "Sec-WebSocket-Version: 8", status: 426),
    Refused(replace: "Sec-WebSocket-Version: 13", with: "Sec-WebSocket-Version: 13, 8", status: 426),
    Refused(replace: good[3], with: nil, status: 400),
    Refused(replace: good[3], with: "Sec-WebSocket-Key:", status: 400),
    Refused(replace: good[3], with: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ", status: 400),
    Refused(replace: good[3], with: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=a", status: 400),
    Refused(replace: good[3], with: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==", status: 400),
    Refused(replace: good[3], with: good[3] + "\r\n" + good[3], status: 400),
    Refused(replace: "-", with: nil, line: "POST / HTTP/1.1", status: 405),
    Refused(replace: "-", with: nil, line: "GET / HTTP/1.0", status: 400),
    Refused(replace: "Host: a", with: "Host: a\r\nContent-Length: 1", status: 400),
    Refused(replace: "Host: a", with: "Host: a\r\nSec-WebSocket-Protocol: a b", status: 400),
    Refused(replace: "Host: a", with: "Host: a\r\nSec-WebSocket-Protocol: a, a", status: 400),
    Refused(replace: "Host: a", with: "Host: a\r\nSec-WebSocket-Extensions: a; =1", status: 400),
    Refused(replace: "Upgrade: websocket", with: "Upgrade: web socket", status: 426),
    Refused(replace: "Connection: Upgrade", with: "Connection: Upgraded", status: 400),
    Refused(replace: "Sec-WebSocket-Version: 13", with: "Sec-WebSocket-Version: 013", status: 426),
    Refused(replace: "Host: a", with: "Host: a\r\nSec-WebSocket-Version: 13", status: 426),
    Refused(replace: "Host: a", with: "Host: a\r\nTransfer-Encoding: chunked", status: 400),
  ]

  @Test(arguments: refused) func badRequestsAreRefused(item: Refused) throws {
    let fields = Self.good.compactMap { $0 == item.replace ? item.with : $0 }
    #expect {
      try Self.handshake(fields, line: item.line)
    } throws: { error in
      (error as? WebSocketRefusal)?.status.code == item.status
    }
  }

  @Test func aRefusalSaysWhatIsSpoken() throws {
    let fields = Self.good.filter { !$0.contains("Version") }
    do {
      _ = try Self.handshake(fields)
      Issue.record("a handshake without a version was taken")
    } catch let error as WebSocketRefusal {
      var output: [UInt8] = []
      error.head.append(to: &output, for: HTTPResponseHead.Connection(), body: .none, date: [])
      let text = String(decoding: output, as: UTF8.self)
      #expect(text.hasPrefix("HTTP/1.1 426 ") && text.contains("\r\nSec-WebSocket-Version: 13\r\n"))
    }
  }

  @Test func onlyUpgradesAreWanted() throws {
    #expect(
      WebSocketHandshake.isWanted(by: try Self.request("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\n\r\n")))
    #expect(!WebSocketHandshake.isWanted(by: try Self.request("GET / HTTP/1.1\r\nHost: a\r\n\r\n")))
    #expect(!WebSocketHandshake.isWanted(by: try Self.request("GET / HTTP/1.0\r\nUpgrade: websocket\r\n\r\n")))
  }

  static func received(_ bytes: [UInt8]) throws -> HTTPReceivedHead {
    var parser = HTTPResponseParser()
    var offset = 0
    guard case .head(let head) = try parser.next(in: bytes.span.bytes, from: &offset) else {
      throw HTTPError(.badRequest, "no head")
    }
    return head
  }

  @Test func clientAndServerAgree() throws {
    let client = WebSocketClientHandshake(subprotocols: ["other", "skein.v1"])
    var bytes: [UInt8] = []
    client.appendRequest(host: "a:1", target: "/v1/socket?site=x", fields: "Origin: http://a\r\n", to: &bytes)
    let request = try Self.request(String(decoding: bytes, as: UTF8.self))
    #expect(request.queryValue("site") == "x" && request.fields["origin"] == "http://a")
    let server = try WebSocketHandshake(judging: request, subprotocols: ["skein.v1"])
    let answer = try Self.answer(server)
    #expect(try client.check(try Self.received(Array(answer.utf8))) == "skein.v1")

    for (old, new) in [
      ("101", "200"), ("Upgrade: websocket\r\n", ""), ("Connection: Upgrade\r\n", ""),
      ("skein.v1", "else"), ("Sec-WebSocket-Accept: ", "Sec-WebSocket-Accept: x"),
    ] {
      let parts = answer.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
      let broken = parts.joined(separator: new)
      #expect(throws: WebSocketHandshakeError.self) { try client.check(try Self.received(Array(broken.utf8))) }
    }
    #expect(WebSocketClientHandshake().key != WebSocketClientHandshake().key)
  }
}
