import CLinux
import Glibc
package import Reactor
import Synchronization
import WebSocketWire

/// The clients of a load on one loop, driven by a scenario. Nothing is awaited for a message: readiness comes in, the
/// scenario is told, and what it sends meanwhile leaves with one write a client.
///
/// All of it belongs to the loop's thread, but for `start`, `stop`, `isDone` and `failure`; it is set up before that
/// thread starts and read after it has ended.
package final class LoadEngine: ReadinessTarget, TimerTarget, @unchecked Sendable {
  let loop: EventLoop
  let target: LoadTarget
  let scenario: any LoadScenario
  private let finished = Atomic(false)
  /// Why the load failed; to be read once the engine is done.
  package private(set) var failure: LoadError?

  /// The instant of what is being handled, in nanoseconds of the monotonic clock.
  package private(set) var now = EventLoop.monotonicNanoseconds()

  /// By their indices; nil where a client has not been begun.
  var clients: [LoadClient?] = []
  // Opening: clients below `begun` have been begun, at most `window` of them may be on their way.
  var begun = 0
  var readyCount = 0
  var window = 0

  let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 64)
  /// The client whose input is handled, and what it is to be sent.
  var current: LoadClient?
  var cork: [UInt8] = []
  // One key for all: a server can't tell, and making keys is not what is measured.
  let handshake: WebSocketClientHandshake
  var request: [UInt8] = []
  private var maskState: UInt32 = 0x9E37_79B9

  /// - Parameters:
  ///   - processor: the processor that the loop's thread is pinned to, if any.
  ///   - subprotocols: what is offered in the handshake.
  package init(
    _ target: LoadTarget, scenario: any LoadScenario, processor: Int? = nil, subprotocols: [String] = []
  ) throws(SystemError) {
    self.target = target
    self.scenario = scenario
    loop = try EventLoop(processor: processor)
    handshake = WebSocketClientHandshake(subprotocols: subprotocols)
    handshake.appendRequest(host: "\(target.host):\(target.port)", target: target.path, to: &request)
  }

  deinit { input.deallocate() }

  // MARK: Life

  /// Starts the loop's thread.
  package func start() {
    loop.schedule(after: 0, target: self, token: 1)
    loop.start()
  }

  /// Ends the loop's thread, and waits for it.
  package func stop() {
    loop.stop()
    loop.join()
    clients.removeAll()
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

  package func timerFired(_ token: UInt64) {
    guard !isDone else { return }
    now = EventLoop.monotonicNanoseconds()
    if token == 1 { scenario.begin(self) } else { scenario.tick(self) }
    loop.schedule(after: scenario.tickMilliseconds, target: self)
  }

  package func ready(_ token: UInt64, _ readiness: Readiness) {
    guard !isDone, let client = clients[Int(token)] else { return }
    now = EventLoop.monotonicNanoseconds()
    if client.stage == .connecting { return connected(client) }
    if readiness.contains(.writable) { flush(client) }
    if !readiness.isDisjoint(with: [.readable, .closed]) { receive(client) }
  }

  // MARK: Receiving

  private func receive(_ client: LoadClient) {
    let count = read(client.descriptor.raw, input.baseAddress, input.count)
    guard count > 0 else {
      if count < 0, errno == EAGAIN || errno == EINTR { return }
      return lost(client)
    }
    current = client
    defer {
      current = nil
      uncork(client)
    }
    var offset = 0
    let bytes = UnsafeMutableRawBufferPointer(rebasing: input[..<count])
    if client.stage == .handshaking { readAnswer(client, bytes, &offset) }
    guard client.stage == .open else { return }
    do throws(WebSocketError) {
      while let event = try client.decoder.next(in: bytes, from: &offset) {
        switch event.kind {
        case .text, .binary: scenario.received(event.payload, client, self)
        case .ping: send(.pong, event.payload.bytes, to: client)
        case .pong: break
        case .close:
          let reason = String(decoding: event.payload, as: UTF8.self)
          return fail("the server closed a connection: \(event.closeCode.rawValue) \(reason)")
        }
        guard client.stage == .open, !isDone else { return }
      }
    } catch {
      fail("the server breaks the WebSocket protocol: \(error.message)")
    }
  }

  private func lost(_ client: LoadClient) {
    fail("the server ended connection \(client.index) (\(readyCount) of \(clients.count) were ready)")
  }

  // MARK: Sending

  /// Sends a text message.
  package func send(_ text: [UInt8], to client: LoadClient) {
    send(.text, text.span.bytes, to: client)
  }

  /// Sends frames that are encoded already.
  package func send(frames: [UInt8], to client: LoadClient) {
    emit(client) { $0.append(contentsOf: frames) }
  }

  func send(_ opcode: WebSocketOpcode, _ payload: RawSpan, to client: LoadClient) {
    maskState ^= maskState << 13
    maskState ^= maskState >> 17
    maskState ^= maskState << 5
    let key = maskState
    let payload = copy payload
    emit(client) { WebSocketEncoder.append(opcode, payload, maskKey: key, to: &$0) }
  }

  func emit(_ client: LoadClient, _ append: (inout [UInt8]) -> Void) {
    if !client.unsent.isEmpty { return append(&client.unsent) }
    if current === client { return append(&cork) }
    append(&client.unsent)
    flush(client)
  }

  private func uncork(_ client: LoadClient) {
    guard !cork.isEmpty else { return }
    let count = cork.withUnsafeBytes { Glibc.write(client.descriptor.raw, $0.baseAddress, $0.count) }
    if count < cork.count { keep(client, Array(cork[max(0, count)...]), wasRefused: count < 0) }
    cork.removeAll(keepingCapacity: true)
  }

  private func flush(_ client: LoadClient) {
    guard !client.unsent.isEmpty else { return watch(client, .readable) }
    let count = client.unsent.withUnsafeBytes { Glibc.write(client.descriptor.raw, $0.baseAddress, $0.count) }
    if count == client.unsent.count {
      client.unsent = []
      if client.isWaitingToWrite { watch(client, .readable) }
    } else {
      keep(client, Array(client.unsent[max(0, count)...]), wasRefused: count < 0)
    }
  }

  private func keep(_ client: LoadClient, _ rest: [UInt8], wasRefused: Bool) {
    if wasRefused, errno != EAGAIN, errno != EINTR { return lost(client) }
    client.unsent = rest
    watch(client, [.readable, .writable])
  }

  func watch(_ client: LoadClient, _ interest: Readiness) {
    client.isWaitingToWrite = interest.contains(.writable)
    do { try loop.modify(client.descriptor.raw, for: interest) } catch { fail("\(error)") }
  }
}
