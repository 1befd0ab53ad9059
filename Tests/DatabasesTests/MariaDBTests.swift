import JSONWire
import MySQL
import Reactor
import SkeinTestKit
import TLSEngine
import Testing

@testable import Databases

/// Users' databases at a real MariaDB.
@Suite(.serialized) struct MariaDBTests {
  @Test func aQueryIsAnswered() async throws {
    let world = try await MariaDBWorld()
    let result = try await world.run(
      """
      SELECT id, name, born, wealth, is_kind, NULL AS nothing, name, picture, bits, doc -- what there is
      FROM users WHERE id < 3 ORDER BY id DESC;
      """)
    #expect(
      result.columns.map(\.name) == [
        "id", "name", "born", "wealth", "is_kind", "nothing", "name", "picture", "bits", "doc",
      ])
    #expect(
      result.rows[0] == ["2", "user 2", "2000-01-03", "3.00", "1", nil, "user 2", "0x00ff10", "2", #"{"n": 2}"#])
    #expect(result.rows.count == 2 && !result.isTruncated && !result.sql.contains("--"))
    var json = JSONWriter()
    result.write(to: &json)
    let value = try JSONValue(parsing: json.bytes)
    #expect(value["rows"]?[0]?[0] == 2 && value["rows"]?[0]?[3] == .number("3.00"))
    for sql in [
      "EXPLAIN SELECT * FROM users", "SHOW TABLES", "VALUES (1), (2)", "DESCRIBE users", "SHOW CREATE TABLE users",
      "WITH a (n) AS (SELECT 1) SELECT n FROM a", "(SELECT 1) UNION (SELECT 2)", "SHOW COLUMNS FROM users LIKE 'n%'",
    ] {
      #expect(try await world.run(sql).rows.isEmpty == false, "\(sql)")
    }
    #expect(try await world.run("SELECT 'é漢😀', \"it's\", 'a\\'b'").rows == [["é漢😀", "it's", "a'b"]])
    #expect(try await world.desk.test(world.access).contains("MariaDB"))
    try await world.end()
  }

