import Accounts
package import Agents
import Conversation
import Glibc
package import Log
package import Postgres
package import Sealing
package import Server
import Transport
import Synchronization

/// A whole server in the test process: on a port of its own, with a database of its own.
package final class TestServer: Sendable {
  package let port: UInt16
  /// Its database.
  package let url: String
  private let server: Server
  private let settings: ServerSettings
  private let agents: [String: any Agent]
  private let sockets = Mutex<[TestSocket]>([])

  /// The server that the tests of a process share which only need sessions of their own: two loops, the script agent.
  package static func shared() async throws -> TestServer { try await sharedTask.value }

  private static let sharedTask = Task { try await TestServer() }

  /// Starts a server.
  /// - Parameters:
  ///   - url: its database; nil makes a fresh one.
  ///   - agents: further agents by their slugs.
  ///   - log: where it logs; nil: as `log` says.
  ///   - change: of the settings, which are two loops and the script agent.
  package init(
    url: String? = nil, agents: [String: any Agent] = [:], log: Logger? = nil,
    _ change: (inout ServerSettings) -> Void = { _ in }
  ) async throws {
    var settings = ServerSettings()
    settings.port = 0
    settings.loops = 2
    settings.hasScriptAgent = true
    // Tests of other suites may keep every thread from a client that is about to say it.
    settings.helloSeconds = 60
    // Most tests want a server that stops at once.
    settings.graceSeconds = 0
    settings.drainSeconds = 0
    // A title is one more version, which most tests do not count with.
    settings.makesTitles = false
    settings.searchMilliseconds = 0
    // All clients of a test come from one address, some as fast as they can.
    settings.transport.connectionsPerAddress = 0
    settings.transport.framesPerSecond = 0
    settings.messageRates.visitor = 0
    settings.connectionRates.visitor = 0
    // Passwords that nobody has to guess are hashed at the least cost.
    settings.passwordCost = PasswordHasher.Cost(passes: 1, memory: 8192)
    settings.sealer = try Self.sealer()
    settings.home = Self.projectFolder
    change(&settings)
    if let url { self.url = url } else { self.url = try await PrivatePostgres.shared().database() }
    settings.databaseURL = self.url
    self.settings = settings
    self.agents = agents
    server = try await Server.start(settings, agents: agents, log: log ?? Self.log)
    port = server.port
  }

  /// What all servers under test seal secrets with.
  package static func sealer() throws -> Sealer { Sealer(try SealingKeys("v1:" + String(repeating: "A", count: 43))) }

  /// What servers under test log: errors, or from SKEIN_TEST_LOG on.
  package static var log: Logger {
    Logger("test", level: getenv("SKEIN_TEST_LOG").flatMap { LogLevel(rawValue: String(cString: $0)) } ?? .error)
  }

  /// The folder of Package.swift.
  package static var projectFolder: String {
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
  }

  /// Stops gracefully.
  package func stop() async { await server.stop() }

  /// Stops gracefully, and starts a server with the same settings on the same database.
  package func restarted() async throws -> TestServer {
    await stop()
    return try await again()
  }

  /// Starts a server with the same settings on the same database.
  package func again() async throws -> TestServer {
    try await TestServer(url: url, agents: agents) { $0 = settings }
  }

  /// Asks again and again whether the server has noticed a change of sites, agents or credentials, and waits until all of
  /// its loops have.
  package func notices(_ change: () async throws -> Bool) async rethrows -> Bool {
    try await comesTrue { try await change() } ? await comesTrue { await server.agrees } : false
  }

  /// Runs `body` with a server of its own, and stops it.
  package static func with(
    url: String? = nil, agents: [String: any Agent] = [:], log: Logger? = nil,
    _ change: (inout ServerSettings) -> Void = { _ in }, _ body: (TestServer) async throws -> Void
  ) async throws {
    let server = try await TestServer(url: url, agents: agents, log: log, change)
    do {
      try await body(server)
    } catch {
      await server.leave()
      throw error
    }
    await server.leave()
  }

  /// Drops the clients, whose close frames would be waited for, and stops.
  private func leave() async {
    for socket in sockets.withLock({ $0 }) { await socket.close() }
    await stop()
  }

  // MARK: Clients

  /// A client that has not said `hello` yet.
  package func connect(transcript: Transcript = Transcript()) async throws -> ChatClient {
    let client = try await ChatClient.connect(to: port, transcript: transcript)
    sockets.withLock { $0.append(client.socket) }
    return client
  }

  /// A client that was welcomed.
  package func client(
    _ identity: Identity = .random(), agent: String? = "script", history: Int? = nil
  ) async throws -> ChatClient {
    let client = try await connect()
    try await client.hello(identity, agent: agent, history: history)
    return client
  }

  /// A client that goes on where another has ended.
  package func resume(_ identity: Identity, _ transcript: Transcript) async throws -> ChatClient {
    let client = try await connect(transcript: transcript)
    try await client.hello(identity, resumes: true)
    return client
  }

  // MARK: The database

  /// Asks the server's database.
  package func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> PostgresRows {
    let client = PostgresClient(
      loop: try TestLoop.shared(), configuration: try PostgresConfiguration(url: url), log: Self.log)
    do {
      let rows = try await client.query(PostgresStatement(sql, prepared: false), parameters)
      await client.close()
      return rows
    } catch {
      await client.close()
      throw error
    }
  }

  /// Asks the server's database again and again.
  /// - Parameter sql: answers one boolean.
  /// - Returns: whether that came true.
  package func eventually(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> Bool {
    try await comesTrue {
      let rows = try await query(sql, parameters)
      return try rows.count == 1 && !rows.isNull(0, 0) && rows.bool(0, 0)
    }
  }

  /// The messages of a session as they are stored: role, status and content, in the order of their creation.
  package func stored(_ session: String) async throws -> [StoredMessage] {
    let rows = try await query(
      """
      SELECT m.id::text, m.role, m.status, CASE WHEN m.status = 'streaming' THEN coalesce(
          (SELECT string_agg(c.content, '' ORDER BY c.byte_offset) FROM message_chunks c
           WHERE c.session_id = m.session_id AND c.message_id = m.id), '') ELSE m.content END
      FROM messages m JOIN sessions s ON s.id = m.session_id WHERE s.public_id = $1 ORDER BY m.created_version
      """, [.text(session)])
    return try (0..<rows.count).map { row in
      StoredMessage(
        id: try rows.text(row, 0), role: try rows.text(row, 1), status: try rows.text(row, 2),
        content: try rows.bytes(row, 3))
    }
  }
}

/// A message as the database has it.
package struct StoredMessage: Sendable, Equatable {
  package let id: String
  package let role: String
  package let status: String
  package let content: [UInt8]
}

extension Transcript {
  /// The messages in the form of those that are stored.
  package var asStored: [StoredMessage] {
    messages.map { StoredMessage(id: $0.id, role: $0.role, status: $0.status, content: $0.content) }
  }
}
