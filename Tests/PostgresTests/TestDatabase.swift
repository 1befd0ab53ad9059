import Log
import Postgres
import Reactor
import SkeinTestKit
import Testing

/// A fresh database and a running loop for one test.
final class TestDatabase: Sendable {
  let loop: EventLoop
  let url: String

  init(_ server: PrivatePostgres? = nil) async throws {
    let server = try server ?? PrivatePostgres.shared()
    url = try await server.database()
    loop = try EventLoop()
    loop.start()
  }

  deinit { loop.stop() }

  func configuration() throws -> PostgresConfiguration { try PostgresConfiguration(url: url) }

  func client(_ change: (inout PostgresConfiguration) -> Void = { _ in }) throws -> PostgresClient {
    var configuration = try configuration()
    change(&configuration)
    return PostgresClient(loop: loop, configuration: configuration, log: Logger("postgres", level: .error))
  }
}

/// Runs `body` with a client on a database of its own and closes the client.
func withClient(
  on server: PrivatePostgres? = nil, _ change: (inout PostgresConfiguration) -> Void = { _ in },
  _ body: (PostgresClient) async throws -> Void
) async throws {
  let database = try await TestDatabase(server)
  let client = try database.client(change)
  do {
    try await body(client)
  } catch {
    await client.close()
    throw error
  }
  await client.close()
}

/// The error that `body` throws.
func failure(_ body: () async throws -> Void) async -> PostgresError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? PostgresError
  }
}

/// Whether the client runs a simple query.
func isAnswering(_ client: PostgresClient) async -> Bool {
  (try? await client.query("SELECT 1::int8").int(0, 0)) == 1
}
