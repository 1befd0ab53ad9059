@testable import Conversation
import Log
import Postgres
import Reactor
import SkeinTestKit
@testable import Store

/// Stores of several nodes over one migrated database, and sessions in it.
final class StoreFixture: Sendable {
  let loop: EventLoop
  let client: PostgresClient
  let directory: Directory
  private let url: String

  init(_ server: PrivatePostgres? = nil) async throws {
    url = try await (server ?? PrivatePostgres.shared()).database()
    loop = try EventLoop()
    loop.start()
    let quiet = Logger("store", level: .error)
    client = PostgresClient(loop: loop, configuration: try PostgresConfiguration(url: url), log: quiet)
    try await Migrator(folder: TestServer.projectFolder + "/Migrations", log: quiet).migrate(client)
    directory = try await Directory.load(
      from: client,
      builtIn: [(AgentProfile(id: 0, slug: "first", name: "First", greeting: "", suggestions: ["a"]), "script")])
  }

  deinit {
    // Its connections are few among those that all fixtures share.
    let (loop, client) = (loop, client)
    Task {
      await client.close()
      loop.stop()
    }
  }

  /// How long a lease lasts, in milliseconds: longer than a test, in which leases end by what is done about them.
  static let lease: Int64 = 600_000

  /// The store of one more node.
  func node() throws -> NodeStore {
    let journal = try lane()
    return NodeStore(
      PostgresStore(
        node: UUIDValue(high: .random(in: 0...(.max)), low: .random(in: 0...(.max))), reads: client, journal: journal,
        loop: loop, lease: Self.lease, log: Logger("store", level: .error)))
  }

  /// A connection of its own.
  func lane() throws -> PostgresClient {
    var lane = try PostgresConfiguration(url: url)
    lane.poolSize = 1
    return PostgresClient(loop: loop, configuration: lane, log: Logger("journal", level: .error))
  }

  func creation(_ id: SessionID, owner: UInt8 = 1) -> Change {
    .create(
      Change.Creation(
        id: id, site: directory.sites[0].id, agent: directory.agents[0].profile.id,
        owner: Array(repeating: owner, count: 32), visitor: ClientFrame.Visitor(), address: "192.0.2.1",
        createdAt: 1_700_000_000_123))
  }

  /// Makes a session.
  func session(_ store: NodeStore) async throws -> (id: SessionID, key: SessionKey) {
    let id = randomSession()
    guard case .created(let key)? = await store.commit(Group(changes: [creation(id)])).changes.first else {
      throw TestClientError.unexpected("no session")
    }
    return (id, key)
  }

  func count(_ table: String) async throws -> Int64 {
    try await client.query(PostgresStatement("SELECT count(*) FROM \(table)", prepared: false)).int(0, 0)
  }
}

/// A store on its loop, where alone it may be used.
actor NodeStore {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let store: PostgresStore

  init(_ store: PostgresStore) {
    self.store = store
    unownedExecutor = store.loop.asUnownedSerialExecutor()
  }

  /// Whether the store has found that the database takes what it is given.
  nonisolated var takesChanges: Bool { store.takesChanges }

  func commit(
    _ group: Group, isRepeated: Bool = false, givingUp: @Sendable ([Int]) -> Void = { _ in }
  ) async -> GroupOutcome {
    await store.commit(group, isRepeated: isRepeated, givingUp: givingUp)
  }

  func open(_ request: PageRequest) async throws(StoreError) -> (SessionRecord, Page)? {
    try await store.open([request])[0].get()
  }

  func open(_ requests: [PageRequest]) async -> [Result<(SessionRecord, Page)?, StoreError>] {
    await store.open(requests)
  }

  func news(_ request: NewsRequest) async throws(StoreError) -> SessionNews? { try await store.news(request) }

  func page(_ request: PageRequest) async throws(StoreError) -> Page { try await store.page(request) }

  func steps(of session: SessionKey, to answer: MessageID) async throws(StoreError) -> [StoredStep] {
    try await store.steps(of: session, to: answer)
  }

  func standing(
    of call: String, in answer: MessageID, of session: SessionKey
  ) async throws(StoreError) -> StoredStanding {
    try await store.standing(of: call, in: answer, of: session)
  }

  func turns(
    of session: SessionKey, before question: MessageID, limit: Int
  ) async throws(StoreError) -> [StoredTurn] {
    try await store.turns(of: session, before: question, limit: limit)
  }

  func summary(of session: SessionKey) async throws(StoreError) -> StoredSummary? {
    try await store.summary(of: session)
  }

  func keep(_ summary: StoredSummary, of session: SessionKey) async throws(StoreError) {
    try await store.keep(summary, of: session)
  }

  nonisolated var node: PostgresValue { .uuid(store.node) }

  func beat() async throws(StoreError) { _ = try await store.beat(address: "node", connections: 0, sessions: 0) }

  func renewLeases(isEnding: Bool = false) async throws(StoreError) { try await store.renewLeases(isEnding: isEnding) }

  func handOverRuns(except questions: [MessageID]) async throws(StoreError) -> Int {
    try await store.handOverRuns(except: questions)
  }
  func releaseLeases(isWhole: Bool = false) async throws(StoreError) {
    try await store.releaseLeases(isWhole: isWhole)
  }
  func ownedRuns() async throws(StoreError) -> [SessionID] { try await store.ownedRuns() }
  func claimRuns() async throws(StoreError) -> [SessionID] { try await store.claimRuns() }
}

func randomSession() -> SessionID {
  var generator = SystemRandomNumberGenerator()
  return SessionID.random(using: &generator)
}

func randomMessage() -> MessageID {
  var generator = SystemRandomNumberGenerator()
  return MessageID.random(using: &generator)
}

func accept(
  _ session: SessionKey, _ id: MessageID, _ content: String = "hi", interrupts: Bool = false,
  onlyDuplicate: Bool = false, metadata: String = "{}"
) -> Change {
  .accept(
    Change.Acceptance(
      session: session, id: id, content: Array(content.utf8), metadata: Array(metadata.utf8),
      createdAt: 1_700_000_000_456, interrupts: interrupts, onlyDuplicate: onlyDuplicate))
}

func begin(_ session: SessionKey, _ question: MessageID, _ answer: MessageID) -> Change {
  .begin(Change.Beginning(session: session, question: question, answer: answer, createdAt: 1_700_000_000_789))
}

func grow(
  _ session: SessionKey, _ answer: MessageID, at offset: Int, _ text: String, takeovers: Int64 = 0
) -> Growth {
  Growth(session: session, answer: answer, offset: offset, bytes: Array(text.utf8), takeovers: takeovers)
}

func complete(
  _ session: SessionKey, _ question: MessageID, _ answer: MessageID, _ text: String,
  _ status: MessageStatus = .complete,
  takeovers: Int64 = 0
) -> Change {
  .complete(
    Change.Ending(
      session: session, question: question, answer: answer, content: Array(text.utf8), completion: Completion(status),
      takeovers: takeovers))
}

func committed(_ version: Int64, at time: Int64 = 0) -> Outcome { .committed(version: version, createdAt: time) }
