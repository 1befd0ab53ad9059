import Accounts
import Conversation
import Glibc
import Log
import Postgres
import Reactor
import Sealing
import Store

/// The servers on one database: this one's heartbeat, and what the others tell by `NOTIFY`. Hints are only hints: they
/// may be lost, and every loop asks the store from time to time whether there was something (`Shard.poll`).
actor Cluster: TimerTarget {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let store: PostgresStore
  private let client: PostgresClient
  private let shards: [Shard]
  private let keeper: LeaseKeeper
  private let presence: Presence
  /// Sites and agents as the shards know them.
  private var directory: Directory
  private let fetcher: KeyFetcher
  private var isFetching = false
  private var isLooking = false
  private var isLookDue = false
  /// Where this one listens.
  private let address: String
  /// What seals the keys that it makes.
  private let sealer: Sealer?
  private let log: Logger
  private var isStopped = false
  private var isListening = false
  /// When this node's own hint last came back, in the loop's milliseconds.
  private var heardAt: UInt64 = 0
  private var spokeAt: UInt64 = 0

  /// Between two heartbeats, in milliseconds.
  private static let interval: UInt64 = 1500

  init(
    loop: EventLoop, store: PostgresStore, client: PostgresClient, shards: [Shard], keeper: LeaseKeeper,
    presence: Presence, directory: Directory, fetcher: KeyFetcher, address: String, sealer: Sealer?, log: Logger
  ) {
    self.loop = loop
    self.store = store
    self.client = client
    self.shards = shards
    self.keeper = keeper
    self.presence = presence
    self.directory = directory
    self.fetcher = fetcher
    self.address = address
    self.sealer = sealer
    self.log = log
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  /// Joins the others: from its return on they tell this one what they change.
  func start() async {
    await client.listen([PostgresStore.channel]) { [weak self] event in
      guard let self else { return }
      assumeIsolated { $0.receive(event) }
    }
    await round()
  }

  func stop() async {
    isStopped = true
    await fetcher.close()
    do {
      try await store.leave()
      try await store.notify(NodeHint(node: store.node, matter: .released))
    } catch {
      log.debug("the others will miss this node by themselves")
    }
  }

  nonisolated func timerFired(_ token: UInt64) {
    assumeIsolated { cluster in
      _ = cluster.loop.task { await cluster.round() }
    }
  }

  private func round() async {
    guard !isStopped else { return }
    do {
      var (connections, sessions) = (0, 0)
      for shard in shards {
        let load = await shard.load
        connections += load.connections
        sessions += load.sessions
      }
      presence.hasPeers = try await store.beat(address: address, connections: connections, sessions: sessions) > 0
      judgeHints()
      if isListening { spokeAt = loop.now }
      try await store.notify(NodeHint(node: store.node, matter: .alive))
    } catch {
      log.debug("the node list can't be kept up", ["error": "\(error)"])
    }
    await look()
    await keepSigningKeys()
    // Others' servers may be slow, and the heartbeat must not wait for them.
    if !isFetching { loop.task { await fetchKeys() } }
    loop.schedule(after: Self.interval, target: self)
  }

  /// A pooler between here and the database may keep hints from arriving (PgBouncer does, where it gives a connection
  /// away after each transaction): then this node's own do not come back.
  private func judgeHints() {
    guard spokeAt > 0 else { return }
    let arrive = heardAt >= spokeAt
    if presence.hintsArrive != arrive {
      log.warning(
        arrive ? "notifications arrive" : "notifications do not arrive: the database is asked for changes instead")
    }
    presence.hintsArrive = arrive
  }

  private func receive(_ event: PostgresListenEvent) {
    switch event {
    case .listening:
      isListening = true
      for shard in shards { shard.loop.task { await shard.poll() } }
    case .lost:
      (isListening, spokeAt) = (false, 0)
      presence.hintsArrive = false
    case .notification(let notification):
      guard let hint = NodeHint(notification.payload) else { return }
      if hint.node == store.node { return heardAt = loop.now }
      if hint.matter == .directory {
        loop.task { await look() }
        return
      }
      // One that has just come.
      presence.hasPeers = true
      switch hint.matter {
      case .alive, .directory: break
      case .released: loop.task { await keeper.sweep() }
      case .sessions(let ids): pass(ids) { $0.hinted($1) }
      case .typing(let ids, let isActive): pass(ids) { $0.hinted(typing: $1, isActive: isActive) }
      }
    }
  }

  /// Looks whether sites or agents have changed, and tells the shards.
  private func look() async {
    isLookDue = true
    guard !isLooking else { return }
    isLooking = true
    defer { isLooking = false }
    while isLookDue, !isStopped {
      isLookDue = false
      do {
        guard let new = try await directory.renewed(from: client) else { continue }
        if new.version != directory.version {
          for complaint in new.complaints {
            log.warning("a site or an agent is not as it is set up", ["error": complaint])
          }
          log.info("sites and agents were read", ["sites": new.sites.count, "agents": new.agents.count])
        }
        directory = new
        for shard in shards { await shard.learn(new) }
      } catch {
        log.debug("sites can't be looked at", ["error": "\(error)"])
      }
    }
  }

  private func fetchKeys() async {
    guard !isFetching, !isStopped else { return }
    isFetching = true
    defer { isFetching = false }
    do {
      try await fetcher.round()
    } catch {
      log.debug("sites' keys can't be looked after", ["error": "\(error)"])
    }
  }

  /// Makes the next key that access tokens are signed with, when it is due.
  private func keepSigningKeys() async {
    do {
      let book = SigningKeyBook(client, sealer: sealer)
      guard try await book.keepUp(directory.credentials.ring, now: Self.wallSeconds) else { return }
      log.info("signing keys were changed")
      await look()
    } catch {
      log.debug("signing keys can't be kept up", ["error": "\(error)"])
    }
  }

  /// Seconds since 1970, UTC.
  static var wallSeconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec)
  }

  /// Has the homes of some sessions do something with them.
  private func pass(_ ids: [SessionID], _ body: @escaping @Sendable (isolated Shard, [SessionID]) -> Void) {
    for (home, ids) in Dictionary(grouping: ids, by: { $0.home(of: shards.count) }) {
      let shard = shards[home]
      shard.loop.task { await body(shard, ids) }
    }
  }
}
