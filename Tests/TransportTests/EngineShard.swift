import Glibc
import HTTPWire
import Log
import Reactor
import SkeinTestKit
import Synchronization
@testable import Transport
import WebSocketWire

/// An engine with the least behind it: a request is answered with the address of its client, on the path /late after a
/// while, on /move by the next shard; /stream begins a stream, and ends it with the query `end`; /flood streams as much
/// as its peer takes. A WebSocket's messages come back; behind the first of them the connection moves to the next shard.
actor EngineShard: ReadinessTarget, TimerTarget, TurnObserver {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let settings: TransportSettings
  private lazy var engine = SocketEngine(loop: loop, settings: settings, target: self, log: TestServer.log)
  private var next: EngineShard?
  private var floods: [Connection] = []
  /// How many pieces of 1,000 bytes were sent.
  private(set) var flooded = 0

  init(_ loop: EventLoop, _ settings: TransportSettings) {
    self.loop = loop
    self.settings = settings
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  func start(on listener: consuming Listener, redirectingTo port: UInt16? = nil) throws {
    try engine.listen(on: listener, redirectingTo: port)
  }

  func begin(next: EngineShard?) {
    self.next = next
    loop.observe(self)
  }

  /// As a second that has passed.
  func tick() {
    engine.tick()
    handle()
    engine.flush()
  }

  var count: Int { engine.count }
  var counts: TransportCounts { engine.counts }

  /// What is kept for connections: what they have not read, and what of theirs was not processed.
  var heldBytes: Int { engine.connections.compactMap { $0 }.reduce(0) { $0 + $1.unsent.count + $1.unread.count } }

  /// How many TLS handshakes waited for their turn when a message was last heard.
  private(set) var waitingWhenHeard = 0

  /// Keeps the loop from everything, from when `isHeld` is true until it is made false.
  func hold() {
    isHeld.store(true, ordering: .releasing)
    while isHeld.load(ordering: .acquiring) { usleep(1000) }
  }

  nonisolated let isHeld = Atomic(false)

  nonisolated func ready(_ token: UInt64, _ readiness: Readiness) {
    assumeIsolated { shard in
      shard.engine.ready(token, readiness)
      shard.handle()
    }
  }

  nonisolated func timerFired(_ token: UInt64) {}

  nonisolated func turnEnded() {
    assumeIsolated { shard in
      repeat {
        shard.handle()
        shard.engine.flush()
      } while shard.engine.hasEvents
    }
  }

  private func handle() {
    while let event = engine.next() {
      switch event {
      case .request(let connection, let request):
        if let handshake = try? WebSocketHandshake(judging: request.head, subprotocols: []) {
          engine.upgrade(connection, handshake)
        } else {
          var head = HTTPResponseHead(.ok)
          head.add("Content-Type", "text/plain")
          let text = "\(connection.peer?.host ?? "nobody") \(connection.isSecure)"
          let response = HTTPResponse(head, content: Array(text.utf8))
          switch request.head.path {
          case "/late":
            loop.task {
              await loop.sleep(milliseconds: 50)
              engine.respond(connection, response)
            }
          case "/move":
            if let next, let handover = engine.release(connection) { loop.task { await next.take(handover) } }
          case "/stream": stream(to: connection, request.head)
          case "/flood":
            guard engine.beginStream(connection, head) else { continue }
            floods.append(connection)
            flood(connection)
          default: engine.respond(connection, response)
          }
        }
      case .message(let connection, let message):
        waitingWhenHeard = engine.waitingHandshakes.count
        engine.send(message.kind == .text ? .text : .binary, message.payload.bytes, to: connection)
        if let next, let handover = engine.release(connection) { loop.task { await next.take(handover) } }
      case .drained(let connection): flood(connection)
      case .closed(let connection): floods.removeAll { $0 === connection }
      }
    }
  }

  private func stream(to connection: Connection, _ request: HTTPRequestHead) {
    var head = HTTPResponseHead(.ok)
    head.add("Content-Type", "text/event-stream")
    guard engine.beginStream(connection, head) else { return }
    for piece in ["one", "", "two"] { engine.stream(Array(piece.utf8).span.bytes, to: connection) }
    if request.query == "end" { engine.endStream(connection) }
  }

  private func flood(_ connection: Connection) {
    guard floods.contains(where: { $0 === connection }) else { return }
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1000)
    // Taken at once, nothing else brings us back here.
    repeat {
      engine.cork(connection)
      while engine.backlog(of: connection) < 64 * 1024 {
        engine.stream(piece.span.bytes, to: connection)
        flooded += 1
      }
      engine.uncork()
    } while engine.backlog(of: connection) == 0 && flooded < 20_000
  }

  private func take(_ handover: Handover) {
    guard let connection = try? engine.adopt(handover) else { return }
    engine.respond(connection, HTTPResponse(HTTPResponseHead(.ok), content: Array("moved".utf8)))
    engine.resume(connection)
  }
}

/// Two such shards; connections come to the first.
final class EngineServer: Sendable {
  let port: UInt16
  let redirectPort: UInt16
  let first: EngineShard
  let second: EngineShard
  private let loops: LoopGroup

  init(_ change: (inout TransportSettings) throws -> Void) async throws {
    var settings = TransportSettings()
    try change(&settings)
    loops = try LoopGroup(count: 2)
    first = EngineShard(loops.loops[0], settings)
    second = EngineShard(loops.loops[1], settings)
    let listener = try Listener(host: "127.0.0.1", port: 0)
    port = listener.port
    let other = try Listener(host: "127.0.0.1", port: 0)
    redirectPort = other.port
    await first.begin(next: second)
    await second.begin(next: nil)
    try await first.start(on: listener)
    try await first.start(on: other, redirectingTo: port)
  }

  deinit { loops.stop() }
}
