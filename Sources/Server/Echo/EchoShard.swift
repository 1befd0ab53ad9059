package import Log
package import Reactor
package import Transport
import HTTPWire
import WebSocketWire

/// The WebSocket engine with nothing behind it: every message comes back, on any path. For conformance and benchmarks.
package actor EchoShard: ReadinessTarget, TimerTarget, TurnObserver {
  package nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let settings: TransportSettings
  private let log: Logger
  private lazy var engine = SocketEngine(loop: loop, settings: settings, target: self, log: log)

  package init(loop: EventLoop, settings: TransportSettings, log: Logger) {
    self.loop = loop
    self.settings = settings
    self.log = log
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  /// Begins to serve.
  package func start(on listener: consuming Listener) throws(SystemError) {
    try engine.listen(on: listener)
    loop.observe(self)
    loop.schedule(after: 1000, target: self)
  }

  /// Begins to send those who come to another listener, without TLS, to a port that speaks it.
  package func redirect(from listener: consuming Listener, to port: UInt16) throws(SystemError) {
    try engine.listen(on: listener, redirectingTo: port)
  }

  package nonisolated func ready(_ token: UInt64, _ readiness: Readiness) {
    assumeIsolated { shard in
      shard.engine.ready(token, readiness)
      shard.handleEvents()
    }
  }

  package nonisolated func timerFired(_ token: UInt64) {
    assumeIsolated { shard in
      shard.engine.tick()
      shard.loop.schedule(after: 1000, target: shard)
    }
  }

  package nonisolated func turnEnded() {
    assumeIsolated { shard in
      // What a peer has read makes room for what it has sent.
      repeat {
        shard.handleEvents()
        shard.engine.flush()
      } while shard.engine.hasEvents
    }
  }

  private func handleEvents() {
    while let event = engine.next() {
      switch event {
      case .message(let connection, let message):
        engine.send(message.kind == .text ? .text : .binary, message.payload.bytes, to: connection)
      case .request(let connection, let request):
        answer(connection, request)
      case .drained, .closed: break
      }
    }
  }

  private func answer(_ connection: Connection, _ request: HTTPRequest) {
    do {
      engine.upgrade(connection, try WebSocketHandshake(judging: request.head, subprotocols: ["skein.v1"]))
    } catch {
      engine.respond(connection, .problem(error.status, error.message))
    }
  }
}