  @Test func resultsAreCut() async throws {
    let world = try await MariaDBWorld { rules in
      rules.query.rows = 10
      rules.query.bytes = 5000
      rules.query.cellCharacters = 100
    }
    let exact = try await world.run("SELECT id FROM users ORDER BY id LIMIT 10")
    #expect(exact.rows.count == 10 && !exact.isTruncated)
    for sql in ["SELECT id FROM users ORDER BY id", "SELECT id FROM users ORDER BY id LIMIT 400"] {
      let more = try await world.run(sql)
      #expect(more.rows.map { $0[0] } == (1...10).map { "\($0)" } && more.isTruncated, "\(sql)")
    }
    let long = try await world.run("SELECT REPEAT('é', 1000), 1")
    #expect(long.rows[0][0] == String(repeating: "é", count: 100) && long.isTruncated)
    let wide = try await world.run(
      "SELECT " + (0..<60).map { "REPEAT('x', 100) AS c\($0)" }.joined(separator: ", ") + " FROM users")
    #expect(wide.rows.count == 1 && wide.isTruncated)
    await #expect(throws: DatabaseError.self) {
      try await world.run("SELECT " + (0..<101).map { "\($0)" }.joined(separator: ", "))
    }
    // A connection whose result was left is another one.
    #expect(try await world.run("SELECT 1").rows == [["1"]])
    try await world.end()
  }

  /// What gets past the judge still writes nothing, and reads no file of this machine.
  @Test func nothingIsWritten() async throws {
    let world = try await MariaDBWorld()
    for sql in [
      "DELETE FROM users", "INSERT INTO users (id, name) VALUES (1000, 'x')", "UPDATE users SET name = 'x'",
      "REPLACE INTO users (id, name) VALUES (1, 'x')", "SELECT NEXTVAL(numbers)", "SELECT NEXT VALUE FOR numbers",
      "SELECT 1; DELETE FROM users", "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE users",
      "SELECT name FROM users LIMIT 1 INTO @x; DELETE FROM users",
    ] {
      let failure = await #expect(throws: DatabaseError.self, "\(sql)") { try await world.runUnjudged(sql) }
      #expect(failure != nil, "\(sql)")
    }
    let rows = try await world.owner.query("SELECT COUNT(*), SUM(name = CONCAT('user ', id)) FROM users")
    #expect(rows.rows == [["500", "500"]])
    #expect(try await world.owner.query("SELECT NEXTVAL(numbers)").text(0, 0) == "1")
    try await world.end()
  }

  @Test(arguments: [
    "SELECT COUNT(*) FROM users a, users b, users c, users d",
    "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT COUNT(*) FROM t, t AS u, t AS v",
    "SELECT * FROM users a, users b, users c, users d ORDER BY CONCAT(a.name, b.name, c.name, d.name)",
    "SELECT COUNT(*) FROM users a JOIN users b ON a.name < b.name JOIN users c ON b.name <> c.name",
    "SELECT MAX(MD5(CONCAT(a.name, b.name, c.name))) FROM users a, users b, users c",
  ])
  func bombsAreDefused(sql: String) async throws {
    let world = try await MariaDBWorld { $0.query.milliseconds = 1500 }
    // Without the limit none of them would come back within hours.
    let failure = await #expect(throws: DatabaseError.self) { try await world.run(sql) }
    #expect(failure?.code == .timeout || failure?.code == .failed, "\(failure?.message ?? "")")
    // Nothing of it goes on.
    #expect(try await comesTrue { try await world.statements().allSatisfy(\.isEmpty) })
    try await world.end()
  }

  @Test func aStoppedQuestionEndsInTheDatabase() async throws {
    let world = try await MariaDBWorld {
      $0.query.milliseconds = 600_000
      $0.query.combinations = 1_000_000_000_000
    }
    let task = Task { try await world.run("SELECT COUNT(*) FROM users a, users b, users c, users d") }
    func isUnderWay() async throws -> Bool {
      try await world.statements().contains { $0.hasPrefix("SELECT COUNT") }
    }
    #expect(try await comesTrue { try await isUnderWay() })
    task.cancel()
    await #expect(throws: DatabaseError.self) { try await task.value }
    #expect(try await comesTrue { try await !isUnderWay() })
    #expect(try await world.run("SELECT 1").rows == [["1"]])
    try await world.end()
  }

  @Test func theSchemaIsRead() async throws {
    let world = try await MariaDBWorld()
    let schema = try await world.desk.schema(for: "s", world.access)
    #expect(schema.engine == .mariadb && schema.tables.map(\.name).sorted() == ["Odd `Orders", "kind", "users"])
    let users = try #require(schema.tables.first { $0.name == "users" })
    #expect(users.comment == "People" && !users.isView && (users.rows ?? 0) > 0 && users.reference == "users")
    #expect(users.columns.prefix(4).map(\.name) == ["id", "name", "born", "wealth"])
    #expect(users.columns[0].isKey && users.columns[1].comment == "Their names" && !users.columns[1].isOptional)
    #expect(users.columns[3].type == "decimal(10,2)" && users.columns[3].isOptional)
    let orders = try #require(schema.tables.first { $0.name == "Odd `Orders" })
    #expect(orders.reference == "`Odd ``Orders`" && orders.columns[1].reference == "users.id")
    #expect(schema.tables.first { $0.name == "kind" }?.isView == true)
    try await world.end()
  }

  /// Nothing of one question is there for the next, and the connection is the same.
  @Test func theConnectionIsLeftAsItWas() async throws {
    let world = try await MariaDBWorld()
    let first = try await world.runUnjudged("SELECT CONNECTION_ID(), @x := 5, GET_LOCK('l', 0)").rows[0]
    let second = try await world.runUnjudged("SELECT CONNECTION_ID(), @x, IS_FREE_LOCK('l')").rows[0]
    #expect(first[0] == second[0] && second[1] == nil && second[2] == "1")
    _ = try? await world.runUnjudged("SET SESSION max_statement_time = 0, sql_mode = 'ANSI_QUOTES'")
    #expect(try await world.runUnjudged("SELECT @@max_statement_time, @@sql_mode, \"a\"").rows[0][2] == "a")
    try await world.end()
  }

  @Test func hostsAndPasswordsAreJudged() async throws {
    let second = try SecondMariaDB.shared()
    let world = try await MariaDBWorld()
    let cases: [(host: String, password: String, port: UInt16, code: DatabaseError.Code)] = [
      ("127.0.0.1", "wrong", second.port, .unreachable), ("127.0.0.1", SecondMariaDB.password, 1, .unreachable),
      ("10.0.0.1", "x", 3306, .forbidden), ("169.254.169.254", "x", 80, .forbidden),
    ]
    for (host, password, port, code) in cases {
      let access = try MariaDBWorld.access(port: port, database: world.name, host: host, password: password)
      let failure = await #expect(throws: DatabaseError.self) { try await world.desk.test(access) }
      #expect(failure?.code == code, "\(host)")
      #expect(failure?.message.contains(SecondMariaDB.password) == false)
    }
    #expect(throws: DatabaseError.self) { try MariaDBWorld.access(port: 1, database: "mysql") }
    #expect(await world.desk.count == 0)
    try await world.end()
  }

  /// An address for the name `localhost` is pinned; the certificate is judged by the name.
  @Test func transportIsGuardedBySetting() async throws {
    let second = try SecondMariaDB.shared()
    let world = try await MariaDBWorld { $0.authorities = second.certificate.certificate }
    func cipher(_ tls: DatabaseTLS, host: String = "localhost") async throws -> String {
      let access = try MariaDBWorld.access(port: second.port, database: world.name, host: host, tls: tls)
      await world.desk.leave("s")
      return try await world.desk.runUnjudged("SHOW STATUS LIKE 'Ssl_version'", for: "s", access).rows[0][1] ?? ""
    }
    #expect(try await cipher(.disable) == "")
    for tls: DatabaseTLS in [.prefer, .require, .verifyFull] { #expect(try await cipher(tls).hasPrefix("TLS")) }
    // It is for localhost, and for nothing else.
    await #expect(throws: DatabaseError.self) { _ = try await cipher(.verifyFull, host: "127.0.0.1") }
    await #expect(throws: DatabaseError.self) { _ = try await cipher(.verifyFull, host: "ip6-localhost") }
    try await world.end()
    // Nobody vouches for it there.
    let strict = try await MariaDBWorld()
    let access = try MariaDBWorld.access(
      port: second.port, database: strict.name, host: "localhost", tls: .verifyFull)
    let failure = await #expect(throws: DatabaseError.self) { try await strict.desk.test(access) }
    #expect(failure?.code == .unreachable && failure?.message.contains("certificate") == true)
    try await strict.end()
  }
}
