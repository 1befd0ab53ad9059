import MySQL
import ProxyWire
import Reactor
import SQLJudge

/// A connection to a MySQL, MariaDB or TiDB.
actor MySQLLink: DatabaseLink {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let session: MySQLSession
  private let target: MySQLTarget
  private let flavor: MySQLFlavor
  private let version: String
  /// For `KILL`.
  private let number: UInt
  private let limits: QueryLimits
  private(set) var isClosed = false

  private init(
    loop: EventLoop, session: MySQLSession, target: MySQLTarget, version: String, number: UInt, limits: QueryLimits
  ) {
    self.loop = loop
    self.session = session
    self.target = target
    self.version = version
    self.number = number
    self.limits = limits
    flavor = MySQLFlavor(version: version)
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  // MARK: Connecting

  /// How long connecting may take, in milliseconds.
  private static let connectTimeout: UInt64 = 5000

  /// Connects to an address that was judged.
  static func open(
    _ target: MySQLTarget, limits: QueryLimits, loop: EventLoop
  ) async throws(DatabaseError) -> MySQLLink {
    do throws(MySQLError) {
      let session = try MySQLSession.make(target, timeout: limits.milliseconds + connectTimeout)
      do throws(MySQLError) {
        try await within(connectTimeout * 2, of: session, loop) { () async throws(MySQLError) in
          try await session.open()
        }
        let (version, number) = (await session.version, await session.number)
        return MySQLLink(
          loop: loop, session: session, target: target, version: version, number: number, limits: limits)
      } catch {
        await session.close()
        throw error
      }
    } catch {
      throw DatabaseError(.unreachable, "The database can't be reached: \(error.message)")
    }
  }

  /// Does something with a session, which is cut off where that does not end: the session itself may wait in a handshake.
  private static func within<Value: Sendable>(
    _ milliseconds: UInt64, of session: MySQLSession, _ loop: EventLoop,
    _ body: () async throws(MySQLError) -> Value
  ) async throws(MySQLError) -> Value {
    let watch = Task {
      try await Task.sleep(for: .milliseconds(milliseconds))
      session.cut()
    }
    defer { watch.cancel() }
    return try await body()
  }

  func close() async {
    guard !isClosed else { return }
    isClosed = true
    await session.close()
  }

  // MARK: Reading

  /// Does some reading, and leaves nothing behind. Where the task is cancelled, what runs is cancelled in the database.
  private func reading<Value: Sendable>(
    _ body: () async throws -> Value
  ) async throws(DatabaseError) -> Value {
    guard !isClosed else { throw DatabaseError(.unreachable, "The connection to the database is closed.") }
    let result: Result<Value, any Error>
    do {
      result = .success(
        try await withTaskCancellationHandler {
          for statement in flavor.settings(limits) { try await session.query(statement) }
          try await session.query(flavor.beginning)
          try Task.checkCancellation()
          return try await body()
        } onCancel: { [session, target, number] in
          Task { await Self.kill(number, of: session, at: target) }
        })
    } catch {
      result = .failure(error)
    }
    await cleanUp()
    do {
      return try result.get()
    } catch let error as DatabaseError {
      throw error
    } catch let error as MySQLError where error.isInterruption || error.kind == .timeout {
      throw DatabaseError(.timeout, "The statement took longer than \(limits.milliseconds / 1000) seconds.")
    } catch let error as MySQLError where error.kind == .server {
      throw DatabaseError(.failed, "The database says: \(error.message)")
    } catch {
      throw DatabaseError(.unreachable, "The database did not answer: \((error as? MySQLError)?.message ?? "\(error)")")
    }
  }

  private func cleanUp() async {
    // A result that was not read to its end is still on its way.
    if await session.isSpent || Task.isCancelled { return await close() }
    do {
      try await session.query("ROLLBACK")
      try await session.reset()
    } catch {
      await close()
    }
  }

  /// Has the server end what a connection is doing, by another one; where that does not work the connection is cut off, and
  /// the server's own limit ends it.
  private static func kill(_ number: UInt, of session: MySQLSession, at target: MySQLTarget) async {
    if let killer = try? MySQLSession.make(target, timeout: connectTimeout) {
      let watch = Task {
        try await Task.sleep(for: .milliseconds(connectTimeout))
        killer.cut()
      }
      do {
        try await killer.open()
        try await killer.query("KILL QUERY \(number)")
      } catch {
        session.cut()
      }
      watch.cancel()
      await killer.close()
    }
  }

  // MARK: Asking

  func test() async throws(DatabaseError) -> String {
    try await reading { _ = try await self.session.query("SELECT 1") }
    return version.contains(flavor.rawValue) ? version : "\(flavor.rawValue) \(version)"
  }

  func schema() async throws(DatabaseError) -> DatabaseSchema {
    try await reading {
      let columns = try await self.session.query(DatabaseSchema.mysqlColumns)
      let references = try await self.session.query(DatabaseSchema.mysqlReferences)
      return DatabaseSchema(columns, references: references, engine: self.flavor.engine)
    }
  }

  func run(_ statement: SQLStatement) async throws(DatabaseError) -> SQLResult {
    let start = EventLoop.monotonicMilliseconds()
    let most = MySQLRows.Limits(
      rows: limits.rows, bytes: limits.bytes, characters: limits.cellCharacters, columns: limits.columns)
    let rows = try await reading { try await self.session.query(statement.text, most) }
    guard rows.excessColumns == nil else {
      throw DatabaseError(.refused, "This query gives back more than \(limits.columns) columns.")
    }
    return SQLResult(
      columns: rows.columns.map { SQLResult.Column(name: $0.name, isNumber: $0.isNumber, isTruth: false) },
      rows: rows.rows, isTruncated: rows.isTruncated,
      durationMilliseconds: Int64(EventLoop.monotonicMilliseconds() - start), sql: statement.text)
  }
}
