package import Log

/// Why the schema could not be brought up to date: one sentence for the person who started the server.
package struct MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
  package let message: String
  /// The database's own error, where it was one.
  package let cause: PostgresError?

  init(_ message: String, cause: PostgresError? = nil) {
    self.message = message
    self.cause = cause
  }

  package var description: String { message }
}

/// Brings a database's schema up to date with numbered SQL files, each applied once, in order, in a transaction of its
/// own, and recorded with its digest in the table `schema_migrations`. Servers that start at once take turns by an
/// advisory lock.
package struct Migrator: Sendable {
  private let migrations: [Migration]
  private let log: Logger

  /// The key of the advisory lock, any number that others of the same database don't use: "skeinmig" in ASCII.
  private static let lock: Int64 = 0x736B_6569_6E6D_6967

  /// Reads the files `NNNN_name.sql` of a folder: 0001, 0002 and so on, without a gap.
  /// - Throws: `MigrationError` where the folder can't be read, a name is malformed, a number is missing or doubled.
  package init(folder: String, log: Logger) throws(MigrationError) {
    migrations = try Migration.read(folder: folder)
    self.log = log
  }

  /// How many migrations the folder holds.
  package var count: Int { migrations.count }

  /// Applies what is missing.
  /// - Returns: how many were applied.
  /// - Throws: `MigrationError` where an applied file was changed or is gone, where the database is newer than the
  ///   files, where a file fails (everything before it stays applied, nothing of it does), or where the database can't
  ///   be reached.
  @discardableResult
  package func migrate(_ client: PostgresClient) async throws(MigrationError) -> Int {
    do {
      return try await client.session { session in try await migrate(session) }
    } catch let error as MigrationError {
      throw error
    } catch let error as PostgresError {
      throw MigrationError("the schema can't be brought up to date: \(error)", cause: error)
    } catch {
      throw MigrationError("the schema can't be brought up to date: \(error)")
    }
  }

  private func migrate(_ session: PostgresSession) async throws -> Int {
    var count = 0
    while try await applyNext(session) { count += 1 }
    return count
  }

  /// Applies the first migration that is missing, in one transaction with the lock and the look at what is there: so it
  /// also works where a pooler gives each transaction another connection.
  /// - Returns: false where none is missing.
  private func applyNext(_ session: PostgresSession) async throws -> Bool {
    try await session.script("BEGIN")
    _ = try await session.query("SELECT pg_advisory_xact_lock($1::int8)", [.int8(Self.lock)])
    try await session.script(
      """
      CREATE TABLE IF NOT EXISTS schema_migrations (
        number integer PRIMARY KEY, name text NOT NULL, digest bytea NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now())
      """)
    let applied = try await session.query("SELECT number, name, digest FROM schema_migrations ORDER BY number")
    for row in 0..<applied.count {
      try check(number: Int(applied.int(row, 0)), name: applied.text(row, 1), digest: applied.bytes(row, 2))
    }
    let done = Set(try (0..<applied.count).map { Int(try applied.int($0, 0)) })
    guard let migration = migrations.first(where: { !done.contains($0.number) }) else {
      try await session.script("COMMIT")
      return false
    }
    try await apply(migration, session)
    return true
  }

  private func check(number: Int, name: String, digest: [UInt8]) throws(MigrationError) {
    guard let file = migrations.first(where: { $0.number == number }) else {
      throw MigrationError(
        number > migrations.count
          ? "the database is newer than this program: it has migration \(name), which the program does not know"
          : "the file of migration \(name), which was applied, is missing")
    }
    guard file.digest == digest else {
      throw MigrationError(
        "migration \(file.name) was changed after it had been applied: put it back, and write a new one instead")
    }
  }

  private func apply(_ migration: Migration, _ session: PostgresSession) async throws {
    do {
      try await session.script(migration.sql)
      // A file that ends the transaction itself would be half applied where it fails.
      guard await session.isInTransaction else {
        throw MigrationError("migration \(migration.name) must not begin or end transactions itself")
      }
      _ = try await session.query(
        "INSERT INTO schema_migrations (number, name, digest) VALUES ($1, $2, $3)",
        [.int4(Int32(migration.number)), .text(migration.name), .bytea(migration.digest)])
      try await session.script("COMMIT")
    } catch let error as PostgresError {
      throw MigrationError("migration \(migration.name) failed: \(error)", cause: error)
    }
    log.info("migration applied", ["name": migration.name])
  }
}
