import JSONWire
import Server
import SkeinTestKit
import Testing
import Transport
import WebSocketWire

/// What can't be understood, and what that does to the connection and its session: nothing.
@Suite struct BadInputTests {
  private static let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)

  @Test(arguments: [
    "", "null", "[]", "17", "\"hello\"", "{", "{}", "{\"type\":1}", "{\"type\":null}", "{\"type\":\"\"}",
    "{\"type\":\"ping\",}", "{\"type\":\"ping\"} x", "{'type':'ping'}", "{\"type\":\"ping\",\"nonce\":\"\\ud83d\"}",
    "{\"type\":\"ping\",\"nonce\":\"\\ude00\"}", "{\"type\":\"ping\",\"x\":\"\\ude00\\ud83d\"}",
    "{\"type\":\"ping\",\"x\":\(deep)}", "{\"type\":\"ping\",\"nonce\":\"a\u{1}b\"}", "{\"type\":\"ping\" \"x\":1}",
    "{\"type\":\"ping\",\"x\":01}", "{\"type\":\"ping\",\"x\":NaN}", "{\"ref\":\"r\"}",
  ])
  func whatIsNoFrame(text: String) async throws {
    let client = try await TestServer.shared().client()
    let before = await client.transcript
    await client.send(text: text)
    let error = try await client.next()
    #expect(error["type"] == "error")
    #expect(error["code"] == "bad_frame")
    #expect(error["message"]?.string?.isEmpty == false)
    #expect(try await client.settle() == [])
    #expect(await client.transcript == before)
    #expect(try await client.ask("still there?").text == "This answer was made by a script.")
  }

  @Test(arguments: [
    "nonsense", "Hello", "welcome", "message.created", "message.Send",
    // The server's own comes with later versions.
    "message.tool",
  ])
  func unknownTypes(type: String) async throws {
    let client = try await TestServer.shared().client()
    let error = try await client.request(["type": .string(type), "ref": "u", "message": "x"])
    #expect(error["code"] == "unknown_type")
    #expect(error["ref"] == "u")
    // However many of them come.
    for _ in 0..<5 { await client.send(["type": .string(type)]) }
    #expect(try await client.settle().count == 5)
  }

  @Test func framesBeforeHello() async throws {
    let client = try await TestServer.shared().connect()
    let early = try await client.request(["type": "ping", "ref": "p"])
    #expect(early["code"] == "bad_frame")
    #expect(early["ref"] == "p")
    let asked = try await client.request([
      "type": "message.send", "id": .string(JSONValue.messageID()), "content": "hi",
    ])
    #expect(asked["code"] == "bad_frame")
    #expect(try await client.hello()["created"] == true)
  }

  @Test func aSecondHello() async throws {
    let identity = Identity.random()
    let client = try await TestServer.shared().client(identity)
    let error = try await client.request(["type": "hello", "ref": "again"])
    #expect(error["code"] == "bad_frame")
    #expect(error["ref"] == "again")
    #expect(try await client.ask("hi").status == "complete")
  }

  @Test(arguments: [true, false])
  func theThirdBadFrameCloses(isWelcomed: Bool) async throws {
    let client = try await TestServer.shared().connect()
    if isWelcomed { try await client.hello() }
    for _ in 0..<3 { await client.send(text: "no json") }
    for _ in 0..<3 { #expect(try await client.next()["code"] == "bad_frame") }
    #expect(try await client.untilClosed() == 1008)
  }

  @Test func badFramesAreCountedAcrossLoops() async throws {
    // With a session on either loop: one of them moves there between the second and the third bad frame.
    for session in ["0123456789abcdef", "0123456789abcdeg", "0123456789abcdeh", "0123456789abcdei"] {
      let client = try await TestServer.shared().connect()
      for _ in 0..<2 { await client.send(text: "no json") }
      for _ in 0..<2 { #expect(try await client.next()["code"] == "bad_frame") }
      try await client.hello(Identity(session: session + Identity.random().session, token: Identity.token()))
      await client.send(text: "no json")
      #expect(try await client.untilClosed() == 1008)
    }
  }

  @Test func binaryMessages() async throws {
    for isWelcomed in [true, false] {
      let client = try await TestServer.shared().connect()
      if isWelcomed { try await client.hello() }
      await client.send(.binary, Array("{\"type\":\"ping\"}".utf8))
      #expect(try await client.untilClosed() == 1003)
    }
  }

  @Test(
    arguments: [
      [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0xE2, 0x82], [0x80],
    ] as [[UInt8]])
  func invalidUTF8(bytes: [UInt8]) async throws {
    let client = try await TestServer.shared().client()
    await client.send(.text, Array("{\"type\":\"ping\",\"nonce\":\"".utf8) + bytes + Array("\"}".utf8))
    #expect(try await client.untilClosed() == 1007)
  }

  @Test func oversizedFrames() async throws {
    let server = try await TestServer.shared()
    let largest = Array("{\"type\":\"ping\",\"nonce\":\"n\",\"x\":\"".utf8)
    let padding = [UInt8](repeating: UInt8(ascii: "x"), count: 256 * 1024 - largest.count - 2)
    let client = try await server.client()
    await client.send(.text, largest + padding + Array("\"}".utf8))
    #expect(try await client.next()["type"] == "pong")
    await client.send(.text, largest + padding + Array("x\"}".utf8))
    #expect(try await client.untilClosed() == 1009)

    // In fragments, none of which is large.
    let slicer = try await server.client()
    for index in 0..<5 {
      await slicer.send(
        index == 0 ? .text : .continuation, [UInt8](repeating: UInt8(ascii: " "), count: 60_000), isFinal: false)
    }
    #expect(try await slicer.untilClosed() == 1009)
  }

  @Test func brokenFraming() async throws {
    let server = try await TestServer.shared()
    for bytes: [UInt8] in [
      // Not masked; a reserved bit; an unknown opcode; a continuation of nothing; a ping in fragments; a long ping.
      [0x81, 0x02, 0x7B, 0x7D], [0xC1, 0x80, 0, 0, 0, 0], [0x83, 0x80, 0, 0, 0, 0], [0x80, 0x80, 0, 0, 0, 0],
      [0x09, 0x80, 0, 0, 0, 0], [0x89, 0xFE, 0x00, 0x7E, 0, 0, 0, 0],
    ] {
      let client = try await server.client()
      await client.socket.send(bytes)
      #expect(try await client.untilClosed() == 1002)
    }
  }

  @Test(arguments: [1000, 1001, 4000] as [UInt16])
  func aCloseIsAnsweredWithItsCode(code: UInt16) async throws {
    let client = try await TestServer.shared().client()
    await client.sendClose(code, reason: "bye")
    await #expect(throws: TestClientError.closed(code: code, reason: "")) { try await client.next() }
  }

  @Test func refsAreLimited() async throws {
    let client = try await TestServer.shared().client()
    for ref: JSONValue in [.string(String(repeating: "r", count: 65)), 5, nil, ["x"]] {
      let error = try await client.request(["type": "ping", "ref": ref])
      #expect(error["code"] == "bad_field")
      #expect(error["ref"] == nil)
    }
    let longest = JSONValue.string(String(repeating: "é", count: 32))
    #expect(try await client.request(["type": "ping", "ref": longest])["ref"] == longest)
    #expect(try await client.request(["type": "ping", "ref": ""])["ref"] == "")
  }

  @Test func pings() async throws {
    let client = try await TestServer.shared().client()
    #expect(try await client.request(["type": "ping"]) == ["type": "pong"])
    #expect(
      try await client.request(["type": "ping", "nonce": "\u{0}n\"", "ref": "r", "unknown": 1])
        == ["type": "pong", "ref": "r", "nonce": "\u{0}n\""])
    #expect(try await client.request(["type": "ping", "nonce": 1])["code"] == "bad_field")
    // WebSocket pings, empty and with a payload, also within a message in fragments.
    await client.send(.text, Array("{\"type\":".utf8), isFinal: false)
    await client.send(.ping, [1, 2, 3])
    let pong = try await client.nextMessage()
    #expect(pong.kind == .pong)
    #expect(pong.payload == [1, 2, 3])
    await client.send(.continuation, Array("\"ping\"}".utf8))
    #expect(try await client.next() == ["type": "pong"])
  }

  @Test func theServerPingsAndGivesUp() async throws {
    try await TestServer.with({ $0.transport.pingSeconds = 2 }) { server in
      let mute = try await TestSocket.connect(to: server.port)
      var request: [UInt8] = []
      WebSocketClientHandshake().appendRequest(host: "x", target: "/v1/socket", to: &request)
      await mute.send(request)
      let answering = try await server.client()
      let reading = Task { try await answering.next(within: 600_000) }
      var bytes: [UInt8] = []
      while true {
        let more = try await mute.receive()
        if more.isEmpty { break }
        bytes += more
      }
      // Two empty pings, and no third.
      #expect(bytes.suffix(4) == [0x89, 0, 0x89, 0])
      #expect(!bytes.dropLast(4).suffix(2).elementsEqual([0x89, 0]))
      reading.cancel()
      await answering.send(["type": "ping"])
      #expect(try await reading.value["type"] == "pong")
    }
  }
}
