import Postgres
import SkeinTestKit
import Testing

@Suite struct SessionTests {
  private struct Failure: Error {}

  @Test func aSessionKeepsItsStateAndLosesItAtTheEnd() async throws {
    try await withClient { client in
      try await client.session { session in
        try await session.script("CREATE TABLE t (n int8)")
        _ = try await session.query("BEGIN")
        _ = try await session.query("INSERT INTO t VALUES ($1)", [.int8(1)])
        #expect(await session.isInTransaction)
        let hidden = try await client.query("SELECT count(*) FROM t")
        #expect(try hidden.int(0, 0) == 0)
        _ = try await session.query("COMMIT")
        #expect(await !session.isInTransaction)
        _ = try await session.query("SELECT pg_advisory_lock(7)")
        let taken = try await client.query("SELECT pg_try_advisory_lock(7)")
        #expect(try !taken.bool(0, 0))
      }
      let count = try await client.query("SELECT count(*) FROM t")
      #expect(try count.int(0, 0) == 1)
      #expect(
        await comesTrue {
          let rows = try? await client.query("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
          return (try? rows?.int(0, 0)) == 0
        })
    }
  }

  @Test func whatAFailedBodyLeftOpenIsUndone() async throws {
    try await withClient { client in
      await #expect(throws: Failure.self) {
        try await client.session { session in
          try await session.script("CREATE TABLE t (n int8)")
          try await session.script("BEGIN; INSERT INTO t VALUES (1)")
          throw Failure()
        }
      }
      let count = try await client.query("SELECT count(*) FROM t")
      #expect(try count.int(0, 0) == 0)
    }
  }

  @Test func aScriptThatFailsSaysWhy() async throws {
    try await withClient { client in
      try await client.session { session in
        let error = await failure { try await session.script("SELECT 1; SELECT nonsense(); SELECT 2") }
        #expect(error?.sqlstate == "42883")
        let rows = try await session.query("SELECT 2::int8")
        #expect(try rows.int(0, 0) == 2)
        try await session.script("")
      }
    }
  }
}
