@testable import Conversation
import EmbeddedPostgres
import Glibc
import Postgres
import SkeinTestKit
import Store
import Synchronization
import Testing

/// Whose runs are whose, and a database that goes away.
@Suite struct LeaseTests {
  @Test func anotherNodesRunIsNotTouched() async throws {
    let fixture = try await StoreFixture()
    let (own, other) = (try fixture.node(), try fixture.node())
    let (id, key) = try await fixture.session(own)
    let (question, answer) = (randomMessage(), randomMessage())
    _ = await own.commit(Group(changes: [accept(key, question)]))
    #expect(await other.commit(Group(changes: [begin(key, question, randomMessage())])).changes == [.refused])
    _ = await own.commit(Group(changes: [begin(key, question, answer)], growths: [grow(key, answer, at: 0, "own")]))
    #expect(await other.commit(Group(growths: [grow(key, answer, at: 3, " other")])).growths == [.refused])
    #expect(await other.commit(Group(changes: [complete(key, question, answer, "other")])).changes == [.refused])
    let page = try await own.page(PageRequest(session: id, limit: 5))
    #expect(page.messages.last?.content == Array("own".utf8))
    #expect(page.version == 2)
  }

  /// The leases of nodes that live may have run out in a time in which nobody could renew any.
  @Test func whoCouldNotRenewClaimsNothingForTheTimeOfALease() async throws {
    let fixture = try await StoreFixture()
    let (gone, heir) = (try fixture.node(), try fixture.node())
    let (id, key) = try await fixture.session(gone)
    _ = await gone.commit(Group(changes: [accept(key, randomMessage())]))
    try await gone.releaseLeases()
    try await heir.beat()
    let client = fixture.client
    _ = try await client.query(
      "UPDATE nodes SET renewed_at = now() - interval '301 seconds' WHERE id = $1", [heir.node])
    // Neither before it has renewed its leases nor then.
    #expect(try await heir.claimRuns() == [])
    try await heir.renewLeases()
    #expect(try await heir.claimRuns() == [])
    let steady: PostgresStatement = "SELECT steady_from = renewed_at + interval '600 seconds' FROM nodes WHERE id = $1"
    #expect(try await client.query(steady, [heir.node]).bool(0, 0))
    // Who renews in time does not begin to wait anew.
    try await heir.renewLeases()
    #expect(try await client.query(steady, [heir.node]).bool(0, 0) == false)
    _ = try await client.query("UPDATE nodes SET steady_from = now() WHERE id = $1", [heir.node])
    #expect(try await heir.claimRuns() == [id])
  }

