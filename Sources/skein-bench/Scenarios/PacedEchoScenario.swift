import LoadKit
import Reactor
import Synchronization

/// Each client sends at a fixed rate, whatever comes back. A message holds the instant at which it was sent.
final class PacedEchoScenario: LoadScenario {
  /// What is going on around the clients, told from another thread.
  enum Stage: Int, CaseIterable {
    case warming, alone, onset, beside, over
  }

  private static let stampBytes = MemoryLayout<UInt64>.size

  let tickMilliseconds: UInt64 = 1
  private let connections: Int
  /// In milliseconds.
  private let interval: Int
  private var message: [UInt8]
  private let stage = Atomic(Stage.warming.rawValue)
  private let ready = Atomic(false)
  private var startedAt: UInt64?
  private var issued = 0
  /// By the stage in which a message came back.
  private(set) var latencies = Array(repeating: LatencyHistogram(), count: Stage.allCases.count)

  init(connections: Int, interval: Int, bytes: Int) {
    self.connections = connections
    self.interval = interval
    message = Array(repeating: 0, count: max(bytes, Self.stampBytes))
  }

  /// From any thread.
  var isReady: Bool { ready.load(ordering: .acquiring) }

  /// From any thread.
  func enter(_ stage: Stage) { self.stage.store(stage.rawValue, ordering: .relaxed) }

  func begin(_ engine: LoadEngine) { engine.open(connections, window: 256) }

  func opened(_ client: LoadClient, _ engine: LoadEngine) { engine.noteReady(client) }

  func allReady(_ engine: LoadEngine) {
    startedAt = engine.now
    ready.store(true, ordering: .releasing)
  }

  func tick(_ engine: LoadEngine) {
    if stage.load(ordering: .relaxed) == Stage.over.rawValue { return engine.finish() }
    guard let startedAt else { return }
    // Evenly over the interval: a server that halts is sent to all the same, so that all who wait are counted.
    let due = Int(engine.now - startedAt) * connections / (interval * 1_000_000)
    while issued < due {
      if let client = engine.client(issued % connections) { send(client, engine) }
      issued += 1
    }
  }

  private func send(_ client: LoadClient, _ engine: LoadEngine) {
    let now = EventLoop.monotonicNanoseconds()
    for place in 0..<Self.stampBytes { message[place] = UInt8(truncatingIfNeeded: now >> UInt64(8 * place)) }
    engine.send(binary: message, to: client)
  }

  func received(_ payload: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine) {
    guard payload.count == message.count else { return engine.fail("the server does not echo") }
    let sentAt = UInt64(littleEndian: payload.loadUnaligned(as: UInt64.self))
    latencies[stage.load(ordering: .relaxed)].record(engine.now > sentAt ? engine.now - sentAt : 0)
  }
}
