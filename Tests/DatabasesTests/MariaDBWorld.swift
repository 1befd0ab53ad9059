import MySQL
import ProxyWire
import Reactor
import SkeinTestKit
import Synchronization

@testable import Databases

/// A desk, and a database of a real MariaDB with tables in it.
final class MariaDBWorld: Sendable {
  private static let counter = Atomic(0)

  let desk: DatabaseDesk
  let access: DatabaseDesk.Access
  let owner: MySQLSession
  let name: String

  init(_ change: (inout DatabaseDesk.Rules) -> Void = { _ in }, schema: [String] = MariaDBWorld.schema) async throws {
    let second = try SecondMariaDB.shared()
    name = "d\(Self.counter.add(1, ordering: .relaxed).newValue)"
    owner = try Self.session(second, database: "mysql")
    try await owner.open()
    for statement in ["CREATE DATABASE \(name)", "USE \(name)"] + schema { try await owner.query(statement) }
    var rules = DatabaseDesk.Rules()
    rules.hosts = HostRules(allowed: ["127.0.0.0/8", "::1"].compactMap(AddressRange.init))
    // None of them is about time: a machine may be slow.
    rules.query.milliseconds = 60_000
    change(&rules)
    desk = try DatabaseDesk(loop: try TestLoop.shared(), rules: rules, log: TestServer.log)
    access = try Self.access(port: second.port, database: name)
  }

  /// A connection of one who may do everything.
  static func session(_ second: SecondMariaDB, database: String) throws -> MySQLSession {
    guard let address = IPAddress("127.0.0.1") else { throw TestClientError.unexpected("no address") }
    return try MySQLSession.make(
      MySQLTarget(
        address: address, host: "localhost", port: second.port, user: SecondMariaDB.user,
        password: SecondMariaDB.password, database: database, tls: .off),
      timeout: 60_000)
  }

  static func access(
    port: UInt16, database: String, host: String = "127.0.0.1", password: String = SecondMariaDB.password,
    tls: DatabaseTLS = .prefer
  ) throws -> DatabaseDesk.Access {
    DatabaseDesk.Access(
      target: try DatabaseTarget(
        engine: .mariadb, host: host, port: port, database: database, user: SecondMariaDB.user, tls: tls),
      password: password, id: "db_1", owner: [1])
  }

  func run(_ sql: String, session: String = "s") async throws(DatabaseError) -> SQLResult {
    try await desk.run(sql, for: session, access)
  }

  /// Runs a text as if the judge had allowed it.
  func runUnjudged(_ sql: String) async throws(DatabaseError) -> SQLResult {
    try await desk.runUnjudged(sql, for: "s", access)
  }

  func end() async throws {
    await desk.close()
    try await owner.query("DROP DATABASE \(name)")
    await owner.close()
  }

  /// What connections but the owner's are doing to this database, as the server says.
  func statements() async throws -> [String] {
    let rows = try await owner.query(
      "SELECT COALESCE(info, '') FROM information_schema.PROCESSLIST WHERE db = '\(name)' AND id <> CONNECTION_ID()")
    return rows.rows.map { $0[0] ?? "" }
  }

  static let schema = [
    """
    CREATE TABLE users (id int PRIMARY KEY, name varchar(100) NOT NULL COMMENT 'Their names', born date,
      wealth decimal(10, 2), is_kind tinyint(1), picture blob, bits bit(8), doc json) COMMENT 'People'
    """,
    """
    INSERT INTO users SELECT seq, CONCAT('user ', seq), DATE '2000-01-01' + INTERVAL seq DAY, seq * 1.5, seq % 2 = 0,
      UNHEX('00ff10'), seq % 256, JSON_OBJECT('n', seq) FROM seq_1_to_500
    """,
    """
    CREATE TABLE `Odd ``Orders` (id bigint PRIMARY KEY, user_id int, note text, `order` int,
      CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id))
    """,
    "INSERT INTO `Odd ``Orders` SELECT seq, seq, 'n', seq FROM seq_1_to_20",
    "CREATE VIEW kind AS SELECT * FROM users WHERE is_kind",
    "CREATE SEQUENCE numbers",
    "CREATE FUNCTION greet(t text) RETURNS text DETERMINISTIC RETURN CONCAT('hi ', t)",
    "ANALYZE TABLE users",
  ]
}
