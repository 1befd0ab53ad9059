package import Log
package import Reactor
import Redaction
import SQLJudge

/// Where sessions reach the databases they are connected to: a connection for each session that uses one, which nobody
/// else ever has. It is closed when the session is disconnected, or has not used it for a while.
package actor DatabaseDesk {
  package nonisolated let unownedExecutor: UnownedSerialExecutor

  /// What may be reached, and how much of it.
  package struct Rules: Sendable {
    package var hosts = HostRules()
    package var query = QueryLimits()
    /// Connections at once of one user, and of all, on one server; sessions of a user that come beyond wait in vain.
    package var perOwner = 5
    package var all = 100
    /// After how long an unused connection is closed, in milliseconds.
    package var idle: UInt64 = 300_000
    /// How many hosts' names are looked up at once.
    package var resolverThreads = 4
    /// A file of certificates of authorities, for `verify-full`.
    package var authorities = "/etc/ssl/certs/ca-certificates.crt"

    package init() {}
  }

  /// A database, and how it is entered.
  package struct Access: Sendable {
    package let target: DatabaseTarget
    let password: String
    /// Tells it from another that has taken its place.
    package let id: String
    /// Whose it is.
    package let owner: [UInt8]
    /// Whether the schema is told with some rows.
    let sharesSamples: Bool

    package init(
      target: DatabaseTarget, password: String, id: String, owner: [UInt8], sharesSamples: Bool = false
    ) {
      self.target = target
      self.password = password
      self.id = id
      self.owner = owner
      self.sharesSamples = sharesSamples
    }

    /// What of the database's words nobody is told.
    var redaction: Redaction { Redaction([password]) }
  }

  private final class Place {
    let access: Access
    var link: (any DatabaseLink)?
    var isBusy = true
    var usedAt: UInt64 = 0
    /// Whether it is to be closed once it is no longer used.
    var isLeft = false

    init(_ access: Access) { self.access = access }
  }

  /// What a statement may take.
  package nonisolated var limits: QueryLimits { rules.query }

  private let loop: EventLoop
  private nonisolated let rules: Rules
  private let resolver: HostResolver
  private let log: Logger
  /// By session.
  private var places: [String: Place] = [:]
  /// Connections that are only tried, by owner.
  private var trials: [[UInt8]: Int] = [:]
  private var isSweeping = false
  private var isClosed = false

  package init(loop: EventLoop, rules: Rules, log: Logger) throws {
    self.loop = loop
    self.rules = rules
    self.log = log
    resolver = try HostResolver(threads: rules.resolverThreads)
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  /// How many connections are open.
  package var count: Int { places.count + trials.values.reduce(0, +) }

  // MARK: What can be asked

  /// Connects, asks for the version, and closes.
  package func test(_ access: Access) async throws(DatabaseError) -> String {
    try makeRoom(for: access.owner)
    trials[access.owner, default: 0] += 1
    defer {
      let left = (trials[access.owner] ?? 1) - 1
      trials[access.owner] = left > 0 ? left : nil
    }
    let link = try await connect(access)
    let result: Result<String, DatabaseError>
    do throws(DatabaseError) { result = .success(try await link.test()) } catch {
      result = .failure(error.cleaned(by: access.redaction))
    }
    await link.close()
    return try result.get()
  }

  /// What there is in the session's database; with some rows of its tables where its owner wants that.
  package func schema(for session: String, _ access: Access) async throws(DatabaseError) -> DatabaseSchema {
    try await using(session, access) { link async throws(DatabaseError) in
      let schema = try await link.schema()
      return access.sharesSamples ? await schema.withSamples(from: link) : schema
    }
  }

  /// Runs a text on the session's database, where it is one statement that only reads.
  package func run(_ sql: String, for session: String, _ access: Access) async throws(DatabaseError) -> SQLResult {
    switch access.target.engine.isMySQL ? MySQLJudge.judge(sql) : await SQLJudge.judge(sql) {
    case .refused(let refusal): throw DatabaseError(.refused, refusal.message)
    case .allowed(let statement):
      return try await using(session, access) { link async throws(DatabaseError) in try await link.run(statement) }
    }
  }

  /// Runs a text as if it had been allowed: for tests of what stands behind the judge.
  func runUnjudged(
    _ sql: String, for session: String, _ access: Access, kind: SQLStatement.Kind = .query
  ) async throws(DatabaseError) -> SQLResult {
    let statement = SQLStatement(kind: kind, text: sql, tables: [])
    return try await using(session, access) { link async throws(DatabaseError) in try await link.run(statement) }
  }

  /// Closes a session's connection, now or once it is no longer used.
  package func leave(_ session: String) async {
    guard let place = places[session] else { return }
    place.isLeft = true
    if !place.isBusy { await close(session, place) }
  }

  /// Closes all, and opens none any more.
  package func close() async {
    isClosed = true
    for session in Array(places.keys) { await leave(session) }
  }

  // MARK: Connections

  private func using<Value: Sendable>(
    _ session: String, _ access: Access, _ body: (any DatabaseLink) async throws(DatabaseError) -> Value
  ) async throws(DatabaseError) -> Value {
    if let old = places[session], !old.isBusy, old.access.id != access.id { await close(session, old) }
    let place: Place
    if let known = places[session] {
      guard !known.isBusy else { throw DatabaseError(.busy, "The database is answering another question already.") }
      place = known
      place.isBusy = true
    } else {
      try makeRoom(for: access.owner)
      place = Place(access)
      places[session] = place
    }
    defer {
      place.isBusy = false
      place.usedAt = loop.now
      sweepLater()
    }
    do throws(DatabaseError) {
      if let link = place.link, await link.isClosed { place.link = nil }
      let link: any DatabaseLink
      if let open = place.link { link = open } else { link = try await connect(access) }
      place.link = link
      let value = try await body(link)
      if place.isLeft { await close(session, place) }
      return value
    } catch {
      // One that refuses a statement is as good as before.
      let isGood = error.code == .failed || error.code == .refused
      if !isGood || place.isLeft { await close(session, place) }
      throw error.cleaned(by: access.redaction)
    }
  }

  private func makeRoom(for owner: [UInt8]) throws(DatabaseError) {
    guard !isClosed else { throw DatabaseError(.busy, "The server is stopping.") }
    let own = places.values.count { $0.access.owner == owner } + (trials[owner] ?? 0)
    guard own < rules.perOwner else {
      throw DatabaseError(.busy, "At most \(rules.perOwner) of your conversations use a database at once.")
    }
    guard count < rules.all else { throw DatabaseError(.busy, "Too many databases are in use just now.") }
  }

  private func connect(_ access: Access) async throws(DatabaseError) -> any DatabaseLink {
    do throws(DatabaseError) { return try await open(access) } catch { throw error.cleaned(by: access.redaction) }
  }

  private func open(_ access: Access) async throws(DatabaseError) -> any DatabaseLink {
    let addresses = try await resolver.addresses(of: access.target.host)
    // All of them: a name that has one address for the judge and another for the connection is of no good.
    guard addresses.allSatisfy(rules.hosts.allows), let address = addresses.first else {
      log.warning("a database's host is refused", ["host": access.target.host])
      throw DatabaseError(.forbidden, "Databases at this host may not be used from here.")
    }
    if access.target.engine.isMySQL {
      let target = access.target.mysql(at: address, password: access.password, authorities: rules.authorities)
      return try await MySQLLink.open(target, limits: rules.query, loop: loop)
    }
    let text = access.target.connectionText(at: address, password: access.password, authorities: rules.authorities)
    return try await PostgresLink.open(text, limits: rules.query, loop: loop, log: log)
  }

  private func close(_ session: String, _ place: Place) async {
    if places[session] === place { places[session] = nil }
    if let link = place.link {
      place.link = nil
      await link.close()
    }
  }

  // MARK: Idle connections

  private func sweepLater() {
    guard !isSweeping, !isClosed else { return }
    isSweeping = true
    loop.task { await self.sweep() }
  }

  private func sweep() async {
    while !places.isEmpty, !isClosed {
      await loop.sleep(milliseconds: min(rules.idle, 1000))
      for (session, place) in places where !place.isBusy && loop.now >= place.usedAt + rules.idle {
        await close(session, place)
      }
    }
    isSweeping = false
  }
}
