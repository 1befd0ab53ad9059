import JSONWire
import Log
import Postgres
import Reactor
import SQLJudge

/// A connection to a PostgreSQL.
actor PostgresLink: DatabaseLink {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let session: PostgresSession
  private let limits: QueryLimits
  private(set) var isClosed = false

  private init(loop: EventLoop, session: PostgresSession, limits: QueryLimits) {
    self.loop = loop
    self.session = session
    self.limits = limits
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  /// Connects to an address that was judged.
  static func open(
    _ text: String, limits: QueryLimits, loop: EventLoop, log: Logger
  ) async throws(DatabaseError) -> PostgresLink {
    do {
      // The database ends what takes too long by itself; this is for one that does not answer at all.
      let session = try await PostgresSession.open(
        loop: loop, configuration: try PostgresConfiguration(url: text), timeout: limits.milliseconds + 5000, log: log)
      return PostgresLink(loop: loop, session: session, limits: limits)
    } catch {
      throw DatabaseError(.unreachable, "The database can't be reached: \(Self.reason(error))")
    }
  }

  func close() async {
    isClosed = true
    await session.close()
  }

  /// Does some reading, and leaves nothing behind. Where the task is cancelled, what runs is cancelled in the database.
  private func reading<Value: Sendable>(
    _ body: () async throws -> Value
  ) async throws(DatabaseError) -> Value {
    let result: Result<Value, any Error>
    do {
      result = .success(
        try await withTaskCancellationHandler {
          try await begin()
          try Task.checkCancellation()
          return try await body()
        } onCancel: { [loop, session] in
          loop.task { await session.cancel() }
        })
    } catch {
      result = .failure(error)
    }
    await cleanUp()
    do {
      return try result.get()
    } catch let error as DatabaseError {
      throw error
    } catch let error as PostgresError where error.kind == .timeout {
      throw DatabaseError(.timeout, "The statement took longer than \(limits.milliseconds / 1000) seconds.")
    } catch let error as PostgresError where error.kind == .server {
      throw DatabaseError(.failed, "The database says: \(error.message)")
    } catch {
      throw DatabaseError(.unreachable, "The database did not answer: \(Self.reason(error))")
    }
  }

  private func begin() async throws {
    _ = try await session.query(Self.beginning)
    _ = try await session.query(Self.settings, [.text("\(limits.milliseconds)")])
  }

  private func cleanUp() async {
    do {
      _ = try await session.query(Self.rollback)
      _ = try await session.query(Self.discard)
    } catch {
      await close()
    }
  }

  private static func reason(_ error: any Error) -> String { (error as? PostgresError)?.message ?? "\(error)" }

  private static let beginning = PostgresStatement("BEGIN TRANSACTION READ ONLY", prepared: false)
  private static let rollback = PostgresStatement("ROLLBACK", prepared: false)
  private static let discard = PostgresStatement("DISCARD ALL", prepared: false)

  /// Strings mean here what they meant to the judge; names are looked for in PostgreSQL's own schema first.
  private static let settings = PostgresStatement(
    """
    SELECT set_config('statement_timeout', $1::text, true), set_config('lock_timeout', '1000', true),
      set_config('idle_in_transaction_session_timeout', '30000', true), set_config('search_path', 'public', true),
      set_config('standard_conforming_strings', 'on', true), set_config('datestyle', 'ISO', true),
      set_config('intervalstyle', 'postgres', true), set_config('bytea_output', 'hex', true),
      set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)
    """, prepared: false)

  // MARK: Asking

  func test() async throws(DatabaseError) -> String {
    try await reading {
      try await self.session.query(PostgresStatement("SELECT version()", prepared: false)).text(0, 0)
    }
  }

  func schema() async throws(DatabaseError) -> DatabaseSchema {
    try await reading { try DatabaseSchema(try await self.session.query(DatabaseSchema.postgres)) }
  }

  func run(_ statement: SQLStatement) async throws(DatabaseError) -> SQLResult {
    let start = EventLoop.monotonicMilliseconds()
    let answer = try await reading {
      statement.kind == .query ? try await self.query(statement.text) : try await self.text(statement.text)
    }
    let duration = Int64(EventLoop.monotonicMilliseconds() - start)
    return SQLResult(
      columns: answer.columns, rows: answer.rows, isTruncated: answer.isTruncated, durationMilliseconds: duration,
      sql: statement.text)
  }

  private typealias Answer = (columns: [SQLResult.Column], rows: [[String?]], isTruncated: Bool)

  private func query(_ sql: String) async throws -> Answer {
    let wrapper = QueryWrapper(limits: limits, sql: sql)
    let shape = try await session.query(PostgresStatement(wrapper.shape, prepared: false))
    guard shape.columns > 0 else { throw DatabaseError(.refused, "This query gives back no columns.") }
    guard shape.columns <= limits.columns else {
      throw DatabaseError(.refused, "This query gives back more than \(limits.columns) columns.")
    }
    let columns = (0..<shape.columns).map { column in
      SQLResult.Column(
        name: shape.name(column), isNumber: Self.numbers.contains(shape.type(column).oid),
        isTruth: shape.type(column) == .bool)
    }
    let bounded = wrapper.bounded(columns: shape.columns)
    try await judgePlan(bounded)
    let answer = try await session.query(PostgresStatement(bounded, prepared: false))
    var isTruncated = answer.count > 0 ? try answer.int(0, 0) > answer.count : false
    let rows = try (0..<answer.count).map { row in
      try (1...shape.columns).map { column in
        try cut(try answer.optional(row, column, answer.text), &isTruncated)
      }
    }
    return (columns, rows, isTruncated)
  }

  /// Refuses what the planner expects to take for ever.
  private func judgePlan(_ sql: String) async throws {
    let plan = try await session.query(PostgresStatement("EXPLAIN (FORMAT JSON) " + sql, prepared: false))
    let cost = try JSONValue(parsing: try plan.bytes(0, 0), maxDepth: 500)[0]?["Plan"]?["Total Cost"]?.double
    guard let cost, cost <= limits.cost else {
      throw DatabaseError(.refused, "This query would take too long: the database expects it to cost too much.")
    }
  }

  /// What can't stand within a query: a plan, or a setting.
  private func text(_ sql: String) async throws -> Answer {
    let answer = try await session.query(PostgresStatement(sql, prepared: false))
    let columns = (0..<answer.columns).map {
      SQLResult.Column(name: answer.name($0), isNumber: false, isTruth: false)
    }
    var isTruncated = answer.count > limits.rows
    let rows = try (0..<min(answer.count, limits.rows)).map { row in
      try (0..<answer.columns).map { column in
        let text = try answer.optional(row, column, answer.bytes).map { String(decoding: $0, as: UTF8.self) }
        return try cut(text, &isTruncated)
      }
    }
    return (columns, rows, isTruncated)
  }

  private func cut(_ text: String?, _ isTruncated: inout Bool) throws -> String? {
    guard let text, text.unicodeScalars.count > limits.cellCharacters else { return text }
    isTruncated = true
    var short = String.UnicodeScalarView()
    short.append(contentsOf: text.unicodeScalars.prefix(limits.cellCharacters))
    return String(short)
  }

  /// int8, int2, int4, float4, float8, numeric.
  private static let numbers: Set<UInt32> = [20, 21, 23, 700, 701, 1700]
}
