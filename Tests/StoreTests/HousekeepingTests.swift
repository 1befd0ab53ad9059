@testable import Conversation
import Log
import Postgres
import SkeinTestKit
import Store
import Testing

/// The life-cycle of stored sessions, and what is taken down for search.
@Suite struct HousekeepingTests {
  private static let now: Int64 = 1_800_000_000_000_000
  private static let hour: Int64 = 3_600_000_000

  private static func work(_ fixture: StoreFixture) -> Housekeeping {
    Housekeeping(fixture.client, log: Logger("test", level: .error))
  }

  /// Sessions whose last activity is so many hours ago.
  private static func sessions(
    _ fixture: StoreFixture, _ store: NodeStore, hoursAgo: [Int64]
  ) async throws -> [(id: SessionID, key: SessionKey)] {
    var made: [(id: SessionID, key: SessionKey)] = []
    for hours in hoursAgo {
      let session = try await fixture.session(store)
      _ = try await fixture.client.query(
        "UPDATE sessions SET last_activity_at = $1 WHERE id = $2",
        [.timestamptz(now - hours * hour), .int8(session.key.rawValue)])
      made.append(session)
    }
    return made
  }

  private static func status(_ fixture: StoreFixture, _ key: SessionKey) async throws -> String {
    try await fixture.client.query("SELECT status FROM sessions WHERE id = $1", [.int8(key.rawValue)]).text(0, 0)
  }

