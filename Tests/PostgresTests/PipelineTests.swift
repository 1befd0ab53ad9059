import Postgres
import Testing

@Suite struct PipelineTests {
  @Test func manyQueriesAtOnceAreAnsweredEachWithItsOwn() async throws {
    try await withClient { client in
      let answers = try await withThrowingTaskGroup(of: (Int64, Int64).self) { group in
        for index in 0..<1_000 as Range<Int64> {
          group.addTask { (index, try await client.query("SELECT $1::int8", [.int8(index)]).int(0, 0)) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count == 1_000)
      #expect(answers.allSatisfy { $0.0 == $0.1 })
    }
  }

  @Test func oneConnectionKeepsTheOrder() async throws {
    try await withClient {
      $0.poolSize = 1
    } _: { client in
      try await client.session { try await $0.script("CREATE TABLE t (n serial PRIMARY KEY, v int8)") }
      await withTaskGroup(of: Void.self) { group in
        for index in 0..<200 as Range<Int64> {
          // Started in order on one actor, hence sent in order.
          group.addTask { _ = try? await client.query("INSERT INTO t (v) VALUES ($1)", [.int8(index)]) }
        }
      }
      #expect(try await client.query("SELECT count(*) FROM t").int(0, 0) == 200)
    }
  }

  @Test func anErrorLeavesTheNeighboursAlone() async throws {
    try await withClient {
      $0.poolSize = 1
    } _: { client in
      let outcomes = await withTaskGroup(of: (Int, Result<Int64, PostgresError>).self) { group in
        for index in 0..<300 {
          group.addTask {
            do throws(PostgresError) {
              return (
                index,
                .success(try await client.query("SELECT 10 / $1::int8", [.int8(index % 3 == 0 ? 0 : 5)]).int(0, 0))
              )
            } catch {
              return (index, .failure(error))
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count == 300)
      for (index, outcome) in outcomes {
        switch outcome {
        case .success(let value): #expect(index % 3 != 0 && value == 2)
        case .failure(let error):
          #expect(index % 3 == 0)
          #expect(error.kind == .server && error.sqlstate == "22012" && error.step == nil && !error.outcomeUnknown)
        }
      }
    }
  }

  @Test func aStatementThatCantBePreparedSaysSoEachTime() async throws {
    try await withClient {
      $0.poolSize = 1
    } _: { client in
      let errors = await withTaskGroup(of: String?.self) { group in
        for _ in 0..<5 {
          group.addTask { await failure { _ = try await client.query("SELEKT 1") }?.sqlstate }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(errors == Array(repeating: "42601", count: 5))
      #expect(await isAnswering(client))
    }
  }

  @Test func aStatementIsPreparedAgainWhereTheTablesChanged() async throws {
    try await withClient {
      $0.poolSize = 1
    } _: { client in
      try await client.session { try await $0.script("CREATE TABLE t (a int8); INSERT INTO t VALUES (1)") }
      let all = PostgresStatement("SELECT * FROM t")
      #expect(try await client.query(all).columns == 1)
      try await client.session { try await $0.script("ALTER TABLE t ADD COLUMN b text") }
      #expect(try await client.query(all).columns == 2)
      _ = try await client.query("DEALLOCATE ALL")
      #expect(try await client.query(all).columns == 2)
    }
  }

  @Test func aTransactionLeftOpenEndsWithItsConnection() async throws {
    try await withClient {
      $0.poolSize = 1
    } _: { client in
      let error = await failure { _ = try await client.query("BEGIN") }
      #expect(error?.kind == .configuration)
      #expect(await isAnswering(client))
    }
  }

  @Test func copyIsRefused() async throws {
    try await withClient { client in
      #expect(await failure { _ = try await client.query("COPY (SELECT 1) TO STDOUT") } != nil)
      #expect(await isAnswering(client))
    }
  }

  @Test func affectedRowsAreCounted() async throws {
    try await withClient { client in
      try await client.session { try await $0.script("CREATE TABLE t (a int8)") }
      #expect(try await client.query("INSERT INTO t SELECT generate_series(1, 5)").affected == 5)
      #expect(try await client.query("UPDATE t SET a = 0 WHERE a > 3").affected == 2)
      #expect(try await client.query("DELETE FROM t WHERE false").affected == 0)
    }
  }
}
