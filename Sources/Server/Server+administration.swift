package import Store
package import Log
import EmbeddedPostgres
package import Postgres
import Reactor

extension Server {
  /// Keeps a deployment: brings its database up to date, whether a server runs or not, and serves nothing.
  /// - Throws: in one sentence why it could not be done.
  package static func keep<Result: Sendable>(
    _ settings: ServerSettings, log: Logger, _ body: @Sendable (Books) async throws -> Result
  ) async throws(StartError) -> Result {
    try await withDatabase(settings, log: log) { client in
      let settings = try settings.withKey()
      // The first site and the agents are there before a first server has started.
      _ = try await Directory.load(
        from: client, builtIn: BuiltInAgents.profiles(settings),
        bareIDs: settings.databaseURL == nil ? .loopback : .off)
      return try await body(Books(client, settings))
    }
  }

  /// Takes sessions out of a database, or puts them in, and notes that.
  /// - Parameters:
  ///   - target: which sessions, for the record.
  ///   - site: the key of the site whose they are; nil: of all.
  package static func exchange<Result: Sendable>(
    _ settings: ServerSettings, _ action: AuditAction, target: String = "sessions", site: String? = nil, log: Logger,
    _ body: @Sendable (PostgresClient) async throws -> Result
  ) async throws(StartError) -> Result {
    try await withDatabase(settings, log: log) { client in
      // The first site and the agents are there before a first server has started.
      _ = try await Directory.load(from: client, builtIn: BuiltInAgents.profiles(settings))
      var number: Int64?
      if let site { number = try? await SiteBook(client).site(site).id }
      try await AuditBook(client).record(action, target: target, site: number, by: .command)
      return try await body(client)
    }
  }

  /// Does one round of the life-cycle of sessions.
  /// - Parameter isDryRun: whether it is only counted.
  /// - Returns: what was done, or would be; nil where a server is doing it.
  package static func cleanUp(
    _ settings: ServerSettings, isDryRun: Bool, log: Logger
  ) async throws(StartError) -> Housekeeping.Tally? {
    try await withDatabase(settings, log: log) { client in
      let work = Housekeeping(client, by: .command, log: log.named("housekeeping"))
      if isDryRun { return try await work.due(settings.lifecycle, now: Housekeeper.now) }
      return try await work.round(settings.lifecycle, now: Housekeeper.now)
    }
  }

  /// Brings the database up to date, and serves nothing.
  package static func migrate(_ settings: ServerSettings, log: Logger) async throws(StartError) {
    try await withDatabase(settings, log: log) { _ in }
  }

  static func withDatabase<Result: Sendable>(
    _ settings: ServerSettings, log: Logger, _ body: (PostgresClient) async throws -> Result
  ) async throws(StartError) -> Result {
    let (url, embedded) = try database(settings, log: log)
    defer { try? embedded?.stop() }
    do throws(any Error) {
      let loops = try LoopGroup(count: 1)
      defer { loops.stop() }
      let client = PostgresClient(
        loop: loops.loops[0], configuration: try PostgresConfiguration(url: url), log: log.named("database"))
      try await client.connect()
      try await migrate(client, settings, log: log)
      let result = try await body(client)
      await client.close()
      return result
    } catch {
      throw StartError("\(error)")
    }
  }
}
