import Conversation
import Log
import Reactor
import Store

/// Renews this node's leases, takes over the runs of nodes that are gone, and hands this one's over when it ends.
actor LeaseKeeper: TimerTarget {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let store: PostgresStore
  private let shards: [Shard]
  private let presence: Presence
  private let log: Logger
  private var isStopped = false
  private var isSweeping = false
  private var isSweepDue = false
  /// Whether this node hands over what it has not begun.
  private var isEnding = false
  /// Whether the answer to a claim was lost: runs may be this node's without its knowing.
  private var isUnsure = false
  /// Sessions whose runs are this node's, but not taken over yet.
  private var claimed: Set<SessionID> = []

  /// In milliseconds; a lease outlasts two rounds that fail, and half of it the time between two that don't.
  private static let interval: UInt64 = 1500
  /// How often runs are handed over, in milliseconds.
  private static let handOverInterval: UInt64 = 100
  private static let handOverToken: UInt64 = 1

  init(loop: EventLoop, store: PostgresStore, shards: [Shard], presence: Presence, log: Logger) {
    self.loop = loop
    self.store = store
    self.shards = shards
    self.presence = presence
    self.log = log
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  func start() async { await round() }

  /// Lets the node's runs go, so that another takes them over at once.
  /// - Parameter isWhole: whether all that was shown of their answers is committed.
  func stop(isWhole: Bool) async {
    isStopped = true
    do { try await store.releaseLeases(isWhole: isWhole) } catch { log.warning("the leases run out by themselves") }
  }

  nonisolated func timerFired(_ token: UInt64) {
    assumeIsolated { keeper in
      _ = keeper.loop.task { token == Self.handOverToken ? await keeper.handOver() : await keeper.round() }
    }
  }

  private func round() async {
    guard !isStopped else { return }
    do {
      try await store.renewLeases(isEnding: isEnding && presence.hasPeers)
    } catch {
      log.debug("leases can't be renewed", ["error": "\(error)"])
    }
    // By itself: it may take longer than a lease lasts.
    loop.task { await sweep() }
    loop.schedule(after: Self.interval, target: self)
  }

  // MARK: Taking over

  /// Takes over what is left behind.
  func sweep() async {
    isSweepDue = true
    guard !isSweeping else { return }
    isSweeping = true
    defer { isSweeping = false }
    // What is left behind meanwhile does not wait for the next round.
    while isSweepDue, !isStopped, !isEnding {
      isSweepDue = false
      do {
        if isUnsure { claimed.formUnion(try await store.ownedRuns()) }
        isUnsure = false
        let runs = try await store.claimRuns()
        claimed.formUnion(runs)
        // A claim takes only so many, so that other nodes have some too.
        if !runs.isEmpty { isSweepDue = true }
      } catch {
        isUnsure = true
        return log.debug("runs can't be claimed", ["error": "\(error)"])
      }
      await takeOver()
    }
  }

  /// Each shard takes over its own, and all do so at once.
  private func takeOver() async {
    let homes = Dictionary(grouping: claimed) { $0.home(of: shards.count) }
    await withTaskGroup(of: [SessionID].self) { group in
      for (home, sessions) in homes {
        let shard = shards[home]
        group.addTask {
          await withCheckedContinuation { continuation in
            shard.loop.task { continuation.resume(returning: await shard.recover(sessions)) }
          }
        }
      }
      for await sessions in group { claimed.subtract(sessions) }
    }
  }

  // MARK: Handing over

  /// From now on this node takes over nothing. What it does not work on goes to the others at once, while there are any;
  /// to be called when no shard begins anything any more.
  func end() {
    isEnding = true
    loop.task { await handOver() }
  }

  private func handOver() async {
    guard !isStopped else { return }
    if presence.hasPeers {
      var questions: [MessageID] = []
      for shard in shards { questions += await shard.questionsAtWork }
      do {
        let count = try await store.handOverRuns(except: questions)
        if count > 0 { log.info("runs are handed over", ["runs": count]) }
      } catch {
        log.debug("runs can't be handed over", ["error": "\(error)"])
      }
    }
    loop.schedule(after: Self.handOverInterval, target: self, token: Self.handOverToken)
  }
}
