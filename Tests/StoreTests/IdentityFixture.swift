import Accounts
import JSONWire
import Log
import Postgres
import Reactor
import SkeinTestKit

@testable import Store

/// Books of users, keys and log-ins over one migrated database.
final class IdentityFixture: Sendable {
  let client: PostgresClient
  let desk: PasswordDesk
  let directory: Directory
  private let loop: EventLoop
  private let url: String

  /// - Parameter mostWaiting: passwords that may be hashed at once.
  init(mostWaiting: Int = 100) async throws {
    url = try await PrivatePostgres.shared().database()
    loop = try TestLoop.shared()
    client = PostgresClient(loop: loop, configuration: try PostgresConfiguration(url: url), log: Self.quiet)
    try await Migrator(folder: TestServer.projectFolder + "/Migrations", log: Self.quiet).migrate(client)
    desk = try PasswordDesk(mostWaiting: mostWaiting, cost: Self.cheap)
    _ = try await client.query("INSERT INTO sites (key, name) VALUES ('shop', 'Shop'), ('bank', 'Bank')")
    try await SigningKeyBook(client).keepUp(KeyRing(), now: Self.now)
    directory = try await Directory.load(from: client, builtIn: [])
  }

  /// The least that libsodium takes, so that the tests are quick.
  static let cheap = PasswordHasher.Cost(passes: 1, memory: 8192)
  static let quiet = Logger("store", level: .error)
  static let now: Int64 = 1_800_000_000
  static let password = "a long enough secret"

  /// Another node's connections.
  func other() throws -> PostgresClient {
    PostgresClient(loop: loop, configuration: try PostgresConfiguration(url: url), log: Self.quiet)
  }

  func users(
    _ client: PostgresClient? = nil, from address: String? = "192.0.2.1", desk: PasswordDesk? = nil,
    _ change: (inout LoginLimits.Rules) -> Void = { _ in }
  ) -> UserBook {
    var rules = LoginLimits.Rules()
    change(&rules)
    let client = client ?? self.client
    return UserBook(
      client, desk: desk ?? self.desk, limits: LoginLimits(client, rules: rules),
      by: AuditOrigin(.nobody, address: address, request: "r1"))
  }

  func tokens(_ client: PostgresClient? = nil) -> TokenBook {
    TokenBook(client ?? self.client, by: AuditOrigin(.nobody, address: "192.0.2.1"))
  }

  func keys() -> KeyBook { KeyBook(client, by: .command) }

  func credentials() async throws -> Credentials { try await Credentials.read(from: client) }

  /// The actions that were noted, the oldest first.
  func noted() async throws -> [AuditRecord] { try await AuditBook(client).list(limit: 1000).reversed() }

  func count(_ sql: String) async throws -> Int64 {
    try await client.query(PostgresStatement(sql, prepared: false)).int(0, 0)
  }

  /// All that is stored, as text, for what must not stand in it.
  func everything(in tables: [String]) async throws -> String {
    var text = ""
    for table in tables {
      let rows = try await client.query(
        PostgresStatement("SELECT coalesce(string_agg(t::text, ' '), '') FROM \(table) t", prepared: false))
      text += try rows.text(0, 0)
    }
    return text
  }
}

/// What an expression throws; nil where it throws nothing.
func thrown<Failure: Error & Equatable>(
  _ kind: Failure.Type, _ body: () async throws -> Void
) async throws -> Failure? {
  do {
    try await body()
    return nil
  } catch let failure as Failure {
    return failure
  }
}
