import Glibc
import Log
import Postgres
import SkeinTestKit
import Testing

/// A folder of SQL files for one test.
private final class SQLFolder: Sendable {
  private let guarded: GuardedFolder
  var path: String { guarded.path }

  init(_ files: [String: String] = [:]) throws {
    guarded = try GuardedFolder("skein-migrations")
    for (name, sql) in files { write(name, sql) }
  }

  func write(_ name: String, _ text: String) {
    let file = fopen("\(path)/\(name)", "w")
    fputs(text, file)
    fclose(file)
  }

  func remove(_ name: String) { unlink("\(path)/\(name)") }

  func migrator() throws(MigrationError) -> Migrator {
    try Migrator(folder: path, log: Logger("migrations", level: .error))
  }
}

private func message(_ body: () async throws -> Void) async -> String? {
  do {
    try await body()
    return nil
  } catch {
    return (error as? MigrationError)?.message
  }
}

@Suite struct MigratorTests {
  private static let files = [
    "0001_first.sql": "CREATE TABLE a (n int8); INSERT INTO a VALUES (1);",
    "0002_second.sql": """
    -- several statements, a function with semicolons
    CREATE FUNCTION f() RETURNS int8 LANGUAGE plpgsql AS $$ BEGIN RETURN 7; END; $$;
    ALTER TABLE a ADD COLUMN t text DEFAULT 'é;';
    """,
  ]

  @Test func filesAreAppliedOnceAndInOrder() async throws {
    let folder = try SQLFolder(Self.files)
    try await withClient { client in
      #expect(try await folder.migrator().migrate(client) == 2)
      #expect(try await folder.migrator().migrate(client) == 0)
      folder.write("0003_third.sql", "UPDATE a SET n = f()")
      #expect(try await folder.migrator().migrate(client) == 1)
      let rows = try await client.query("SELECT n, t FROM a")
      #expect(try rows.int(0, 0) == 7)
      #expect(try rows.text(0, 1) == "é;")
      let record = try await client.query("SELECT number, name, length(digest) FROM schema_migrations ORDER BY 1")
      #expect(record.count == 3)
      #expect(try record.text(2, 1) == "0003_third.sql")
      #expect(try record.int(2, 2) == 32)
    }
  }

  @Test func serversThatStartAtOnceTakeTurns() async throws {
    var files = Self.files
    files["0003_slow.sql"] = "SELECT pg_sleep(0.2); CREATE TABLE slow (n int8)"
    let folder = try SQLFolder(files)
    let database = try await TestDatabase()
    let counts = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let client = try database.client()
          let count = try await folder.migrator().migrate(client)
          await client.close()
          return count
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(counts.reduce(0, +) == 3)
  }

  @Test func aChangedFileIsAnError() async throws {
    let folder = try SQLFolder(Self.files)
    try await withClient { client in
      try await folder.migrator().migrate(client)
      folder.write("0001_first.sql", "CREATE TABLE a (n int8); -- changed")
      let text = await message { try await folder.migrator().migrate(client) }
      #expect(text?.contains("0001_first.sql was changed") == true)
    }
  }

  @Test func aFileThatIsGoneIsAnError() async throws {
    let folder = try SQLFolder(Self.files)
    try await withClient { client in
      try await folder.migrator().migrate(client)
      folder.remove("0002_second.sql")
      let text = await message { try await folder.migrator().migrate(client) }
      #expect(text?.contains("newer than this program") == true)
      #expect(text?.contains("0002_second.sql") == true)
    }
  }

  @Test(arguments: [
    (["0001_a.sql", "0003_b.sql"], "number 2 is expected"), (["0002_a.sql"], "number 1 is expected"),
    (["0001_a.sql", "0001_b.sql"], "same number"), (["0001_a.sql", "b.sql"], "no name of a migration"),
    (["0001_a.sql", "002_b.sql"], "no name of a migration"), (["0001_.sql"], "no name of a migration"),
  ])
  func malformedFoldersAreErrors(_ names: [String], _ expected: String) async throws {
    let folder = try SQLFolder(Dictionary(uniqueKeysWithValues: names.map { ($0, "SELECT 1") }))
    let text = await message { _ = try folder.migrator() }
    #expect(text?.contains(expected) == true)
  }

  @Test func otherFilesAreLeftAlone() async throws {
    let folder = try SQLFolder(["0001_a.sql": "SELECT 1", "README.md": "words"])
    #expect(try folder.migrator().count == 1)
    #expect(await message { _ = try Migrator(folder: folder.path + "/absent", log: Logger("m")) } != nil)
  }

  @Test func aFileThatFailsLeavesNothingBehind() async throws {
    let folder = try SQLFolder([
      "0001_good.sql": "CREATE TABLE good (n int8)",
      "0002_bad.sql": "CREATE TABLE half (n int8); SELECT nonsense();",
    ])
    try await withClient { client in
      let text = await message { try await folder.migrator().migrate(client) }
      #expect(text?.contains("0002_bad.sql failed") == true)
      #expect(text?.contains("42883") == true)
      let rows = try await client.query(
        "SELECT to_regclass('good') IS NOT NULL, to_regclass('half') IS NULL, (SELECT count(*) FROM schema_migrations)")
      #expect(try rows.bool(0, 0))
      #expect(try rows.bool(0, 1))
      #expect(try rows.int(0, 2) == 1)
    }
  }

  @Test func aFileMayNotEndItsTransaction() async throws {
    let folder = try SQLFolder(["0001_a.sql": "CREATE TABLE a (n int8); COMMIT;"])
    try await withClient { client in
      let text = await message { try await folder.migrator().migrate(client) }
      #expect(text?.contains("must not begin or end transactions") == true)
    }
  }

  @Test func aDatabaseThatIsAwayIsAnError() async throws {
    let folder = try SQLFolder(Self.files)
    let database = try await TestDatabase()
    let client = PostgresClient(
      loop: database.loop, configuration: try PostgresConfiguration(url: "host=/nonexistent dbname=x"),
      log: Logger("postgres", level: .error))
    let text = await message { try await folder.migrator().migrate(client) }
    #expect(text?.contains("/nonexistent") == true)
    await client.close()
  }
}
