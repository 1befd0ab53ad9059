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
  // Touched on the loop's thread only: by the actor, and by what the loop calls. `assumeIsolated` would say so, but
  // makes two allocations for each call, and a message here makes none.
  private nonisolated(unsafe) var engine: SocketEngine?

  package init(loop: EventLoop, settings: TransportSettings, log: Logger) {
    self.loop = loop
    self.settings = settings
    self.log = log
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  /// Begins to serve.
  package func start(on listener: consuming Listener) throws(SystemError) {
    let engine = SocketEngine(loop: loop, settings: settings, target: self, log: log)
    self.engine = engine
    try engine.listen(on: listener)
    loop.observe(self)
    loop.schedule(after: 1000, target: self)
  }

  /// Begins to send those who come to another listener, without TLS, to a port that speaks it.
  package func redirect(from listener: consuming Listener, to port: UInt16) throws(SystemError) {
    try engine?.listen(on: listener, redirectingTo: port)
  }

  package nonisolated func ready(_ token: UInt64, _ readiness: Readiness) {
    loop.checkIsolated()
    guard let engine else { return }
    engine.ready(token, readiness)
    handleEvents(of: engine)
  }

  package nonisolated func timerFired(_ token: UInt64) {
    loop.checkIsolated()
    engine?.tick()
    loop.schedule(after: 1000, target: self)
  }

  package nonisolated func turnEnded() {
    loop.checkIsolated()
    guard let engine else { return }
    // What a peer has read makes room for what it has sent.
    repeat {
      handleEvents(of: engine)
      engine.flush()
    } while engine.hasEvents
  }

  private nonisolated func handleEvents(of engine: SocketEngine) {
    while true {
      engine.forEachMessage { connection, message in echo(message, to: connection, by: engine) }
      guard let event = engine.next() else { return }
      switch event {
      case .message(let connection, let message): echo(message, to: connection, by: engine)
      case .request(let connection, let request): answer(connection, request, by: engine)
      case .drained, .closed: break
      }
    }
  }

  private nonisolated func echo(_ message: WebSocketEvent, to connection: Connection, by engine: SocketEngine) {
    let opcode = if case .text = message.kind { WebSocketOpcode.text } else { WebSocketOpcode.binary }
    engine.send(opcode, message.payload.bytes, to: connection)
  }

  private nonisolated func answer(_ connection: Connection, _ request: HTTPRequest, by engine: SocketEngine) {
    do {
      engine.upgrade(connection, try WebSocketHandshake(judging: request.head, subprotocols: ["skein.v1"]))
    } catch {
      engine.respond(connection, .problem(error.status, error.message))
    }
  }
}
