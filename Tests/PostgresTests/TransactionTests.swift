import Postgres
import Testing

@Suite struct TransactionTests {
  static let insert = PostgresStatement("INSERT INTO t (id, v) VALUES ($1, $2)")
  static let count = PostgresStatement("SELECT count(*) FROM t")

  private func withTable(_ body: (PostgresClient) async throws -> Void) async throws {
    try await withClient { client in
      try await client.session {
        try await $0.script(
          """
          CREATE TABLE t (id int8 CONSTRAINT t_key PRIMARY KEY, v text NOT NULL);
          CREATE TABLE child (id int8 REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)
          """)
      }
      try await body(client)
    }
  }

  @Test func allStepsOrNone() async throws {
    try await withTable { client in
      let results = try await client.transaction([
        (Self.insert, [.int8(1), .text("a")]), (Self.insert, [.int8(2), .text("b")]), (Self.count, []),
      ])
      #expect(results.count == 3)
      #expect(results[0].affected == 1)
      #expect(try results[2].int(0, 0) == 2)

      let error = await failure {
        _ = try await client.transaction([
          (Self.insert, [.int8(3), .text("c")]), (Self.insert, [.int8(1), .text("again")]),
          (Self.insert, [.int8(4), .text("d")]),
        ])
      }
      #expect(error?.step == 1)
      #expect(error?.sqlstate == "23505")
      #expect(error?.isUniqueViolation == true)
      #expect(error?.isRetryable == false)
      #expect(error?.constraint == "t_key")
      #expect(error?.outcomeUnknown == false)
      #expect(try await client.query(Self.count).int(0, 0) == 2)
    }
  }

  @Test func aFailureAtCommitIsAFailure() async throws {
    try await withTable { client in
      let error = await failure {
        _ = try await client.transaction([
          (Self.insert, [.int8(1), .text("a")]), ("INSERT INTO child VALUES ($1)", [.int8(99)]),
        ])
      }
      #expect(error?.sqlstate == "23503")
      #expect(error?.step == nil)
      let counts = try await client.transaction([(Self.count, []), ("SELECT count(*) FROM child", [])])
      #expect(try counts[0].int(0, 0) == 0)
      #expect(try counts[1].int(0, 0) == 0)
    }
  }

  @Test func aStepMayUseWhatTheOneBeforeMade() async throws {
    try await withTable { client in
      let results = try await client.transaction([
        ("CREATE TABLE fresh (a int8)", []), ("INSERT INTO fresh VALUES ($1)", [.int8(5)]),
        ("SELECT a FROM fresh", []),
      ])
      #expect(try results[2].int(0, 0) == 5)
    }
  }

  @Test func settingsLastAsLongAsTheTransaction() async throws {
    try await withTable { client in
      let results = try await client.transaction([
        ("SELECT set_config('synchronous_commit', 'local', true)", []), ("SHOW synchronous_commit", []),
      ])
      #expect(try results[1].text(0, 0) == "local")
      #expect(try await client.query("SHOW synchronous_commit").text(0, 0) != "local")
    }
  }

  @Test func concurrentTransactionsDontMix() async throws {
    try await withTable { client in
      await withTaskGroup(of: Void.self) { group in
        for index in 0..<100 as Range<Int64> {
          group.addTask {
            _ = try? await client.transaction([
              (Self.insert, [.int8(index * 2), .text("x")]),
              // Every third one fails in its second step.
              (Self.insert, [.int8(index * 2 + 1), index % 3 == 0 ? .null : .text("y")]),
            ])
          }
        }
      }
      let rows = try await client.query("SELECT id FROM t ORDER BY id")
      let expected = (0..<100 as Range<Int64>).filter { $0 % 3 != 0 }.flatMap { [$0 * 2, $0 * 2 + 1] }
      let ids = try (0..<rows.count).map { try rows.int($0, 0) }
      #expect(ids == expected)
    }
  }

  @Test func nothingToDoIsDone() async throws {
    try await withTable { client in
      let results = try await client.transaction([])
      #expect(results.isEmpty)
    }
  }

  @Test func thousandsOfRowsGoInOneStatement() async throws {
    try await withTable { client in
      var ids = PostgresArray(of: .int8)
      var texts = PostgresArray(of: .text)
      for index in 0..<20_000 as Range<Int64> {
        ids.append(index)
        texts.append("🧶 row \(index)")
      }
      let results = try await client.transaction([
        ("INSERT INTO t (id, v) SELECT * FROM unnest($1::int8[], $2::text[])", [.array(ids), .array(texts)]),
        ("SELECT id, v FROM t ORDER BY id", []),
      ])
      #expect(results[0].affected == 20_000)
      #expect(results[1].count == 20_000)
      #expect(try results[1].text(19_999, 1) == "🧶 row 19999")
    }
  }
}
