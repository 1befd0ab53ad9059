import Log
import MySQL
import Postgres
import Reactor
import SQLJudge
import SQLSamples
import SkeinTestKit
import Testing

@testable import Databases

/// Hostile statements against real databases, and ordinary ones.
@Suite(.serialized) struct HostileStatementTests {
  // MARK: PostgreSQL

  /// Whatever of a PostgreSQL a statement could have changed.
  private static func traces(_ owner: PostgresClient) async throws -> String {
    try await owner.query(
      """
      SELECT concat_ws(' ', (SELECT md5(string_agg(u::text, ',' ORDER BY id)) FROM users u),
        (SELECT string_agg(relname::text, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
        (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_namespace WHERE nspname !~ '^pg_'),
        (SELECT string_agg(rolname || rolsuper, ',' ORDER BY rolname) FROM pg_roles), (SELECT count(*) FROM pg_extension),
        (SELECT count(*) FROM pg_largeobject_metadata), (SELECT last_value::text || is_called FROM numbers),
        (SELECT count(*) FROM pg_prepared_xacts), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),
        (SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database WHERE datname = current_database()),
        (SELECT count(*) FROM pg_settings WHERE source = 'database'), pg_postmaster_start_time(),
        (SELECT count(*) FROM pg_foreign_server), (SELECT count(*) FROM pg_replication_slots),
        (pg_stat_file('/tmp/x', true)).size)
      """
    ).text(0, 0)
  }

  /// As a superuser, who could do all of it.
  @Test func postgresIsLeftAsItWas() async throws {
    let world = try await DatabaseDeskTests.World()
    let before = try await Self.traces(world.owner)
    let statements = Array(Set(HostileStatements.all))
    #expect(statements.count >= 500)
    for sql in statements {
      let failure = await #expect(throws: DatabaseError.self, "\(sql)") { try await world.run(sql) }
      #expect(failure?.code == .refused, "\(sql)")
    }
    #expect(try await Self.traces(world.owner) == before)
    await world.end()
  }

  /// The same where the judge has been deceived: by one who may do everything within the database.
  @Test func postgresIsLeftAsItWasBehindTheJudge() async throws {
    let world = try await DatabaseDeskTests.World { $0.query.milliseconds = 300 }
    try await world.owner.session {
      try await $0.script(
        """
        DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN PASSWORD 'plain'; GRANT ALL ON ALL TABLES IN SCHEMA public TO plain;
        GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO plain; GRANT ALL ON SCHEMA public TO plain
        """)
    }
    let access = DatabaseDesk.Access(
      target: try DatabaseTarget(
        host: "127.0.0.1", port: try SecondPostgres.shared().port, database: world.name, user: "plain"),
      password: "plain", id: "db_2", owner: [2])
    let before = try await Self.traces(world.owner)
    let calls = HostileStatements.functions.map { "SELECT \($0)('1')" }
    let statements = HostileStatements.writes + HostileStatements.reads + calls
    let wrapped = HostileStatements.writes.flatMap {
      ["SELECT 1) AS q; \($0); --", "SELECT 1) AS q LIMIT 0; \($0); --"]
    }
    #expect(Set(statements + wrapped).count >= 500)
    for sql in statements + wrapped {
      let start = EventLoop.monotonicMilliseconds()
      let result = try? await world.desk.runUnjudged(sql, for: "t", access)
      #expect((result?.rows.count ?? 0) <= 200, "\(sql)")
      #expect(EventLoop.monotonicMilliseconds() - start < 60_000, "\(sql)")
    }
    #expect(try await Self.traces(world.owner) == before)
    try await world.owner.session { try await $0.script("DROP OWNED BY plain; DROP ROLE plain") }
    await world.end()
  }

  @Test func ordinaryQueriesRunOnPostgres() async throws {
    let world = try await DatabaseDeskTests.World(
      { $0.query.milliseconds = 10_000 }, schema: OrdinaryQueries.schema + OrdinaryQueries.rows)
    #expect(Set(OrdinaryQueries.all).count >= 200)
    for sql in OrdinaryQueries.all {
      do throws(DatabaseError) {
        let result = try await world.run(sql)
        #expect(!result.columns.isEmpty, "\(sql)")
      } catch {
        Issue.record("\(sql): \(error)")
      }
    }
    await world.end()
  }

  // MARK: MariaDB

