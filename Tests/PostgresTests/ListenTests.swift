import Glibc
import Postgres
import SkeinTestKit
import Synchronization
import Testing

@Suite struct ListenTests {
  /// What a listener told, for the test's thread to read.
  private final class Events: Sendable {
    private let events = Mutex<[PostgresListenEvent]>([])

    func append(_ event: PostgresListenEvent) { events.withLock { $0.append(event) } }

    var beginnings: Int {
      events.withLock { $0.count { if case .listening = $0 { true } else { false } } }
    }

    var losses: Int {
      events.withLock { $0.count { if case .lost = $0 { true } else { false } } }
    }

    var hints: [String] {
      events.withLock {
        $0.compactMap { if case .notification(let hint) = $0 { "\(hint.channel):\(hint.payload)" } else { nil } }
      }
    }
  }

  @Test func hintsArriveAndTheConnectionComesBack() async throws {
    try await withClient { client in
      let events = Events()
      let listener = await client.listen(["changes", "Odd \"name\""]) { events.append($0) }
      #expect(await comesTrue { events.beginnings == 1 })
      _ = try await client.transaction([
        ("SELECT pg_notify('changes', $1)", [.text("é 1")]), ("SELECT pg_notify('Odd \"name\"', '')", []),
      ])
      #expect(await comesTrue { events.hints.count == 2 })
      #expect(events.hints == ["changes:é 1", "Odd \"name\":"])

      _ = try await client.query(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'
        """)
      #expect(await comesTrue { events.beginnings == 2 })
      #expect(events.losses == 1)
      _ = try await client.query("SELECT pg_notify('changes', 'again')")
      #expect(await comesTrue { events.hints.last == "changes:again" })

      await client.stop(listener)
      _ = try await client.query("SELECT pg_notify('changes', 'unheard')")
      #expect(await isAnswering(client))
      #expect(events.hints.count == 3)
    }
  }

  @Test func heartbeatsDoNoHarm() async throws {
    let events = Events()
    try await withClient {
      $0.heartbeat = 20
    } _: { client in
      await client.listen(["changes"]) { events.append($0) }
      #expect(await comesTrue { events.beginnings == 1 })
      for _ in 0..<20 { _ = try await client.query("SELECT pg_sleep(0.01)") }
      #expect(events.losses == 0)
    }
  }

  @Test func aListenerThatIsNotAnsweredReconnects() async throws {
    let events = Events()
    let database = try await TestDatabase()
    // Without such limits, from beside.
    let observer = try database.client()
    let client = try database.client {
      $0.heartbeat = 50
      $0.queryTimeout = 1000
      $0.poolSize = 1
    }
    await client.listen(["changes"]) { events.append($0) }
    #expect(await comesTrue { events.beginnings >= 1 })
    let rows = try await observer.query(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
    let processes = try (0..<rows.count).map { pid_t(try rows.int($0, 0)) }
    #expect(!processes.isEmpty)
    let beginnings = events.beginnings
    for process in processes { kill(process, SIGSTOP) }
    #expect(await comesTrue { events.losses >= 1 && events.beginnings > beginnings })
    for process in processes { kill(process, SIGCONT) }
    await client.close()
    await observer.close()
  }
}
