import HTTPWire
import Log
import Reactor
import SkeinTestKit
import Synchronization
@testable import Transport
import WebSocketWire

/// Engines on two loops with the simplest handler: a request's content comes back, a WebSocket message too; the message
/// `move` hands its connection to the other loop, `grow` is answered with 64 KiB, `mix` and `pieces` with numbered
/// messages.
final class TestEngine: Sendable {
  let port: UInt16
  private let loops: LoopGroup
  private let shards: [TestShard]

  init(_ change: (inout TransportSettings) -> Void = { _ in }) async throws {
    var settings = TransportSettings()
    // All of the tests' clients come from one address, and some as fast as they can.
    settings.connectionsPerAddress = 0
    settings.framesPerSecond = 0
    change(&settings)
    loops = try LoopGroup(count: 2)
    shards = loops.loops.map { TestShard(loop: $0, settings: settings) }
    let first = try Listener(host: "127.0.0.1", port: 0)
    port = first.port
    try await shards[0].start(on: first, peers: shards)
    try await shards[1].start(on: try Listener(host: "127.0.0.1", port: port), peers: shards)
  }

  deinit { loops.stop() }

  /// What is kept for connections: what they have not read, and what of theirs was not processed.
  var heldBytes: Int {
    get async { await shards[0].heldBytes + shards[1].heldBytes }
  }

  /// What the limits of each loop have done.
  var counts: [TransportCounts] {
    get async { [await shards[0].counts, await shards[1].counts] }
  }

  /// The connections of all loops.
  var connections: Int {
    get async { await shards[0].connections + shards[1].connections }
  }
}

actor TestShard: ReadinessTarget, TimerTarget, TurnObserver {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let settings: TransportSettings
  private lazy var engine = SocketEngine(
    loop: loop, settings: settings, target: self, log: Logger("engine", level: .error),
    bodyLimit: { [limit = settings.http.bodyBytes] _ in limit })
  private var peers: [TestShard] = []

  init(loop: EventLoop, settings: TransportSettings) {
    self.loop = loop
    self.settings = settings
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  var connections: Int { engine.count }
  var counts: TransportCounts { engine.counts }

  var heldBytes: Int {
    engine.connections.compactMap { $0 }.reduce(0) { $0 + $1.unsent.count + $1.unread.count }
  }

  func start(on listener: consuming Listener, peers: [TestShard]) throws {
    self.peers = peers
    try engine.listen(on: listener)
    loop.observe(self)
    loop.schedule(after: 1000, target: self)
  }

  nonisolated func ready(_ token: UInt64, _ readiness: Readiness) {
    assumeIsolated { shard in
      shard.engine.ready(token, readiness)
      shard.handle()
    }
  }

  nonisolated func timerFired(_ token: UInt64) {
    assumeIsolated { shard in
      shard.engine.tick()
      shard.handle()
      shard.loop.schedule(after: 1000, target: shard)
    }
  }

  nonisolated func turnEnded() {
    assumeIsolated { shard in
      repeat {
        shard.handle()
        shard.engine.flush()
      } while shard.engine.hasEvents
    }
  }

  private func handle() {
    while true {
      engine.forEachMessage { take($1, from: $0) }
      guard let event = engine.next() else { return }
      switch event {
      case .request(let connection, let request): answer(connection, request)
      case .message(let connection, let message): take(message, from: connection)
      case .drained, .closed: break
      }
    }
  }

  private func take(_ message: WebSocketEvent, from connection: Connection) {
    if message.payload.elementsEqual("move".utf8) {
      move(connection)
    } else if message.payload.elementsEqual("grow".utf8) {
      engine.send(.binary, [UInt8](repeating: 1, count: 64 * 1024).span.bytes, to: connection)
    } else if message.payload.elementsEqual("mix".utf8) {
      mix(connection)
    } else if message.payload.elementsEqual("pieces".utf8) {
      sendPieces(connection)
    } else {
      engine.send(message.kind == .text ? .text : .binary, message.payload.bytes, to: connection)
    }
  }

  private func answer(_ connection: Connection, _ request: HTTPRequest) {
    switch request.head.path {
    case "/socket":
      do {
        engine.upgrade(connection, try WebSocketHandshake(judging: request.head, subprotocols: []))
      } catch {
        engine.respond(connection, HTTPResponse(error.head))
      }
    case "/large", "/huge":
      let count = (request.head.path == "/huge" ? 16 : 4) * 1024 * 1024
      engine.respond(connection, HTTPResponse(.init(.ok), content: [UInt8](repeating: UInt8(ascii: "L"), count: count)))
    case "/late":
      Task {
        await loop.sleep(milliseconds: 50)
        engine.respond(connection, HTTPResponse(.init(.ok), content: request.content))
      }
    case let path:
      engine.respond(connection, HTTPResponse(.init(.ok), content: Array("\(path):".utf8) + request.content))
    }
  }

  /// So many of 20 KB are more than the kernel takes at once.
  static let many = 500

  /// Sends messages of 20 KB, each begun with its number, on all the ways on which they may go within a turn.
  private func mix(_ connection: Connection) {
    for number in 0..<Self.many {
      let message = [UInt8(number >> 8), UInt8(number & 255)] + [UInt8](repeating: 2, count: 20_000)
      // The first ones while its input is processed, and more later on; the others one by one, or as its readers' share.
      if number % 3 == 1 { engine.uncork() }
      if number % 3 == 2 { engine.cork(connection) }
      engine.send(.binary, message.span.bytes, to: connection)
      if number % 5 == 2 { engine.uncork() }
    }
  }

  /// Sends as many, each corked by itself: so many writes of one turn.
  private func sendPieces(_ connection: Connection) {
    for number in 0..<Self.many {
      let message = [UInt8(number >> 8), UInt8(number & 255)] + [UInt8](repeating: 3, count: 20_000)
      engine.cork(connection)
      engine.send(.binary, message.span.bytes, to: connection)
      engine.uncork()
    }
  }

  private func move(_ connection: Connection) {
    engine.send(.text, Array("moving".utf8).span.bytes, to: connection)
    guard let handover = engine.release(connection), let other = peers.first(where: { $0 !== self }) else { return }
    Task { await other.take(handover) }
  }

  private func take(_ handover: Handover) {
    guard let connection = try? engine.adopt(handover) else { return }
    engine.send(.text, Array("moved to \(loop.index)".utf8).span.bytes, to: connection)
    engine.resume(connection)
  }
}
