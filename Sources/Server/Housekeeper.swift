import Conversation
import Glibc
import Log
import Postgres
import Reactor
import Store

/// Does from time to time what stored sessions need (`Housekeeping`): the words of what was said are taken down often, and
/// with pauses as long as the work takes several times over, so that they never take much from the conversation; the
/// life-cycle goes round once an hour.
actor Housekeeper: TimerTarget {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let work: Housekeeping
  private let settings: ServerSettings
  private let shards: [Shard]
  private let log: Logger
  private var isStopped = false
  /// Where the pass over the sessions has come to.
  private var position: Housekeeping.SearchPosition?
  /// Of how many sessions the next step takes down the words: fewer where they say much.
  private var sessions: Int64 = 1

  private static let searchToken: UInt64 = 0
  private static let roundToken: UInt64 = 1
  /// How many sessions a step looks at, and of how many at most it takes down the words.
  private static let looks: Int64 = 500
  private static let sessions: Int64 = 16
  /// How long a step should take at most, in milliseconds, so that it does not hold up a processor for long at a time.
  private static let stepMilliseconds: UInt64 = 4
  /// So much longer than a step is the pause behind it.
  private static let pauseFactor: UInt64 = 4
  /// When the first round of the life-cycle begins after the start, and how long is between two, in milliseconds.
  private static let firstRound: UInt64 = 60_000
  private static let interval: UInt64 = 3_600_000
  /// Between two batches of it.
  private static let pause: UInt64 = 200

  init(loop: EventLoop, work: Housekeeping, settings: ServerSettings, shards: [Shard], log: Logger) {
    self.loop = loop
    self.work = work
    self.settings = settings
    self.shards = shards
    self.log = log
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  func start() {
    if settings.searchMilliseconds > 0 {
      loop.schedule(after: settings.searchMilliseconds, target: self, token: Self.searchToken)
    }
    loop.schedule(after: Self.firstRound, target: self, token: Self.roundToken)
  }

  func stop() { isStopped = true }

  nonisolated func timerFired(_ token: UInt64) {
    assumeIsolated { keeper in
      _ = keeper.loop.task { token == Self.searchToken ? await keeper.takeDown() : await keeper.round() }
    }
  }

  /// The wall clock, in microseconds since 1970.
  static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }

  private func takeDown() async {
    guard !isStopped else { return }
    let begun = EventLoop.monotonicMilliseconds()
    var isFull = false
    do {
      let step = try await work.takeDown(from: position, looks: Self.looks, most: sessions, now: Self.now)
      position = step.next
      isFull = step.count == sessions
    } catch {
      position = nil
      log.debug("words can't be taken down", ["error": error])
    }
    let taken = EventLoop.monotonicMilliseconds() - begun
    if taken > Self.stepMilliseconds {
      sessions = max(1, sessions / 2)
    } else if isFull {
      sessions = min(Self.sessions, sessions + 1)
    }
    // Where there is more it goes on as soon as it may.
    let next = position == nil ? settings.searchMilliseconds : 0
    loop.schedule(after: max(next, taken * Self.pauseFactor, 1), target: self, token: Self.searchToken)
  }

  private func round() async {
    guard !isStopped else { return }
    do {
      let tally = try await work.round(
        settings.lifecycle, now: Self.now, pause: { await self.loop.sleep(milliseconds: Self.pause) },
        deleted: { ids in self.tell(ids) })
      if let tally, !tally.isEmpty {
        log.info(
          "life-cycle", ["inactive": tally.inactive, "deleted": tally.deleted, "purged": tally.purged])
      }
    } catch {
      log.warning("the life-cycle can't go round", ["error": error])
    }
    loop.schedule(after: Self.interval, target: self, token: Self.roundToken)
  }

  /// Whoever reads a deleted session is told, here at once, by other servers when they ask what has changed.
  private nonisolated func tell(_ ids: [SessionID]) {
    for (home, ids) in Dictionary(grouping: ids, by: { $0.home(of: shards.count) }) {
      let shard = shards[home]
      shard.loop.task { await shard.hinted(ids) }
    }
  }
}
