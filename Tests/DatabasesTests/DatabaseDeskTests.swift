import JSONWire
import Log
import Postgres
import ProxyWire
import Reactor
import SkeinTestKit
import Synchronization
import TLSEngine
import Testing

@testable import Databases

/// Users' databases: a real second PostgreSQL, asked what people ask, and what they should not.
@Suite(.serialized) struct DatabaseDeskTests {
  private static let counter = Atomic(0)

  /// A desk, and a database with the tables of `schema` in it.
  final class World: Sendable {
    let desk: DatabaseDesk
    let access: DatabaseDesk.Access
    let owner: PostgresClient
    let name: String

    init(_ change: (inout DatabaseDesk.Rules) -> Void = { _ in }, schema: String = World.schema) async throws {
      let second = try SecondPostgres.shared()
      name = "d\(DatabaseDeskTests.counter.add(1, ordering: .relaxed).newValue)"
      let loop = try TestLoop.shared()
      let admin = try PostgresClient(
        loop: loop, configuration: PostgresConfiguration(url: second.url()), log: TestServer.log)
      let database = name
      try await admin.session { try await $0.script("CREATE DATABASE \(database)") }
      await admin.close()
      owner = try PostgresClient(
        loop: loop, configuration: PostgresConfiguration(url: second.url(database: name)), log: TestServer.log)
      try await owner.session { try await $0.script(schema) }
      var rules = DatabaseDesk.Rules()
      rules.hosts = HostRules(allowed: ["127.0.0.0/8"].compactMap(AddressRange.init))
      // None of them is about time: a machine may be slow.
      rules.query.milliseconds = 60_000
      change(&rules)
      desk = try DatabaseDesk(loop: loop, rules: rules, log: TestServer.log)
      access = try Self.access(port: second.port, database: name)
    }

    static func access(
      port: UInt16, database: String, host: String = "127.0.0.1", password: String = SecondPostgres.password,
      id: String = "db_1", owner: UInt8 = 1
    ) throws -> DatabaseDesk.Access {
      DatabaseDesk.Access(
        target: try DatabaseTarget(host: host, port: port, database: database, user: SecondPostgres.user),
        password: password, id: id, owner: [owner])
    }

    func run(_ sql: String, session: String = "s") async throws(DatabaseError) -> SQLResult {
      try await desk.run(sql, for: session, access)
    }

    func end() async {
      await desk.close()
      await owner.close()
    }

    static let schema = """
      CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, born date, wealth numeric(10, 2), is_kind boolean);
      COMMENT ON TABLE users IS 'People';
      COMMENT ON COLUMN users.name IS 'Their names';
      INSERT INTO users SELECT n, 'user ' || n, date '2000-01-01' + n, n * 1.5, n % 2 = 0 FROM generate_series(1, 500) n;
      CREATE TABLE "Odd Orders" (id bigint PRIMARY KEY, user_id int REFERENCES users (id), note jsonb);
      CREATE VIEW kind AS SELECT * FROM users WHERE is_kind;
      CREATE SEQUENCE numbers;
      CREATE FUNCTION greet(text) RETURNS text LANGUAGE sql AS $$SELECT 'hi ' || $1$$;
      ANALYZE;
      """
  }

  @Test func aQueryIsAnswered() async throws {
    let world = try await World()
    let result = try await world.run(
      "SELECT id, name, born, wealth, is_kind, NULL AS nothing, name FROM users WHERE id < 3 ORDER BY id DESC;")
    #expect(result.columns.map(\.name) == ["id", "name", "born", "wealth", "is_kind", "nothing", "name"])
    #expect(result.rows[0] == ["2", "user 2", "2000-01-03", "3.00", "true", nil, "user 2"])
    #expect(result.rows.count == 2 && !result.isTruncated && result.durationMilliseconds >= 0)
    var json = JSONWriter()
    result.write(to: &json)
    let value = try JSONValue(parsing: json.bytes)
    #expect(value["rows"]?[0] == [2, "user 2", "2000-01-03", .number("3.00"), true, nil, "user 2"])
    #expect(value["row_count"] == 2 && value["truncated"] == false)
    #expect(result.markdown().hasPrefix("| id | name |") && result.markdown().hasSuffix("2 rows."))
    for sql in ["EXPLAIN SELECT * FROM users", "SHOW server_version", "VALUES (1)", "TABLE kind"] {
      #expect(try await world.run(sql).rows.isEmpty == false, "\(sql)")
    }
    await world.end()
  }

