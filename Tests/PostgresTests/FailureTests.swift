import EmbeddedPostgres
import Glibc
import Log
import Postgres
import SkeinTestKit
import Synchronization
import Testing

/// All processes of the server that `client` talks to.
private func processes(_ client: PostgresClient, _ server: PrivatePostgres) async throws -> [pid_t] {
  let rows = try await client.query("SELECT pid FROM pg_stat_activity")
  let children = try (0..<rows.count).map { pid_t(try rows.int($0, 0)) }
  return children + [server.server.processID].compactMap { $0 }
}

/// A set that several tasks fill.
private final class Numbers: Sendable {
  private let numbers = Mutex<Set<Int64>>([])

  func insert(_ number: Int64) { numbers.withLock { _ = $0.insert(number) } }
  var all: Set<Int64> { numbers.withLock { $0 } }
}

/// What an observer was told.
private final class Changes: Sendable {
  private let changes = Mutex<[Bool]>([])

  func append(_ change: Bool) { changes.withLock { $0.append(change) } }
  var all: [Bool] { changes.withLock { $0 } }
}

@Suite struct FailureTests {
  @Test func aSlowStatementIsEndedByTheServer() async throws {
    try await withClient {
      $0.poolSize = 1
      $0.queryTimeout = 4_000
    } _: { client in
      // Connecting is not what is measured.
      #expect(await isAnswering(client))
      async let slow = failure { _ = try await client.query("SELECT pg_sleep(20)") }
      let error = try #require(await slow)
      #expect(error.kind == .timeout)
      #expect(error.sqlstate == "57014")
      #expect(!error.outcomeUnknown)
      #expect(error.isRetryable)
      #expect(await isAnswering(client))
      #expect(client.isAvailable)
    }
  }

