package import EmbeddedPostgres
package import Log
import Postgres
import Reactor
import Synchronization

/// A PostgreSQL of the test process's own in a guarded folder, started at the first use and gone with the process,
/// however that ends.
package final class PrivatePostgres: Sendable {
  /// The server that all tests of a process share; not durable, for speed.
  package static func shared() throws -> PrivatePostgres { try sharedResult.get() }

  private static let sharedResult: Result<PrivatePostgres, any Error> = Result { try PrivatePostgres() }

  /// The server, for tests that stop or kill it; they make a `PrivatePostgres` of their own.
  package let server: EmbeddedPostgres
  /// The data folder.
  package var folder: String { guarded.path }
  private let guarded: GuardedFolder
  private let loop: EventLoop
  private static let counter = Atomic(0)

  /// Starts another server beside the shared one.
  /// - Parameter isDurable: true for tests that kill it and look for what was committed.
  package init(isDurable: Bool = false, log: Logger = Logger("postgres", level: .error)) throws {
    guarded = try GuardedFolder("skein-postgres")
    var options = EmbeddedOptions()
    options.isDurable = isDurable
    options.maxConnections = 600
    server = try EmbeddedPostgres.start(data: guarded.path, options: options, log: log)
    loop = try EventLoop()
    loop.start()
  }

  deinit {
    loop.stop()
    loop.join()
  }

  /// The URL of the server's first database.
  package var url: String { server.url }

  /// Makes an empty database and returns its URL.
  package func database() async throws -> String {
    let name = "test_\(Self.counter.add(1, ordering: .relaxed).newValue)"
    let client = PostgresClient(
      loop: loop, configuration: try PostgresConfiguration(url: server.url), log: Logger("postgres", level: .error))
    do {
      try await client.session { try await $0.script("CREATE DATABASE \(name)") }
    } catch {
      await client.close()
      throw error
    }
    await client.close()
    return server.url(database: name)
  }
}