  @Test func resultsAreCut() async throws {
    let world = try await World { rules in
      rules.query.rows = 10
      rules.query.bytes = 5000
      rules.query.cellCharacters = 100
    }
    let exact = try await world.run("SELECT id FROM users ORDER BY id LIMIT 10")
    #expect(exact.rows.count == 10 && !exact.isTruncated)
    let more = try await world.run("SELECT id FROM users ORDER BY id")
    #expect(more.rows.map { $0[0] } == (1...10).map { "\($0)" } && more.isTruncated)
    let long = try await world.run("SELECT repeat('é', 1000), 1")
    #expect(long.rows[0][0] == String(repeating: "é", count: 100) && long.isTruncated)
    // Each row 6,000 bytes: the first is given, the others are not.
    let wide = try await world.run(
      "SELECT " + (0..<60).map { "repeat('x', 100) AS c\($0)" }.joined(separator: ", ") + " FROM users")
    #expect(wide.rows.count == 1 && wide.isTruncated)
    await #expect(throws: DatabaseError.self) {
      try await world.run("SELECT " + (0..<101).map { "\($0)" }.joined(separator: ", "))
    }
    await world.end()
  }

  /// What gets past the judge, as a name of the database's own may, still writes nothing.
  @Test func nothingIsWritten() async throws {
    // One of them sleeps for longer; the others have the time.
    let world = try await World(
      { $0.query.milliseconds = 5000 },
      schema: World.schema + """

        CREATE FUNCTION lower(users) RETURNS text LANGUAGE plpgsql AS $$BEGIN DELETE FROM users; RETURN 'x'; END$$;
        CREATE FUNCTION upper(users) RETURNS text LANGUAGE sql AS $$SELECT nextval('numbers')::text$$;
        CREATE FUNCTION length(users) RETURNS text LANGUAGE sql
        AS $$SELECT set_config('transaction_read_only', 'off', false)$$;
        CREATE FUNCTION reverse(users) RETURNS text LANGUAGE plpgsql
        AS $$BEGIN EXECUTE 'SET TRANSACTION READ WRITE'; DELETE FROM users; RETURN 'x'; END$$;
        CREATE FUNCTION initcap(users) RETURNS text LANGUAGE sql
        AS $$SELECT set_config('statement_timeout', '0', false) FROM pg_sleep(600)$$;
        """)
    for function in ["lower", "upper", "length", "reverse", "initcap"] {
      let failure = await #expect(throws: DatabaseError.self, "\(function)") {
        try await world.run("SELECT \(function)(u) FROM users u LIMIT 1")
      }
      #expect(failure?.code == .failed || failure?.code == .timeout, "\(function): \(failure?.message ?? "")")
    }
    let rows = try await world.owner.query("SELECT count(*), (SELECT last_value FROM numbers) FROM users")
    #expect(try rows.int(0, 0) == 500 && rows.int(0, 1) == 1)
    // The session's connection is as before.
    #expect(try await world.run("SHOW transaction_read_only").rows == [["on"]])
    #expect(try await world.run("SELECT count(*) FROM users").rows == [["500"]])
    await world.end()
  }

  /// Statements that the judge refuses, run as if it did not: the transaction, the limits and the protocol stand alone.
  @Test func hostileStatementsAreRefused() async throws {
    let world = try await World()
    let hostile = [
      "DELETE FROM users", "SELECT 1; DELETE FROM users", "ROLLBACK; DELETE FROM users", "COMMIT; DROP TABLE users",
      "SELECT 1) AS q; DELETE FROM users; --", "WITH x AS (DELETE FROM users RETURNING *) SELECT * FROM x",
      "SELECT pg_sleep(60)", "SELECT pg_read_file('/etc/passwd')", "SELECT nextval('numbers')",
      "SELECT set_config('statement_timeout', '0', false)", "SELECT * FROM users FOR UPDATE",
      "SELECT * INTO x FROM users",
      "COPY users TO '/tmp/x'", "SELECT lo_create(1)", "SELECT pg_advisory_lock(1)", "SELECT public.greet('x')",
      "SELECT greet('x')", "SELECT pg_terminate_backend(pg_backend_pid())", "SELECT * FROM pg_authid", "LISTEN x",
      "EXPLAIN ANALYZE DELETE FROM users", "SET default_transaction_read_only = off",
      "DO $$BEGIN DELETE FROM users; END$$",
    ]
    for sql in hostile {
      let failure = await #expect(throws: DatabaseError.self) { try await world.run(sql) }
      #expect(failure?.code == .refused, "\(sql)")
    }
    #expect(try await world.run("SELECT count(*) FROM users").rows == [["500"]])
    await world.end()
  }

  @Test(arguments: [
    "SELECT count(*) FROM users a, users b, users c, users d",
    "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "SELECT * FROM users a, users b, users c, users d ORDER BY a.name || b.name || c.name || d.name",
    "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
    "SELECT count(*) FROM users a JOIN users b ON a.name < b.name JOIN users c ON b.name <> c.name",
  ])
  func bombsAreDefused(sql: String) async throws {
    let world = try await World { $0.query.milliseconds = 1500 }
    // Without the limit none of them would come back within a day.
    let failure = await #expect(throws: DatabaseError.self) { try await world.run(sql) }
    #expect(failure?.code == .timeout || failure?.code == .refused, "\(failure?.message ?? "")")
    // Nothing of it goes on.
    #expect(try await comesTrue { try await world.busy() == 0 })
    await world.end()
  }

  @Test func aStoppedQuestionEndsInTheDatabase() async throws {
    let world = try await World {
      $0.query.milliseconds = 600_000; $0.query.cost = .infinity
    }
    let task = Task { try await world.run("SELECT count(*) FROM users a, users b, users c, users d") }
    #expect(try await comesTrue { try await world.busy() > 0 })
    task.cancel()
    await #expect(throws: DatabaseError.self) { try await task.value }
    #expect(try await comesTrue { try await world.busy() == 0 })
    #expect(try await world.run("SELECT 1").rows == [["1"]])
    await world.end()
  }

  @Test func theSchemaIsRead() async throws {
    let world = try await World()
    let schema = try await world.desk.schema(for: "s", world.access)
    #expect(schema.tables.map(\.name) == ["Odd Orders", "kind", "users"])
    let users = schema.tables[2]
    #expect(users.rows == 500 && users.comment == "People" && !users.isView && schema.tables[1].isView)
    #expect(users.columns.map(\.name) == ["id", "name", "born", "wealth", "is_kind"])
    #expect(users.columns[0].isKey && users.columns[1].comment == "Their names")
    #expect(users.columns[3].type == "numeric(10,2)" && users.columns[3].isOptional && !users.columns[1].isOptional)
    #expect(schema.tables[0].columns[1].reference == "users.id")
    #expect(schema.tables[0].reference == "\"Odd Orders\"")
    await world.end()
  }

  /// Rows are told of where their owner wants that, and nowhere else.
  @Test func samplesAreToldOnRequest() async throws {
    let world = try await World()
    let silent = try await world.desk.schema(for: "s", world.access)
    #expect(silent.tables.flatMap(\.samples).isEmpty)
    let access = DatabaseDesk.Access(
      target: world.access.target, password: SecondPostgres.password, id: "db_1", owner: [1], sharesSamples: true)
    let schema = try await world.desk.schema(for: "s", access)
    #expect(schema.tables[2].samples.map { $0[1] } == ["user 1", "user 2", "user 3"])
    #expect(schema.tables[0].samples.isEmpty && schema.tables[1].samples.isEmpty)
    await world.end()
  }

  /// An address for the name `localhost` is pinned; the certificate is judged by the name.
  @Test func transportIsGuardedBySetting() async throws {
    let second = try SecondPostgres.shared()
    func isGuarded(_ world: World, _ tls: DatabaseTLS, host: String = "localhost") async throws -> String? {
      let access = DatabaseDesk.Access(
        target: try DatabaseTarget(
          host: host, port: second.port, database: world.name, user: SecondPostgres.user, tls: tls),
        password: SecondPostgres.password, id: "db_\(tls)_\(host)", owner: [1])
      let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
      return try await world.desk.runUnjudged(sql, for: "s", access).rows[0][0]
    }
    let both = HostRules(allowed: ["127.0.0.0/8", "::1"].compactMap(AddressRange.init))
    let world = try await World {
      $0.hosts = both
      $0.authorities = second.certificate.certificate
    }
    #expect(try await isGuarded(world, .disable) == "false")
    for tls: DatabaseTLS in [.prefer, .require, .verifyFull] { #expect(try await isGuarded(world, tls) == "true") }
    // It is for localhost, and for nothing else.
    await #expect(throws: DatabaseError.self) { _ = try await isGuarded(world, .verifyFull, host: "127.0.0.1") }
    await world.end()
    // Nobody vouches for it there.
    let strict = try await World { $0.hosts = both }
    #expect(try await isGuarded(strict, .require) == "true")
    let failure = await #expect(throws: DatabaseError.self) { _ = try await isGuarded(strict, .verifyFull) }
    #expect(failure?.code == .unreachable && failure?.message.contains("certificate") == true)
    await strict.end()
  }

  // MARK: Connections

  @Test func eachSessionHasItsOwnConnection() async throws {
    let world = try await World {
      $0.perOwner = 3; $0.all = 4
    }
    for session in ["a", "b", "c"] { _ = try await world.run("SELECT 1", session: session) }
    #expect(try await world.connections() == 3)
    _ = try await world.run("SELECT 2", session: "a")
    #expect(try await world.connections() == 3)
    let failure = await #expect(throws: DatabaseError.self) { try await world.run("SELECT 1", session: "d") }
    #expect(failure?.code == .busy)
    let second = try SecondPostgres.shared()
    let other = try World.access(port: second.port, database: world.name, owner: 2)
    _ = try await world.desk.run("SELECT 1", for: "e", other)
    let third = try World.access(port: second.port, database: world.name, owner: 3)
    await #expect(throws: DatabaseError.self) { try await world.desk.run("SELECT 1", for: "f", third) }
    await world.desk.leave("a")
    #expect(await world.desk.count == 3)
    _ = try await world.run("SELECT 1", session: "d")
    await world.desk.close()
    #expect(await world.desk.count == 0)
    #expect(try await comesTrue { try await world.connections() == 0 })
    await world.end()
  }

  @Test func anUnusedConnectionIsClosed() async throws {
    let world = try await World { $0.idle = 50 }
    _ = try await world.run("SELECT 1")
    #expect(try await comesTrue { try await world.connections() == 0 })
    #expect(await comesTrue { await world.desk.count == 0 })
    #expect(try await world.run("SELECT 1").rows == [["1"]])
    await world.end()
  }

  /// A connection that was lost is made anew by the next question.
  @Test func aLostConnectionIsMadeAnew() async throws {
    let world = try await World()
    _ = try await world.run("SELECT 1")
    _ = try await world.owner.query(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
      """
    )
    #expect(try await comesTrue { try await world.connections() == 0 })
    var answered = 0
    for _ in 0..<3 { if (try? await world.run("SELECT 1")) != nil { answered += 1 } }
    #expect(answered >= 2)
    await world.end()
  }

  @Test func hostsAndPasswordsAreJudged() async throws {
    let second = try SecondPostgres.shared()
    let world = try await World()
    #expect(try await world.desk.test(world.access).hasPrefix("PostgreSQL"))
    let cases: [(host: String, password: String, port: UInt16, code: DatabaseError.Code)] = [
      ("127.0.0.1", "wrong", second.port, .unreachable), ("127.0.0.1", SecondPostgres.password, 1, .unreachable),
      ("10.0.0.1", "x", 5432, .forbidden), ("169.254.169.254", "x", 80, .forbidden), ("::1", "x", 5432, .forbidden),
      ("no.such.host.invalid", "x", 5432, .unreachable),
    ]
    for (host, password, port, code) in cases {
      let access = try World.access(port: port, database: world.name, host: host, password: password)
      let failure = await #expect(throws: DatabaseError.self) { try await world.desk.test(access) }
      #expect(failure?.code == code, "\(host)")
      #expect(failure?.message.contains(SecondPostgres.password) == false)
    }
    let strict = try DatabaseDesk(loop: try TestLoop.shared(), rules: DatabaseDesk.Rules(), log: TestServer.log)
    let local = try World.access(port: second.port, database: world.name, host: "localhost")
    let failure = await #expect(throws: DatabaseError.self) { try await strict.test(local) }
    #expect(failure?.code == .forbidden)
    #expect(await strict.count == 0)
    #expect(await world.desk.count == 0)
    await world.end()
  }
}

extension DatabaseDeskTests.World {
  /// How many connections but the owner's there are.
  func connections() async throws -> Int64 {
    try await owner.query(
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ).int(0, 0)
  }

  /// How many of them are at work.
  func busy() async throws -> Int64 {
    try await owner.query(
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
      """
    ).int(0, 0)
  }
}
