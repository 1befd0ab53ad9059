import EmbeddedPostgres
import Glibc
import Postgres
import SkeinTestKit
import Testing

/// Leases that are kept, whatever else is going on.
@Suite struct LeaseKeeperTests {
  /// A takeover may take longer than a lease lasts: the server would lose what it is just taking over, and all else.
  @Test func renewalsDoNotWaitForATakeover() async throws {
    // Of its own: takeovers everywhere on a PostgreSQL wait for a transaction like the one below.
    let postgres = try PrivatePostgres()
    let server = try await TestServer(url: try await postgres.database())
    let identity = try await Self.questionElsewhere(server)
    let database = PostgresClient(
      loop: try TestLoop.shared(), configuration: try PostgresConfiguration(url: server.url), log: TestServer.log)
    try await database.session { holder in
      // The session can't be read, so that the takeover does not come to its end.
      try await holder.script("BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
      _ = try await server.query("UPDATE runs SET lease_until = now()")
      #expect(try await server.eventually("SELECT node <> \(Self.other) FROM runs"))
      for _ in 0..<2 {
        let until = try await server.query("SELECT lease_until::text FROM runs").text(0, 0)
        #expect(try await server.eventually("SELECT lease_until > $1::text::timestamptz FROM runs", [.text(until)]))
      }
      try await holder.script("ROLLBACK")
    }
    await database.close()
    try await server.client(identity).until { $0.from("assistant").last?.status == "complete" }
    await server.stop()
    try postgres.server.stop()
  }

  /// A database that was away comes back for all servers, but not at the same moment: the leases of those who come later
  /// have run out, and yet they live. One that does not come back is not waited for.
  @Test func whoWasWithoutTheDatabaseLeavesTheOthersTime() async throws {
    let postgres = try PrivatePostgres(isDurable: true)
    let server = try await TestServer(url: try await postgres.database())
    let identity = try await Self.questionElsewhere(server)
    try await server.noteTakeovers()
    _ = try await server.query("UPDATE runs SET lease_until = now() + interval '1 second'")
    kill(try #require(postgres.server.processID), SIGKILL)
    // So that it could not renew for half the time of a lease.
    try await Task.sleep(for: .seconds(3))
    try postgres.server.revive()
    #expect(try await comesTrue { try await server.http().get("/health/ready").status == 200 })
    #expect(try await server.eventually("SELECT EXISTS (SELECT FROM takeovers)"))
    // The time of a lease.
    let early = try await server.query(
      "SELECT count(*) FROM takeovers WHERE at < pg_postmaster_start_time() + interval '6 seconds'")
    #expect(try early.int(0, 0) == 0)
    try await server.client(identity).until { $0.from("assistant").last?.status == "complete" }
    await server.stop()
    try postgres.server.stop()
  }

  private static let other = "'00000000-0000-4000-8000-000000000000'"

  /// A session, not in memory, with a question that another server holds, for a day.
  private static func questionElsewhere(_ server: TestServer) async throws -> Identity {
    let identity = Identity.random()
    let client = try await server.client(identity)
    // A session in memory would be taken over at once.
    #expect(try await server.eventually("SELECT sessions = 1 FROM nodes"))
    await client.drop()
    #expect(try await server.eventually("SELECT sessions = 0 FROM nodes"))
    _ = try await server.query(
      """
      WITH s AS (UPDATE sessions SET version = version + 1 WHERE public_id = $1 RETURNING id, version),
      q AS (INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at)
        SELECT id, gen_random_uuid(), version, version, 'user', 'complete', 'hi', now() FROM s
        RETURNING session_id, id, version)
      INSERT INTO runs (session_id, question_id, place, node, lease_until)
      SELECT session_id, id, version, \(other), now() + interval '1 day' FROM q
      """, [.text(identity.session)])
    return identity
  }
}
