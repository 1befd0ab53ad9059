import Log
import Reactor
import Store

/// Looks once a second who has used up a day's tokens, on whichever server, where anybody is limited.
actor BudgetKeeper: TimerTarget {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let book: BudgetBook
  /// On the same loop.
  private let shard: Shard
  private let log: Logger
  private var isStopped = false

  private static let interval: UInt64 = 1000

  init(loop: EventLoop, book: BudgetBook, shard: Shard, log: Logger) {
    self.loop = loop
    self.book = book
    self.shard = shard
    self.log = log
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  func start() { loop.schedule(after: Self.interval, target: self) }

  func stop() { isStopped = true }

  nonisolated func timerFired(_ token: UInt64) {
    assumeIsolated { keeper in
      _ = keeper.loop.task { await keeper.look() }
    }
  }

  private func look() async {
    guard !isStopped else { return }
    let node = shard.node
    let day = await shard.today
    let isLimiting = await shard.directory.sites.contains { $0.budgets.isLimiting }
    do {
      let isAnybodyLimited = isLimiting || node.settings.budgets.isLimiting
      node.spent.learn(isAnybodyLimited ? try await book.spent(on: day, node.settings.budgets) : [], on: day)
    } catch {
      // What was known stays.
      log.debug("budgets can't be looked at", ["error": error])
    }
    loop.schedule(after: Self.interval, target: self)
  }
}
