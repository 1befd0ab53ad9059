import Agents
import Log
import Reactor

/// Gives the passages of documents their vectors, a batch at a time (`Embedder`): one after the other where there is much
/// to do, and with pauses in between that leave the processor to the conversation.
actor EmbeddingKeeper: TimerTarget {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let embedder: Embedder
  private let interval: UInt64
  private let log: Logger
  private var work: Task<Void, Never>?
  private var isStopped = false
  /// Passages that were given one since nothing lacked one.
  private var made = 0

  /// So much longer than looking for work takes is the pause behind it.
  private static let pauseFactor: UInt64 = 20

  /// - Parameter interval: how often it is looked for work, in milliseconds.
  init(loop: EventLoop, embedder: Embedder, interval: UInt64, log: Logger) {
    self.loop = loop
    self.embedder = embedder
    self.interval = interval
    self.log = log
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  func start() { loop.schedule(after: 1, target: self, token: 0) }

  /// Breaks off the batch that is under way.
  func stop() async {
    isStopped = true
    work?.cancel()
    await work?.value
  }

  nonisolated func timerFired(_ token: UInt64) {
    assumeIsolated { keeper in
      guard !keeper.isStopped else { return }
      keeper.work = keeper.loop.task { await keeper.step() }
    }
  }

  private func step() async {
    let begun = EventLoop.monotonicMilliseconds()
    var next = interval
    do {
      switch try await embedder.step() {
      case .made(let count):
        made += count
        next = 0
      case .complete:
        if made > 0 { log.info("vectors are complete", ["made": made]) }
        made = 0
        next = max(next, (EventLoop.monotonicMilliseconds() - begun) * Self.pauseFactor)
      case .notItsTurn: break
      case .resting(let milliseconds): next = max(next, milliseconds)
      }
    } catch {
      log.debug("passages can't be looked at", ["error": "\(error)"])
    }
    if !isStopped { loop.schedule(after: max(next, 1), target: self, token: 0) }
  }
}
