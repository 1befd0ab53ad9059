import SeededRandom
import SkeinTestKit
import Testing
import Transport
import WebSocketWire

/// WebSockets below the chat's protocol.
@Suite struct WebSocketTests {
  @Test func messagesComeBack() async throws {
    let engine = try await TestEngine()
    let client = try await ChatClient.connect(to: engine.port, target: "/socket", subprotocols: [])
    var generator = SeededGenerator("messagesComeBack")
    for count in [0, 1, 125, 126, 127, 65_535, 65_536, 200_000] {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      await client.send(.binary, bytes)
      let message = try await client.nextMessage()
      #expect(message.kind == .binary)
      #expect(message.payload == bytes)
    }
  }

  @Test func aConnectionKeepsItsBytesWhenItMoves() async throws {
    let engine = try await TestEngine()
    let client = try await ChatClient.connect(to: engine.port, target: "/socket", subprotocols: [])
    // All in one write, the last frame in two: what lies behind `move` moves along, whole or in part.
    var bytes: [UInt8] = []
    func add(_ text: String) {
      WebSocketEncoder.append(.text, Array(text.utf8).span.bytes, maskKey: 0x1234_5678, to: &bytes)
    }
    for round in 0..<50 {
      add("before \(round)")
      add("move")
      add("behind \(round) " + String(repeating: "x", count: round * 37))
    }
    var generator = SeededGenerator("aConnectionKeepsItsBytesWhenItMoves")
    while !bytes.isEmpty {
      let count = Int.random(in: 1...min(bytes.count, 400), using: &generator)
      await client.socket.send(Array(bytes[..<count]))
      bytes.removeFirst(count)
    }
    var last = -1
    for round in 0..<50 {
      #expect(try await client.nextMessage().text == "before \(round)")
      #expect(try await client.nextMessage().text == "moving")
      let place = try await client.nextMessage().text
      #expect(place == "moved to 0" || place == "moved to 1")
      #expect(place != "moved to \(last)")
      last = place.hasSuffix("0") ? 0 : 1
      #expect(try await client.nextMessage().text == "behind \(round) " + String(repeating: "x", count: round * 37))
    }
  }

  @Test func aConnectionThatEndsWhileItMoves() async throws {
    let engine = try await TestEngine()
    for _ in 0..<50 {
      let client = try await ChatClient.connect(to: engine.port, target: "/socket", subprotocols: [])
      await client.send(text: "move")
      await client.socket.reset()
    }
    #expect(await comesTrue { await engine.connections == 0 })
  }

  @Test("what goes on different ways within a turn keeps its order", arguments: ["mix", "pieces"], [4096, 1 << 20])
  func order(way: String, receiveBuffer: Int32) async throws {
    let engine = try await TestEngine()
    let client = try await ChatClient.connect(
      to: engine.port, target: "/socket", subprotocols: [], receiveBuffer: receiveBuffer)
    await client.send(text: way)
    await client.send(text: "that was all")
    for number in 0..<TestShard.many {
      let message = try await client.nextMessage().payload
      #expect(message.count == 20_002 && Int(message[0]) << 8 + Int(message[1]) == number)
    }
    #expect(try await client.nextMessage().text == "that was all")
  }

  /// A peer that sends and never reads is not read from any more, and gets everything once it reads.
  @Test func aPeerThatNeverReadsIsNotReadFrom() async throws {
    let engine = try await TestEngine { $0.unsentBytes = 64 * 1024 }
    let client = try await ChatClient.connect(
      to: engine.port, target: "/socket", subprotocols: [], receiveBuffer: 4096)
    await client.socket.setReading(false)
    let payload = [UInt8](repeating: 7, count: 100_000)
    // Up to 20 MB in, which a server that answered each at once would have to keep.
    for _ in 0..<200 {
      await client.send(.binary, payload)
      if await client.socket.unsentCount > 8_000_000 { break }
    }
    // The rest stays with the sender: the kernel's buffers take a few megabytes.
    #expect(await client.socket.unsentCount > 1_000_000)
    #expect(await engine.heldBytes < 1_000_000)
    await client.socket.setReading(true)
    for _ in 0..<80 { #expect(try await client.nextMessage().payload.count == 100_000) }
  }

  /// Small questions with large answers, all in one segment: they are taken in as their answers are read.
  @Test func answersAreNotPiledUp() async throws {
    let engine = try await TestEngine { $0.unsentBytes = 128 * 1024 }
    let client = try await ChatClient.connect(
      to: engine.port, target: "/socket", subprotocols: [], receiveBuffer: 4096)
    await client.socket.setReading(false)
    var bytes: [UInt8] = []
    for _ in 0..<300 { WebSocketEncoder.append(.text, Array("grow".utf8).span.bytes, maskKey: 5, to: &bytes) }
    await client.socket.send(bytes)
    // The kernel takes a few megabytes of the 19 that are asked for.
    #expect(await comesTrue { await engine.heldBytes > 0 })
    #expect(await engine.heldBytes < 1_000_000)
    // Nor is what has left already, while the peer is never quite up to date.
    var most = 0
    for _ in 0..<300 {
      await client.socket.setReading(true)
      #expect(try await client.nextMessage().payload.count == 64 * 1024)
      await client.socket.setReading(false)
      most = max(most, await engine.heldBytes)
    }
    #expect(most < 1_000_000)
  }

  @Test func halfClosedWebSocketsEnd() async throws {
    let engine = try await TestEngine()
    let client = try await ChatClient.connect(to: engine.port, target: "/socket", subprotocols: [])
    await client.socket.finishSending()
    await #expect(throws: TestClientError.closed(code: 1006, reason: "")) { try await client.nextMessage() }
    #expect(await comesTrue { await engine.connections == 0 })
  }

  @Test(arguments: [
    (
      "GET /socket HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n",
      400
    ),
    (
      "GET /socket HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
      426
    ),
    ("GET /socket HTTP/1.1\r\nHost: t\r\n\r\n", 426),
  ])
  func handshakesThatAreNone(request: String, status: Int) async throws {
    let engine = try await TestEngine()
    let client = try await HTTPTestClient.connect(to: engine.port)
    await client.send(request)
    #expect(try await client.next().status == status)
  }

  @Test func framesBehindTheHandshakeAreNotLost() async throws {
    let engine = try await TestEngine()
    let socket = try await TestSocket.connect(to: engine.port)
    var bytes: [UInt8] = []
    WebSocketClientHandshake().appendRequest(host: "t", target: "/socket", to: &bytes)
    WebSocketEncoder.append(.text, Array("early".utf8).span.bytes, maskKey: 1, to: &bytes)
    await socket.send(bytes)
    var received: [UInt8] = []
    while !String(decoding: received, as: UTF8.self).hasSuffix("early") {
      let more = try await socket.receive()
      try #require(!more.isEmpty)
      received += more
    }
  }
}