  @Test func whoIsSilentBecomesInactiveAndComesBack() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let sessions = try await Self.sessions(fixture, store, hoursAgo: [0, 23, 25, 1000])
    // One that waits for its answer is not silent.
    _ = await store.commit(Group(changes: [accept(sessions[3].key, randomMessage())]))
    _ = try await fixture.client.query(
      "UPDATE sessions SET last_activity_at = $1 WHERE id = $2",
      [.timestamptz(Self.now - 1000 * Self.hour), .int8(sessions[3].key.rawValue)])
    let work = Self.work(fixture)
    var expected = Housekeeping.Tally()
    expected.inactive = 1
    #expect(try await work.due(Housekeeping.Rules(), now: Self.now) == expected)
    #expect(try await work.round(Housekeeping.Rules(), now: Self.now) == expected)
    #expect(try await work.round(Housekeeping.Rules(), now: Self.now) == Housekeeping.Tally())
    var statuses: [String] = []
    for session in sessions { statuses.append(try await Self.status(fixture, session.key)) }
    #expect(statuses == ["active", "active", "inactive", "active"])
    _ = await store.commit(Group(changes: [accept(sessions[2].key, randomMessage())]))
    #expect(try await Self.status(fixture, sessions[2].key) == "active")
    var never = Housekeeping.Rules()
    never.inactiveHours = 0
    #expect(try await work.round(never, now: Self.now + 10_000 * Self.hour) == Housekeeping.Tally())
  }

  @Test func whatIsNotKeptGoes() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let sessions = try await Self.sessions(fixture, store, hoursAgo: [1, 1])
    _ = try await fixture.client.query("UPDATE sites SET retention_days = 7")
    // Of this site's, by the database's own clock.
    _ = try await fixture.client.query(
      "UPDATE sessions SET last_activity_at = now() - interval '8 days' WHERE id = $1",
      [.int8(sessions[0].key.rawValue)])
    _ = try await fixture.client.query(
      "UPDATE sessions SET last_activity_at = now() - interval '6 days' WHERE id = $1",
      [.int8(sessions[1].key.rawValue)])
    var rules = Housekeeping.Rules()
    rules.inactiveHours = 0
    var deleted: [SessionID] = []
    let tally = try await Self.work(fixture).round(rules, now: 0, deleted: { deleted += $0 })
    #expect(tally?.deleted == 1 && deleted == [sessions[0].id])
    let noted = try await AuditBook(fixture.client).list(limit: 10)
    #expect(noted.map(\.target) == ["session:\(sessions[0].id)"] && noted.first?.actorKind == "server")
    #expect(noted.first?.action == "data.deleted" && noted.first?.site == Directory.firstKey)
    let (record, _) = try #require(try await store.open(PageRequest(session: sessions[0].id, limit: 1)))
    #expect(record.isDeleted && record.version == 1)
  }

  @Test func whatWasDeletedLongAgoIsRemoved() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let sessions = try await Self.sessions(fixture, store, hoursAgo: Array(repeating: 1, count: 45))
    for session in sessions { _ = await store.commit(Group(changes: [accept(session.key, randomMessage())])) }
    for session in sessions.dropLast() {
      _ = await store.commit(Group(changes: [.delete(Change.Deletion(session: session.key))]))
    }
    _ = try await fixture.client.query("SELECT search_take_down(array_agg(id)) FROM sessions")
    _ = try await fixture.client.query(
      "UPDATE sessions SET deleted_at = $1 WHERE deleted_at IS NOT NULL",
      [.timestamptz(Self.now - 31 * 24 * Self.hour)])
    _ = try await fixture.client.query(
      "UPDATE sessions SET deleted_at = $1 WHERE id = $2",
      [.timestamptz(Self.now - 29 * 24 * Self.hour), .int8(sessions[0].key.rawValue)])
    var rules = Housekeeping.Rules()
    rules.inactiveHours = 0
    #expect(try await Self.work(fixture).round(rules, now: Self.now)?.purged == 43)
    for (table, count) in [("sessions", 2), ("messages", 2), ("search_entries", 1), ("search_progress", 1)]
      as [(String, Int64)]
    {
      #expect(try await fixture.count(table) == count, "\(table)")
    }
  }

  /// While another node has the turn nothing is done.
  @Test func oneNodeAtATime() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    _ = try await Self.sessions(fixture, store, hoursAgo: [100])
    let work = Self.work(fixture)
    try await fixture.client.session { session in
      _ = try await session.query("SELECT pg_advisory_lock(7305, 2), pg_advisory_lock(7305, 1)")
      #expect(try await work.round(Housekeeping.Rules(), now: Self.now) == nil)
      let (count, next) = try await work.takeDown(from: nil, looks: 10, most: 10, now: Self.now)
      #expect(count == 0 && next == nil)
    }
  }

  @Test func wordsAreTakenDownOnce() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let work = Self.work(fixture)
    var keys: [(SessionKey, MessageID, MessageID)] = []
    for _ in 0..<3 {
      let (_, key) = try await fixture.session(store)
      let (question, answer) = (randomMessage(), randomMessage())
      _ = await store.commit(Group(changes: [accept(key, question, "words")]))
      _ = await store.commit(Group(changes: [begin(key, question, answer)]))
      keys.append((key, question, answer))
    }
    // By the database's clock, or the mark would move past them.
    _ = try await fixture.client.query("UPDATE sessions SET last_activity_at = now()")
    #expect(try await Self.pass(work, looks: 10, most: 2) == [2, 1])
    #expect(try await Self.pass(work, looks: 10, most: 2) == [0])
    #expect(try await fixture.count("search_entries") == 3)
    _ = await store.commit(Group(changes: [complete(keys[0].0, keys[0].1, keys[0].2, "answer")]))
    #expect(try await Self.pass(work, looks: 10, most: 2) == [1])
    #expect(try await fixture.count("search_entries") == 4)
    let found = try await fixture.client.query(
      "SELECT count(*) FROM search_entries WHERE words @@ conversation_query('{}', 'answer')")
    #expect(try found.int(0, 0) == 1)
  }

  /// A whole pass; of how many sessions each step takes down the words.
  private static func pass(
    _ work: Housekeeping, looks: Int64, most: Int64, now: Int64 = 1_750_000_000_000_000
  ) async throws -> [Int64] {
    var (counts, position): ([Int64], Housekeeping.SearchPosition?) = ([], nil)
    repeat {
      let (count, next) = try await work.takeDown(from: position, looks: looks, most: most, now: now)
      counts.append(count)
      position = next
    } while position != nil
    return counts
  }

  /// Of many that lack nothing each step looks at a few, and the next one goes on behind them.
  @Test func aPassGoesOnWhereAStepHasEnded() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let work = Self.work(fixture)
    func ask(_ key: SessionKey) async {
      _ = await store.commit(Group(changes: [accept(key, randomMessage(), "words")]))
    }
    func mark() async throws -> Int64 { try await fixture.client.query("SELECT slot FROM search_mark").int(0, 0) }
    var keys: [SessionKey] = []
    for _ in 0..<10 {
      keys.append(try await fixture.session(store).1)
      await ask(keys[keys.count - 1])
    }
    // Over several slots, also more than one session in each.
    _ = try await fixture.client.query(
      "UPDATE sessions SET last_activity_at = timestamptz '2025-06-15' + (id / 3) * interval '10 minutes'")
    #expect(try await Self.pass(work, looks: 4, most: 3, now: Self.now) == [3, 3, 3, 1])
    #expect(try await fixture.count("search_entries") == 10)
    // The mark is behind them all now; with it where it was, they are looked at four at a time.
    let end = try await mark()
    let slots = try await fixture.client.query("SELECT max(active_slot) FROM sessions").int(0, 0)
    #expect(end > slots)
    _ = try await fixture.client.query("UPDATE search_mark SET slot = 0")
    #expect(try await Self.pass(work, looks: 4, most: 3, now: Self.now) == [0, 0, 0])
    #expect(try await mark() == end)

    // Somebody who was passed over talks again: this pass finds it further on, or the next one does. Until the pass has
    // ended the mark stays.
    _ = try await fixture.client.query("UPDATE search_mark SET slot = 0")
    let (count, position) = try await work.takeDown(from: nil, looks: 4, most: 3, now: Self.now)
    #expect(count == 0 && position != nil)
    #expect(try await mark() == 0)
    await ask(keys[0])
    _ = try await fixture.client.query(
      "UPDATE sessions SET last_activity_at = timestamptz '2025-06-16' WHERE message_count = 2")
    var (further, next) = (Int64(0), position)
    while let place = next {
      let step = try await work.takeDown(from: place, looks: 4, most: 3, now: Self.now)
      (further, next) = (further + step.count, step.next)
    }
    #expect(further == 1)
    #expect(try await fixture.count("search_entries") == 11)
    #expect(try await mark() == end)
  }
}
