import Conversation
import Glibc
import HTTPWire
import Log
package import Reactor
package import Store
import Transport

/// Everything that lives on one loop: its connections, and the sessions whose home it is. A session's clients are all on
/// its home loop (a connection moves there with its `hello`), so that nothing between a session and its readers crosses
/// threads.
package actor Shard: ReadinessTarget, TimerTarget, TurnObserver {
  package nonisolated let unownedExecutor: UnownedSerialExecutor
  let loop: EventLoop
  let node: Node
  let store: any ConversationStore
  /// What requests read by that belong to no session in memory.
  let requests: RequestLane
  /// Users, keys, log-ins, sites and what was done.
  let books: Books
  let log: Logger
  /// All shards of the process, by their loops.
  var peers: [Shard] = []

  lazy var engine = SocketEngine(
    loop: loop, settings: node.settings.transport, target: self, log: log,
    // What a route does not take is its own to refuse.
    bodyLimit: { [unowned self] head in assumeIsolated { $0.contentLimit(of: head) } })
  /// What has happened since it was last stored.
  var activity = Activity()
  /// When it is stored next, in the loop's milliseconds.
  var tallyAt: UInt64 = 0
  /// Tokens that were used since they were last stored.
  var spending = TokenUsage()
  /// Sites and agents as they stand.
  var directory: Directory
  /// Who answers.
  var roster: AgentRoster
  /// By the slots of their connections.
  var clients: [Client?] = []

  var sessions: [SessionID: LiveSession] = [:]
  /// Who waits for a session that is being read or made.
  var opening: [SessionID: [Entrant]] = [:]
  /// Those of them that are to be read, in the order in which they were asked for, and how many groups are being read.
  var unread: [SessionID] = []
  var reading = 0
  /// Sessions whose readers may lack something.
  var delivering: [LiveSession] = []
  /// The event that is being sent.
  var event: [UInt8] = []
  var journal = Journal()
  var runs: [MessageID: RunningAnswer] = [:]
  /// Those who wait for an answer without a connection of their own, by their readers.
  var callers: [ObjectIdentifier: PendingCall] = [:]
  /// Answers that are made while they are sent, by their connections.
  var deliveries: [ObjectIdentifier: Delivery] = [:]
  /// Sessions in which somebody is typing, or was.
  var typing: [SessionID] = []
  /// Those of them of which other servers were told, and when, in the loop's milliseconds.
  var toldTyping: [SessionID: UInt64] = [:]
  var isTellingTyping = false
  var attempts: UInt64 = 0
  /// Sessions of which the others are to be told, and sessions that were told of while they were read.
  var announced: Set<SessionID> = []
  var hintedEarly: Set<SessionID> = []
  var isAnnouncing = false
  var isPolling = false
  /// The API keys whose use was noted lately: until when that is enough, in the loop's milliseconds.
  var usedKeys: [Int64: UInt64] = [:]
  /// The sites whose keys were asked for lately: until when that is enough, in the loop's milliseconds.
  var askedForKeys: [Int64: UInt64] = [:]
  /// Set where the server ends.
  var drain: Drain?
  static let drainToken: UInt64 = 1
  private static let pollToken: UInt64 = 2
  var random = SystemRandomNumberGenerator()

  package init(loop: EventLoop, node: Node, store: any ConversationStore, requests: RequestLane, books: Books) {
    self.loop = loop
    self.node = node
    directory = node.directory
    roster = AgentRoster(node, log: node.log.named("agents"))
    self.store = store
    self.requests = requests
    self.books = books
    log = node.log.named("shard")
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  /// Begins to serve.
  /// - Parameter peers: all shards of the process, this one among them, by their loops.
  package func start(peers: [Shard], on listener: consuming Listener) throws(SystemError) {
    self.peers = peers
    try engine.listen(on: listener)
    loop.observe(self)
    loop.schedule(after: 1000, target: self)
    loop.schedule(after: pollInterval, target: self, token: Self.pollToken)
  }

  /// Begins to send those who come to another listener, without TLS, to a port that speaks it.
  package func redirect(from listener: consuming Listener, to port: UInt16) throws(SystemError) {
    try engine.listen(on: listener, redirectingTo: port)
  }

  /// Whether every connection and every answer has ended, and nothing waits to be committed.
  package var isQuiet: Bool { engine.count == 0 && !isServing }

  // MARK: The loop's calls

  package nonisolated func ready(_ token: UInt64, _ readiness: Readiness) {
    assumeIsolated { shard in
      shard.engine.ready(token, readiness)
      shard.handleEvents()
    }
  }

  package nonisolated func timerFired(_ token: UInt64) {
    assumeIsolated { shard in
      if token == Self.drainToken { return shard.goOnDraining() }
      if token == Self.pollToken {
        shard.loop.task { await shard.poll() }
        shard.loop.schedule(after: shard.pollInterval, target: shard, token: Self.pollToken)
        return
      }
      shard.engine.tick()
      shard.endSlowGreetings()
      shard.endOverdue()
      shard.endTyping()
      shard.storeActivity()
      shard.storeSpending()
      shard.handleEvents()
      shard.loop.schedule(after: 1000, target: shard)
    }
  }

  package nonisolated func turnEnded() {
    assumeIsolated { shard in
      // What is sent may free what waits, and so on: the loop may sleep only when nothing is left to do.
      repeat {
        shard.handleEvents()
        shard.commitNextGroup()
        shard.openSessions()
        shard.deliver()
        shard.engine.flush()
      } while shard.engine.hasEvents || !shard.delivering.isEmpty
    }
  }

  private func handleEvents() {
    while let event = engine.next() {
      switch event {
      case .request(let connection, let request): route(request, from: connection)
      case .message(let connection, let message):
        if let client = client(of: connection) { receive(message, from: client) }
      case .drained(let connection):
        noteRoom(on: connection)
        if case .bound(let session, _)? = client(of: connection)?.stage { markDelivering(session) }
      case .closed(let connection):
        noteRoom(on: connection)
        forget(connection)
      }
    }
  }

  /// The wall clock, in milliseconds since 1970.
  var wallClock: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