  @Test func aServerThatHangsDoesNotHoldItsCallers() async throws {
    let server = try PrivatePostgres()
    try await withClient(on: server) {
      $0.poolSize = 2
      $0.queryTimeout = 500
      $0.connectTimeout = 300
    } _: { client in
      #expect(await comesTrue { await isAnswering(client) })
      // Looked at from beside, without such limits.
      let database = try await TestDatabase(server)
      let observer = try database.client()
      let processes = try await processes(observer, server)
      for process in processes { kill(process, SIGSTOP) }
      let errors = await withTaskGroup(of: PostgresError?.self) { group in
        for _ in 0..<10 { group.addTask { await failure { _ = try await client.query("SELECT 1") } } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(errors.allSatisfy { $0?.isConnectionFailure == true })
      #expect(errors.contains { $0?.kind == .timeout && $0?.outcomeUnknown == true })
      #expect(await comesTrue { !client.isAvailable })
      #expect(await failure { _ = try await client.query("SELECT 1") }?.kind == .unavailable)
      for process in processes.reversed() { kill(process, SIGCONT) }
      #expect(await comesTrue { client.isAvailable })
      #expect(await comesTrue { await isAnswering(client) })
      await observer.close()
      withExtendedLifetime(database) {}
    }
  }

  @Test func aServerThatIsKilledIsMissedAndFoundAgain() async throws {
    let server = try PrivatePostgres(isDurable: true)
    let changes = Changes()
    // Looks on from beside, since the client's own queries may stand behind the sleeping one.
    let database = try await TestDatabase(server)
    let observer = try database.client()
    try await withClient(on: server) { client in
      await client.observeAvailability { changes.append($0) }
      try await client.session { try await $0.script("CREATE TABLE t (n int8 PRIMARY KEY)") }
      // What was acknowledged must be there afterwards.
      let acknowledged = Numbers()
      let writers = Task {
        await withTaskGroup(of: Void.self) { group in
          for writer in 0..<4 as Range<Int64> {
            group.addTask {
              for index in 0..<100_000 as Range<Int64> {
                let number = writer * 1_000_000 + index
                do {
                  _ = try await client.transaction([("INSERT INTO t VALUES ($1)", [.int8(number)])])
                  acknowledged.insert(number)
                } catch {
                  return
                }
              }
            }
          }
        }
      }
      #expect(await comesTrue { acknowledged.all.count > 200 })
      async let waiting = failure { _ = try await client.query("SELECT pg_sleep(30)") }
      #expect(
        await comesTrue {
          let rows = try? await observer.query(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)'")
          return (try? rows?.int(0, 0)) ?? 0 > 0
        })
      for process in try await processes(observer, server) { kill(process, SIGKILL) }
      let error = await waiting
      #expect(error?.kind == .connection)
      #expect(error?.outcomeUnknown == true)
      await writers.value
      #expect(await comesTrue { !client.isAvailable })
      let refused = await failure { _ = try await client.query("SELECT 1") }
      #expect(refused?.kind == .unavailable)
      #expect(refused?.outcomeUnknown == false)

      // The kernel takes a moment to end the last of them.
      #expect(await comesTrue { server.server.processID == nil })
      #expect(try server.server.revive())
      #expect(await comesTrue { client.isAvailable })
      let rows = try await client.query("SELECT n FROM t")
      var stored: Set<Int64> = []
      for row in 0..<rows.count { stored.insert(try rows.int(row, 0)) }
      #expect(acknowledged.all.isSubset(of: stored))
    }
    #expect(changes.all == [false, true])
    await observer.close()
  }

  @Test func theQueueIsBounded() async throws {
    let database = try await TestDatabase()
    let observer = try database.client { $0.queryTimeout = 600_000 }
    let client = try database.client {
      $0.poolSize = 1
      $0.pipelineDepth = 1
      $0.queueLimit = 3
      $0.queryTimeout = 600_000
    }
    #expect(await isAnswering(client))
    try await observer.session { holder in
      _ = try await holder.query("SELECT pg_advisory_lock(1)")
      let kinds = await withTaskGroup(of: PostgresError.Kind?.self) { group in
        for _ in 0..<10 {
          group.addTask {
            await failure { _ = try await client.query("SELECT 1 FROM pg_advisory_xact_lock(1)") }?.kind
          }
        }
        // Those that find no place are told at once; the others wait until all have come.
        var kinds: [PostgresError.Kind?] = []
        while kinds.count < 6, let kind = await group.next() { kinds.append(kind) }
        #expect(kinds == Array(repeating: .tooBusy, count: 6))
        _ = try? await holder.query("SELECT pg_advisory_unlock(1)")
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(kinds == Array(repeating: nil, count: 4))
    }
    #expect(await isAnswering(client))
    await client.close()
    await observer.close()
  }

  @Test func waitingForAConnectionHasAnEnd() async throws {
    let database = try await TestDatabase()
    let observer = try database.client { $0.queryTimeout = 600_000 }
    let client = try database.client {
      $0.poolSize = 1
      $0.pipelineDepth = 1
      $0.queryTimeout = 600_000
    }
    #expect(await isAnswering(client))
    try await observer.session { holder in
      _ = try await holder.query("SELECT pg_advisory_lock(1)")
      async let first: Void = { _ = try? await client.query("SELECT 1 FROM pg_advisory_xact_lock(1)") }()
      #expect(
        await comesTrue {
          await failure { _ = try await client.query("SELECT 1", timeout: 50) }?.kind == .timeout
        })
      _ = try await holder.query("SELECT pg_advisory_unlock(1)")
      await first
    }
    #expect(await isAnswering(client))
    await client.close()
    await observer.close()
  }

  @Test func aClosedClientLetsWhatIsInFlightEnd() async throws {
    let database = try await TestDatabase()
    // However slow the machine is: what is in flight waits for the test, and nothing else ends it.
    let client = try database.client { $0.queryTimeout = 600_000 }
    let observer = try database.client { $0.queryTimeout = 600_000 }
    func isTrue(_ condition: String) async -> Bool {
      let sql =
        "SELECT \(condition) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
      let rows = try? await observer.query(PostgresStatement(sql, prepared: false))
      return (try? rows?.bool(0, 0)) ?? false
    }
    try await observer.session { holder in
      _ = try await holder.query("SELECT pg_advisory_lock(1)")
      async let last: Int64? = try? client.query("SELECT 5::int8 FROM pg_advisory_lock(1)").int(0, 0)
      await client.listen(["changes"]) { _ in }
      #expect(await comesTrue { await isTrue("bool_or(wait_event = 'advisory') AND bool_or(query LIKE 'LISTEN%')") })
      async let closing: Void = client.close()
      // Listeners are ended in the same breath.
      #expect(await comesTrue { await isTrue("NOT bool_or(query LIKE 'LISTEN%')") })
      #expect(await isTrue("bool_or(wait_event = 'advisory')"))
      _ = try await holder.query("SELECT pg_advisory_unlock(1)")
      #expect(await last == 5)
      await closing
    }
    #expect(await failure { _ = try await client.query("SELECT 1") }?.kind == .closed)
    await client.close()
    await observer.close()
  }

  @Test(arguments: [
    "postgres://u:secret@127.0.0.1:1/db", "host=127.0.0.1 port=1 password=secret user=u",
    "host=/nonexistent password=secret",
  ])
  func anAbsentServerIsReportedWithoutThePassword(_ url: String) async throws {
    let database = try await TestDatabase()
    let configuration = try PostgresConfiguration(url: url)
    let client = PostgresClient(
      loop: database.loop, configuration: configuration, log: Logger("postgres", level: .error))
    let error = await failure { try await client.connect() }
    #expect(error?.kind == .unavailable)
    #expect(error?.isRetryable == true)
    #expect(error?.description.contains("secret") == false)
    #expect(!configuration.target.contains("secret"))
    #expect(!client.isAvailable)
    await client.close()
  }

  @Test(arguments: [
    "postgres://u:secret@[::1/db", "postgres://u:secret@host/db?secret=1", "password secret", "host=a \"secret\"",
  ])
  func aMalformedURLIsReportedWithoutThePassword(_ url: String) async throws {
    let error = await failure { _ = try PostgresConfiguration(url: url) }
    #expect(error?.kind == .configuration)
    #expect(error?.description.contains("secret") == false)
  }

  @Test func aConnectionThatIsEndedByTheServerIsReplaced() async throws {
    try await withClient {
      $0.poolSize = 1
    } _: { client in
      #expect(await isAnswering(client))
      let error = await failure { _ = try await client.query("SELECT pg_terminate_backend(pg_backend_pid())") }
      #expect(error?.sqlstate == "57P01")
      #expect(error?.isConnectionFailure == true)
      #expect(error?.isRetryable == true)
      #expect(await comesTrue { await isAnswering(client) })
    }
  }
}
