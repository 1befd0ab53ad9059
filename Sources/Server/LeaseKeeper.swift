import Conversation
import Log
import Reactor
import Store

/// Renews this node's leases, and takes over the runs of nodes that are gone.
actor LeaseKeeper: TimerTarget {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let store: PostgresStore
  private let shards: [Shard]
  private let log: Logger
  private var isStopped = false
  private var isSweeping = false
  /// Whether the answer to a claim was lost: runs may be this node's without its knowing.
  private var isUnsure = false
  /// Sessions whose runs are this node's, but not taken over yet.
  private var claimed: Set<SessionID> = []

  /// In milliseconds; a lease outlasts two rounds that fail.
  private static let interval: UInt64 = 1500

  init(loop: EventLoop, store: PostgresStore, shards: [Shard], log: Logger) {
    self.loop = loop
    self.store = store
    self.shards = shards
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
      _ = keeper.loop.task { await keeper.round() }
    }
  }

  private func round() async {
    guard !isStopped else { return }
    do { try await store.renewLeases() } catch { log.debug("leases can't be renewed", ["error": "\(error)"]) }
    // By itself: it may take longer than a lease lasts.
    loop.task { await sweep() }
    loop.schedule(after: Self.interval, target: self)
  }

  /// Takes over what is left behind.
  func sweep() async {
    guard !isStopped, !isSweeping else { return }
    isSweeping = true
    defer { isSweeping = false }
    do {
      if isUnsure { claimed.formUnion(try await store.ownedRuns()) }
      isUnsure = false
      claimed.formUnion(try await store.claimRuns())
    } catch {
      isUnsure = true
      return log.debug("runs can't be claimed", ["error": "\(error)"])
    }
    for session in claimed {
      let shard = shards[session.home(of: shards.count)]
      if await shard.recover(session) { claimed.remove(session) }
    }
  }
}
