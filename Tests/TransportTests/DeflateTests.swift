import HTTPWire
import Log
import Reactor
import SkeinTestKit
import Testing
import Transport
import WebSocketWire

/// permessage-deflate over real sockets.
@Suite struct DeflateTests {
  /// Two engines on one loop: what says "move" goes from one to the other, all else comes back.
  actor Echo: ReadinessTarget, TurnObserver {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    private let loop: EventLoop
    private let settings: TransportSettings
    private lazy var first = engine()
    private lazy var second = engine()
    private var isMoved = false
    private(set) var moves = 0

    init(_ loop: EventLoop, _ settings: TransportSettings) {
      self.loop = loop
      self.settings = settings
      unownedExecutor = loop.asUnownedSerialExecutor()
    }

    func start() throws -> UInt16 {
      let listener = try Listener(host: "127.0.0.1", port: 0)
      let port = listener.port
      try first.listen(on: listener)
      loop.observe(self)
      return port
    }

    private func engine() -> SocketEngine {
      SocketEngine(loop: loop, settings: settings, target: self, log: Logger("test", level: .error, format: .text))
    }

    nonisolated func ready(_ token: UInt64, _ readiness: Readiness) {
      assumeIsolated { echo in
        // One connection, so that it is clear whose readiness this is.
        (echo.isMoved ? echo.second : echo.first).ready(token, readiness)
        echo.handle()
      }
    }

    nonisolated func turnEnded() {
      assumeIsolated { echo in
        echo.handle()
        echo.first.flush()
        echo.second.flush()
      }
    }

    private func handle() {
      while let event = first.next() { handle(event, first) }
      while let event = second.next() { handle(event, second) }
    }

    private func handle(_ event: TransportEvent, _ engine: SocketEngine) {
      switch event {
      case .message(let connection, let message):
        engine.send(message.kind == .text ? .text : .binary, message.payload.bytes, to: connection)
        if message.payload.elementsEqual("move".utf8) { move(connection, engine) }
      case .request(let connection, let request):
        guard let handshake = try? WebSocketHandshake(judging: request.head, subprotocols: []) else { return }
        engine.upgrade(connection, handshake)
      case .drained, .closed: break
      }
    }

    private func move(_ connection: Connection, _ engine: SocketEngine) {
      let other = engine === first ? second : first
      guard let handover = engine.release(connection), let moved = try? other.adopt(handover) else { return }
      isMoved.toggle()
      moves += 1
      other.resume(moved)
    }
  }

  /// A client that compresses.
  final class Client {
    let socket: TestSocket
    let agreed: WebSocketDeflate?
    private let pool: WebSocketDeflatePool
    private var context: WebSocketDeflateContext?
    private var decoder = WebSocketDecoder(role: .client, maxMessageBytes: 1 << 20, allowsCompression: true)
    private var input: [UInt8] = []

    init(_ port: UInt16, _ offer: WebSocketDeflateOffer?) async throws {
      socket = try await TestSocket.connect(to: port)
      let handshake = WebSocketClientHandshake(deflate: offer)
      var request: [UInt8] = []
      handshake.appendRequest(host: "a", target: "/", to: &request)
      await socket.send(request)
      var answer: [UInt8] = []
      var head: HTTPReceivedHead?
      while head == nil {
        answer += try await socket.receive()
        var parser = HTTPResponseParser()
        var offset = 0
        if case .head(let found) = try parser.next(in: answer.span.bytes, from: &offset) { head = found }
      }
      let received = try #require(head)
      try handshake.check(received)
      agreed = try handshake.agreed(received)
      var settings = WebSocketDeflateSettings()
      settings.threshold = 0
      pool = WebSocketDeflatePool(settings)
      context = agreed.map { WebSocketDeflateContext($0, role: .client) }
    }

    /// Sends a message, and gives what comes back, with its size on the wire.
    func exchange(_ message: [UInt8]) async throws -> (message: [UInt8], wire: Int) {
      var frame: [UInt8] = []
      pool.append(.binary, message.span.bytes, for: &context, maskKey: 0x1234_5678, to: &frame)
      await socket.send(frame)
      var wire = 0
      while true {
        let bytes = try await socket.receive()
        guard !bytes.isEmpty else { throw TestClientError.unexpected("the connection has ended") }
        wire += bytes.count
        if let answer = try decode(bytes) { return (answer, wire) }
      }
    }

    /// Sends frames as they are, and gives the code that the connection is closed with.
    func closeCode(after frames: [UInt8]) async throws -> UInt16? {
      await socket.send(frames)
      var answer: [UInt8] = []
      while true {
        let bytes = try await socket.receive()
        if bytes.isEmpty { break }
        answer += bytes
      }
      guard answer.count >= 4, answer[0] == 0x88 else { return nil }
      return UInt16(answer[2]) << 8 | UInt16(answer[3])
    }

