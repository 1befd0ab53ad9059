import Glibc
import Log
import Postgres
import Reactor
import SkeinTestKit
import Testing

/// A database as an older version has left it.
struct OldDeployment {
  let client: PostgresClient
  private let log = Logger("store", level: .error)
  private static let migrations = TestServer.projectFolder + "/Migrations"

  /// - Parameter last: the last migration that it knows.
  init(upTo last: Int) async throws {
    let folder = try TemporaryFolder.make("skein-old-migrations")
    defer { TemporaryFolder.remove(folder) }
    for number in 1...last {
      var found = glob_t()
      defer { globfree(&found) }
      let pattern = "\(Self.migrations)/\(number < 10 ? "000" : "00")\(number)_*.sql"
      try #require(glob(pattern, 0, nil, &found) == 0)
      let path = String(cString: try #require(found.gl_pathv[0]))
      try #require(symlink(path, "\(folder)/\(try #require(path.split(separator: "/").last))") == 0)
    }
    client = PostgresClient(
      loop: try TestLoop.shared(),
      configuration: try PostgresConfiguration(url: try await PrivatePostgres.shared().database()), log: log)
    try await Migrator(folder: folder, log: log).migrate(client)
  }

  /// Brings it to this version.
  func migrate() async throws { try await Migrator(folder: Self.migrations, log: log).migrate(client) }
}