  private static func traces(_ world: MariaDBWorld) async throws -> [String] {
    var traces: [String] = []
    for sql in [
      "SELECT COUNT(*), SUM(CRC32(CONCAT_WS(',', id, name, born, wealth, is_kind))) FROM users",
      "SELECT GROUP_CONCAT(table_name ORDER BY table_name) FROM information_schema.tables WHERE table_schema = DATABASE()",
      "SELECT GROUP_CONCAT(schema_name ORDER BY schema_name) FROM information_schema.schemata WHERE schema_name = DATABASE()",
      "SELECT COUNT(*), MAX(User) FROM mysql.user", "SELECT COUNT(*) FROM mysql.proc WHERE db = DATABASE()",
      "SELECT next_not_cached_value FROM numbers", "SELECT COUNT(*) FROM information_schema.plugins",
      "SELECT @@global.general_log, @@global.read_only, @@global.sql_mode", "SELECT COUNT(*) FROM mysql.event",
      "SELECT LOAD_FILE('/tmp/skein-x')", "SELECT COUNT(*) FROM mysql.servers", "SELECT IS_FREE_LOCK('1')",
    ] {
      traces.append(
        try await world.owner.query(sql).rows.map { $0.map { $0 ?? "NULL" }.joined(separator: " ") }.joined())
    }
    return traces
  }

  /// As one who may do everything, files included.
  @Test func mariaDBIsLeftAsItWas() async throws {
    let world = try await MariaDBWorld()
    let before = try await Self.traces(world)
    let secret = try SecondMariaDB.shared().secretFile
    let files = [
      "SELECT LOAD_FILE('\(secret)')", "SELECT load_file ('\(secret)')", "SELECT LOAD_FILE(0x2f)",
      "SELECT CONCAT(LOAD_FILE('\(secret)'))", "SELECT /*!LOAD_FILE('\(secret)')*/",
    ]
    let statements = Array(Set(MySQLHostileStatements.all + files))
    #expect(statements.count >= 300)
    for sql in statements {
      let failure = await #expect(throws: DatabaseError.self, "\(sql)") { try await world.run(sql) }
      #expect(failure?.code == .refused, "\(sql)")
    }
    for sql in MySQLHostileStatements.embedded {
      // Some words are names, too: then the result is what a query gives.
      do throws(DatabaseError) { _ = try await world.run(sql) } catch {
        #expect(error.code == .refused || error.code == .failed, "\(sql)")
      }
    }
    #expect(try await Self.traces(world) == before)
    try await world.end()
  }

  /// The same where the judge has been deceived: by one who may do everything within the database.
  @Test func mariaDBIsLeftAsItWasBehindTheJudge() async throws {
    let world = try await MariaDBWorld { $0.query.milliseconds = 300 }
    let user = "plain_\(world.name)"
    try await world.owner.query("CREATE USER \(user) IDENTIFIED BY 'plain'")
    try await world.owner.query("GRANT ALL ON \(world.name).* TO \(user)")
    let access = DatabaseDesk.Access(
      target: try DatabaseTarget(
        engine: .mariadb, host: "127.0.0.1", port: try SecondMariaDB.shared().port, database: world.name, user: user),
      password: "plain", id: "db_2", owner: [2])
    let before = try await Self.traces(world)
    let calls = MySQLHostileStatements.functions.map { "SELECT \($0)('1')" }
    let statements = MySQLHostileStatements.writes + MySQLHostileStatements.reads + calls
    #expect(Set(statements).count >= 300)
    for sql in statements {
      let start = EventLoop.monotonicMilliseconds()
      let result = try? await world.desk.runUnjudged(sql, for: "t", access)
      #expect((result?.rows.count ?? 0) <= 200, "\(sql)")
      #expect(EventLoop.monotonicMilliseconds() - start < 60_000, "\(sql)")
      let now = try await Self.traces(world)
      #expect(now == before, "\(sql)")
      guard now == before else { break }
    }
    await world.desk.leave("t")
    try await world.owner.query("DROP USER \(user)")
    try await world.end()
  }

  @Test func ordinaryQueriesRunOnMariaDB() async throws {
    let world = try await MariaDBWorld({ $0.query.milliseconds = 10_000 }, schema: MySQLOrdinaryQueries.schema)
    #expect(Set(MySQLOrdinaryQueries.all).count >= 100)
    for sql in MySQLOrdinaryQueries.all {
      do throws(DatabaseError) {
        let result = try await world.run(sql)
        #expect(!result.columns.isEmpty, "\(sql)")
      } catch {
        Issue.record("\(sql): \(error)")
      }
    }
    try await world.end()
  }
}