  @Test func expiredLeasesAreClaimedOnce() async throws {
    let fixture = try await StoreFixture()
    let (gone, heir, late) = (try fixture.node(), try fixture.node(), try fixture.node())
    let (id, key) = try await fixture.session(gone)
    let (question, answer) = (randomMessage(), randomMessage())
    _ = await gone.commit(Group(changes: [accept(key, question)]))
    _ = await gone.commit(Group(changes: [begin(key, question, answer)], growths: [grow(key, answer, at: 0, "so ")]))
    #expect(try await heir.claimRuns() == [])
    try await gone.renewLeases()
    #expect(try await heir.claimRuns() == [])
    try await gone.releaseLeases()
    #expect(try await gone.claimRuns() == [])
    #expect(try await heir.claimRuns() == [id])
    #expect(try await late.claimRuns() == [])
    // The node that lost it can't write any more; its heir goes on behind what is stored.
    #expect(await gone.commit(Group(growths: [grow(key, answer, at: 3, "far")])).growths == [.refused])
    #expect(await gone.commit(Group(changes: [complete(key, question, answer, "so far")])).changes == [.refused])
    #expect(
      await heir.commit(Group(growths: [grow(key, answer, at: 3, "good", takeovers: 1)])).growths == [committed(0)])
    let ending = Group(changes: [complete(key, question, answer, "so good", .interrupted, takeovers: 1)])
    #expect(await heir.commit(ending).changes == [committed(3)])
    let page = try await gone.page(PageRequest(session: id, limit: 5))
    #expect(page.messages.last?.content == Array("so good".utf8))
    #expect(page.messages.last?.status == .interrupted)
  }

  /// A node gives an answer up, and is given it back when another has written on: what it still had to say of it before
  /// counts no more.
  @Test func whatWasSaidBeforeALossIsNotTakenAfterIt() async throws {
    let fixture = try await StoreFixture()
    let (first, second) = (try fixture.node(), try fixture.node())
    let (id, key) = try await fixture.session(first)
    let (question, answer) = (randomMessage(), randomMessage())
    _ = await first.commit(Group(changes: [accept(key, question)]))
    _ = await first.commit(Group(changes: [begin(key, question, answer)], growths: [grow(key, answer, at: 0, "so ")]))
    try await first.releaseLeases()
    #expect(try await second.claimRuns() == [id])
    let good = grow(key, answer, at: 3, "good", takeovers: 1)
    #expect(await second.commit(Group(growths: [good])).growths == [committed(0)])
    try await second.releaseLeases()
    #expect(try await first.claimRuns() == [id])
    #expect(await first.commit(Group(growths: [grow(key, answer, at: 7, "far")])).growths == [.refused])
    #expect(await first.commit(Group(changes: [complete(key, question, answer, "so far")])).changes == [.refused])
    let ending = complete(key, question, answer, "so good.", takeovers: 2)
    #expect(await first.commit(Group(changes: [ending])).changes == [committed(3)])
    let page = try await second.page(PageRequest(session: id, limit: 5))
    #expect(page.messages.last?.content == Array("so good.".utf8))
  }

  /// A node that is only slow has begun to write when its run is claimed: its bytes are there before the claim returns,
  /// or they are refused.
  @Test(arguments: [true, false]) func aClaimWaitsForWhatIsUnderWay(_ hasWritten: Bool) async throws {
    let fixture = try await StoreFixture()
    let (slow, heir) = (try fixture.node(), try fixture.node())
    let (id, key) = try await fixture.session(slow)
    let (question, answer) = (randomMessage(), randomMessage())
    _ = await slow.commit(Group(changes: [accept(key, question)]))
    _ = await slow.commit(Group(changes: [begin(key, question, answer)], growths: [grow(key, answer, at: 0, "so ")]))
    try await slow.releaseLeases()
    // What `grow` does, slowly: it has looked whose the run is, and writes, or has written and does not commit.
    let insertion = """
      INSERT INTO message_chunks SELECT r.session_id, r.answer_id, 3, 'far' FROM runs r
      WHERE r.answer_id = '\(answer)' AND \(hasWritten ? "true" : "pg_advisory_xact_lock(1) IS NOT NULL")
      """
    let lane = try fixture.lane()
    try await fixture.client.session { holder in
      _ = try await holder.query("SELECT pg_advisory_lock(1)")
      let writing = Task {
        try await lane.transaction([
          (PostgresStatement(insertion, prepared: false), []),
          (PostgresStatement("SELECT pg_advisory_xact_lock(1)", prepared: false), []),
        ])
      }
      // Both are under way when the database says so.
      #expect(
        try await comesTrue {
          try await fixture.client.query(
            """
            SELECT EXISTS (
              SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory')
            """
          ).bool(0, 0)
        })
      async let claimed = heir.claimRuns()
      #expect(
        try await comesTrue { try await fixture.client.query("SELECT node = $1 FROM runs", [heir.node]).bool(0, 0) })
      _ = try await holder.query("SELECT pg_advisory_unlock(1)")
      #expect(try await claimed == [id])
      let (record, _) = try #require(try await heir.open(PageRequest(session: id, limit: 0)))
      #expect(record.runs.first?.answer.map { String(decoding: $0.content, as: UTF8.self) } == "so far")
      _ = try await writing.value
    }
    #expect(try await heir.ownedRuns() == [id])
    #expect(try await slow.ownedRuns() == [])
  }

  /// The journal may hold some of the rows while it waits for others.
  @Test(.timeLimit(.minutes(5))) func renewingWaitsForNobody() async throws {
    let fixture = try await StoreFixture()
    let node = try fixture.node()
    let (first, second) = (try await fixture.session(node).key, try await fixture.session(node).key)
    _ = await node.commit(Group(changes: [accept(first, randomMessage()), accept(second, randomMessage())]))
    func renewed(_ session: SessionKey) async throws -> Bool {
      try await fixture.client.query(
        "SELECT lease_until > now() + interval '3 seconds' FROM runs WHERE session_id = $1", [.int8(session.rawValue)]
      ).bool(0, 0)
    }
    _ = try await fixture.client.query("UPDATE runs SET lease_until = now() + interval '2 seconds'")
    try await fixture.client.session { session in
      try await session.script("BEGIN; SELECT FROM runs WHERE session_id = \(first.rawValue) FOR UPDATE")
      try await node.renewLeases()
      try await session.script("ROLLBACK")
    }
    #expect(try await renewed(first) == false)
    #expect(try await renewed(second))
    try await node.renewLeases()
    #expect(try await renewed(first))
  }

  /// A node that ends keeps the runs that it works on, and no others: they do not come back to it with the next renewal.
  @Test func aNodeThatEndsHandsOverTheRest() async throws {
    let fixture = try await StoreFixture()
    let (ending, heir) = (try fixture.node(), try fixture.node())
    let (busy, idle) = (try await fixture.session(ending), try await fixture.session(ending))
    let (question, waiting, answer) = (randomMessage(), randomMessage(), randomMessage())
    _ = await ending.commit(
      Group(changes: [
        accept(busy.key, question), accept(busy.key, randomMessage()), accept(idle.key, waiting),
      ]))
    _ = await ending.commit(Group(changes: [begin(busy.key, question, answer)]))
    #expect(try await ending.handOverRuns(except: [question]) == 2)
    #expect(try await ending.handOverRuns(except: [question]) == 0)
    try await ending.renewLeases(isEnding: true)
    #expect(Set(try await heir.claimRuns()) == [busy.id, idle.id])
    // What is answered is answered where it was begun, and nothing beside it.
    let early = await heir.commit(Group(changes: [begin(idle.key, waiting, randomMessage())]))
    #expect(early.changes.map { $0.version } == [2])
    #expect(await ending.commit(Group(growths: [grow(busy.key, answer, at: 0, "so")])).growths == [committed(0)])
    #expect(await heir.commit(Group(changes: [complete(busy.key, question, answer, "so")])).changes == [.refused])
    #expect(await ending.commit(Group(changes: [complete(busy.key, question, answer, "so")])).changes == [committed(4)])
    #expect(try await ending.ownedRuns() == [])
  }

  /// How often an answer was taken over counts from its beginning, and is told with the run.
  @Test func takeoversAreCounted() async throws {
    let fixture = try await StoreFixture()
    var owner = try fixture.node()
    let (id, key) = try await fixture.session(owner)
    let (question, waiting, answer) = (randomMessage(), randomMessage(), randomMessage())
    _ = await owner.commit(Group(changes: [accept(key, question), accept(key, waiting)]))
    for count: Int64 in 0..<4 {
      let (record, _) = try #require(try await owner.open(PageRequest(session: id, limit: 0)))
      #expect(record.runs.map(\.takeovers) == [max(0, count - 1), 0] && record.runs.allSatisfy(\.isMine))
      if count == 1 { _ = await owner.commit(Group(changes: [begin(key, question, answer)])) }
      try await owner.releaseLeases()
      owner = try fixture.node()
      #expect(try await owner.claimRuns() == [id])
    }
    let request = NewsRequest(session: key, since: 0, answer: nil, offset: 0)
    let news = try #require(try await owner.news(request))
    #expect(news.runs.map(\.takeovers) == [3, 0] && news.runs.first?.answer?.id == answer)
  }

  /// Of a session with runs of two nodes that are gone the answer that was begun has to end before what waits is begun,
  /// whichever lease ends first.
  @Test func whatRunsGoesBeforeWhatWaits() async throws {
    let fixture = try await StoreFixture()
    let (first, second, heir) = (try fixture.node(), try fixture.node(), try fixture.node())
    let (id, key) = try await fixture.session(first)
    let (question, answer, waiting) = (randomMessage(), randomMessage(), randomMessage())
    _ = await first.commit(Group(changes: [accept(key, question)]))
    _ = await first.commit(Group(changes: [begin(key, question, answer)]))
    _ = await second.commit(Group(changes: [accept(key, waiting)]))
    try await second.releaseLeases()
    #expect(try await heir.claimRuns() == [id])
    // What waits does not go before what runs, whoever has it.
    #expect(await heir.commit(Group(changes: [begin(key, waiting, randomMessage())])).changes == [.refused])
    try await first.releaseLeases()
    #expect(try await heir.claimRuns() == [id])
    #expect(
      await heir.commit(Group(changes: [complete(key, question, answer, "", .interrupted, takeovers: 1)])).changes == [
        committed(4)
      ])
    #expect(
      await heir.commit(Group(changes: [begin(key, waiting, randomMessage())])).changes == [
        committed(5, at: 1_700_000_000_789)
      ])
  }

  /// PostgreSQL is killed again and again while groups are committed: each waits, and happens once.
  @Test func theDatabaseIsKilled() async throws {
    let server = try PrivatePostgres(isDurable: true)
    let fixture = try await StoreFixture(server)
    let store = try fixture.node()
    let (id, key) = try await fixture.session(store)
    let (question, answer) = (randomMessage(), randomMessage())
    _ = await store.commit(Group(changes: [accept(key, question)]))
    _ = await store.commit(Group(changes: [begin(key, question, answer)]))
    let over = Flag()
    let killing = Task.detached {
      defer { over.isSet.store(true, ordering: .relaxed) }
      for _ in 0..<3 {
        try await Task.sleep(for: .milliseconds(300))
        if let pid = server.server.processID { kill(pid, SIGKILL) }
        _ = await comesTrue { server.server.processID == nil }
        _ = try server.server.revive()
      }
    }
    var expected = ""
    var sends = 0
    var version: Int64 = 2
    while !over.isSet.load(ordering: .relaxed) {
      let text = "chunk \(sends) "
      let outcome = await store.commit(
        Group(
          changes: [accept(key, randomMessage(), text)], growths: [grow(key, answer, at: expected.utf8.count, text)]))
      expected += text
      sends += 1
      version += 1
      #expect(outcome.changes == [committed(version, at: 1_700_000_000_456)])
      #expect(outcome.growths == [committed(0)])
    }
    try await killing.value
    // Reads do not wait for a database that is away.
    #expect(await comesTrue { (try? await store.page(PageRequest(session: id, limit: 0))) != nil })
    let (record, page) = try #require(try await store.open(PageRequest(session: id, limit: 0)))
    #expect(record.version == version)
    #expect(page.version == version)
    #expect(record.runs[0].answer?.content == Array(expected.utf8))
    #expect(try await fixture.count("messages") == Int64(sends + 2))
  }
}

private final class Flag: Sendable {
  let isSet = Atomic(false)
}
