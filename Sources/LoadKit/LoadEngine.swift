import Glibc
package import Reactor
import Synchronization
import WebSocketWire

/// The clients of a load on one loop, driven by a scenario. Nothing is awaited for a message: readiness comes in, the
/// scenario is told, and what it sends meanwhile leaves with one write a client.
///
/// All of it belongs to the loop's thread, but for `start`, `stop`, `isDone` and `failure`; it is set up before that
/// thread starts and read after it has ended.
package final class LoadEngine: ReadinessTarget, TimerTarget, TurnObserver, @unchecked Sendable {
  let loop: EventLoop
  let target: LoadTarget
  let options: LoadOptions
  let scenario: any LoadScenario
  private let finished = Atomic(false)
  /// Why the load failed; to be read once the engine is done.
  package private(set) var failure: LoadError?

  /// The instant of what is being handled, in nanoseconds of the monotonic clock.
  package private(set) var now = EventLoop.monotonicNanoseconds()
  /// What has come from the server, in bytes on the wire.
  package internal(set) var bytesReceived = 0
  /// What the server was sent, in bytes on the wire.
  package internal(set) var bytesSent = 0

  /// By their indices; nil where a client has not been begun.
  var clients: [LoadClient?] = []
  // Opening: clients below `begun` have been begun, at most `window` of them may be on their way.
  var begun = 0
  var readyCount = 0
  var isBeginning = false
  var isBeginningLater = false
  static let beginningToken: UInt64 = 2
  var window = 0

  let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 64)
  /// The client whose input is handled, and what it is to be sent.
  var current: LoadClient?
  var cork: [UInt8] = []
  /// Those that are sent to at the end of the turn.
  var dirty: [LoadClient] = []
  /// What a client is sent that is not current.
  var single: [UInt8] = []
  // One key for all: a server can't tell, and making keys is not what is measured.
  let handshake: WebSocketClientHandshake
  var request: [UInt8] = []
  /// Nil where the target is not secure.
  var security: LoadSecurity?
  let deflate: WebSocketDeflatePool?
  var maskState: UInt32 = 0x9E37_79B9

  /// - Parameter processor: the processor that the loop's thread is pinned to, if any.
  package init(
    _ target: LoadTarget, scenario: any LoadScenario, processor: Int? = nil, options: LoadOptions = LoadOptions()
  ) throws {
    self.target = target
    self.scenario = scenario
    self.options = options
    loop = try EventLoop(processor: processor)
    handshake = WebSocketClientHandshake(subprotocols: options.subprotocols, deflate: options.deflate)
    handshake.appendRequest(host: "\(target.host):\(target.port)", target: target.path, to: &request)
    deflate = options.deflate == nil ? nil : WebSocketDeflatePool(WebSocketDeflateSettings())
    security = target.isSecure ? try LoadSecurity(resumes: options.resumesSessions) : nil
  }

  deinit { input.deallocate() }

  // MARK: Life

  /// Starts the loop's thread.
  package func start() {
    if options.gathersSends { loop.observe(self) }
    loop.schedule(after: 0, target: self, token: 1)
    loop.start()
  }

  /// Ends the loop's thread, and waits for it.
  package func stop() {
    loop.stop()
    loop.join()
    clients.removeAll()
    dirty.removeAll()
  }

  /// Whether the scenario has ended.
  package var isDone: Bool { finished.load(ordering: .acquiring) }

  /// Ends the scenario: nothing is told to it any more.
  package func finish() { finished.store(true, ordering: .releasing) }

  /// Ends the scenario without success.
  package func fail(_ sentence: String) {
    if !isDone { failure = LoadError(sentence) }
    finish()
  }

  // MARK: The loop's calls

  // A number: as a set it would be made anew for each event.
  private static let incoming = Readiness.readable.rawValue | Readiness.closed.rawValue

  package func timerFired(_ token: UInt64) {
    guard !isDone else { return }
    now = EventLoop.monotonicNanoseconds()
    if token == Self.beginningToken {
      isBeginningLater = false
      return beginMore()
    }
    if token == 1 { scenario.begin(self) } else { scenario.tick(self) }
    loop.schedule(after: scenario.tickMilliseconds, target: self)
  }

  package func ready(_ token: UInt64, _ readiness: Readiness) {
    guard !isDone, let client = clients[Int(token)] else { return }
    now = EventLoop.monotonicNanoseconds()
    if client.stage == .connecting { return connected(client) }
    if readiness.contains(.writable) { flush(client) }
    if readiness.rawValue & Self.incoming != 0, client.stage != .closed { receive(client) }
  }
}