    private func decode(_ bytes: [UInt8]) throws -> [UInt8]? {
      let input = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
      defer { input.deallocate() }
      input.copyBytes(from: bytes)
      var offset = 0
      guard let event = try decoder.next(in: input, from: &offset) else { return nil }
      return Array(try pool.decompress(event, for: &context, limit: 1 << 20).payload)
    }
  }

  static func withEcho(
    _ change: (inout TransportSettings) -> Void, _ body: (Echo, UInt16) async throws -> Void
  ) async throws {
    var settings = TransportSettings()
    settings.deflate.isEnabled = true
    settings.deflate.threshold = 0
    change(&settings)
    let loop = try EventLoop()
    loop.start()
    defer {
      loop.stop()
      loop.join()
    }
    let echo = Echo(loop, settings)
    try await body(echo, try await echo.start())
  }

  static let message = Array("{\"type\":\"message.delta\",\"offset\":1200,\"text\":\"some words of an answer\"}".utf8)

  @Test(arguments: [false, true]) func aMoveKeepsTheContext(keepsContext: Bool) async throws {
    try await Self.withEcho {
      $0.deflate.serverKeepsContext = keepsContext
      $0.deflate.clientKeepsContext = keepsContext
    } _: { echo, port in
      let client = try await Client(port, WebSocketDeflateOffer())
      #expect(client.agreed?.serverKeepsContext == keepsContext && client.agreed?.clientKeepsContext == keepsContext)
      let first = try await client.exchange(Self.message)
      #expect(first.message == Self.message)
      for count in 1...3 {
        #expect(try await client.exchange(Array("move".utf8)).message == Array("move".utf8))
        let again = try await client.exchange(Self.message)
        #expect(again.message == Self.message)
        #expect((again.wire < first.wire / 3) == keepsContext)
        #expect(await echo.moves == count)
      }
    }
  }

  @Test func withoutAnOfferNothingIsCompressed() async throws {
    try await Self.withEcho {
      $0.deflate.serverKeepsContext = true
    } _: { _, port in
      let client = try await Client(port, nil)
      let answer = try await client.exchange(Self.message)
      #expect(client.agreed == nil && answer.message == Self.message && answer.wire == Self.message.count + 2)
    }
  }

  @Test func whereItIsOffNothingIsAgreed() async throws {
    try await Self.withEcho {
      $0.deflate.isEnabled = false
    } _: { _, port in
      let client = try await Client(port, WebSocketDeflateOffer())
      #expect(client.agreed == nil)
      let hello: [UInt8] = [0xC1, 0x87, 0, 0, 0, 0, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
      #expect(try await client.closeCode(after: hello) == 1002)
    }
  }

  /// Frames of a compressed message, masked with zeros, and the code that they lead to.
  static let breaches: [([UInt8], UInt16)] = [
    ([0xC2, 0x83, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF], 1007),
    // The one byte C3 as text: a stored block.
    ([0xC1, 0x87, 0, 0, 0, 0, 0x00, 0x01, 0x00, 0xFE, 0xFF, 0xC3, 0x00], 1007),
    ([0xE2, 0x81, 0, 0, 0, 0, 0x00], 1002),
    ([0xC9, 0x80, 0, 0, 0, 0], 1002),
  ]

  @Test(arguments: breaches) func breachesClose(frames: [UInt8], code: UInt16) async throws {
    try await Self.withEcho { _ in
    } _: { _, port in
      let client = try await Client(port, WebSocketDeflateOffer())
      #expect(try await client.closeCode(after: frames) == code)
    }
  }

  @Test func aBombClosesAndOthersGoOn() async throws {
    try await Self.withEcho {
      $0.messageBytes = 10_000
    } _: { _, port in
      let victim = try await Client(port, WebSocketDeflateOffer())
      let client = try await Client(port, WebSocketDeflateOffer())
      let pool = WebSocketDeflatePool(WebSocketDeflateSettings())
      var context: WebSocketDeflateContext? = client.agreed.map { WebSocketDeflateContext($0, role: .client) }
      var bomb: [UInt8] = []
      let zeros = [UInt8](repeating: 0, count: 1 << 20)
      pool.append(.binary, zeros.span.bytes, for: &context, maskKey: 0x1234_5678, to: &bomb)
      #expect(bomb.count < 10_000)
      #expect(try await client.closeCode(after: bomb) == 1009)
      #expect(try await victim.exchange(Self.message).message == Self.message)
    }
  }
}
