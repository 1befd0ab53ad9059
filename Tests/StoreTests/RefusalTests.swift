import Conversation
import Postgres
import SkeinTestKit
import Synchronization
import Testing

/// Databases that fail, for a while or for good, in the middle of a group. A trigger fails by any code; it counts with a
/// sequence, which no rollback takes back.
@Suite struct RefusalTests {
  /// Has the next so many messages fail that contain a text.
  private func fail(_ fixture: StoreFixture, by code: String, times: Int, where text: String = "") async throws {
    try await fixture.client.session { session in
      try await session.script(
        """
        CREATE SEQUENCE trips;
        CREATE FUNCTION trip() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF strpos(NEW.content, '\(text)') > 0 AND nextval('trips') <= \(times) THEN
            RAISE EXCEPTION 'tripped' USING ERRCODE = '\(code)';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER trip BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION trip();
        """)
    }
  }

  /// Other transactions in the way, a lock that was not had, a connection that an administrator ended, and what has no
  /// better name.
  @Test(arguments: ["40001", "40P01", "55P03", "57014", "53200", "XX000"])
  func whatPassesIsTriedAgain(code: String) async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let keys = [try await fixture.session(store).key, try await fixture.session(store).key]
    try await fail(fixture, by: code, times: 3)
    let group = Group(changes: keys.map { accept($0, randomMessage()) }, requests: [0, 1])
    let outcome = await store.commit(group) { _ in Issue.record("given up") }
    #expect(outcome.changes == keys.map { _ in committed(1, at: CommitTests.asked) })
    #expect(try await fixture.count("messages") == 2)
    #expect(try await fixture.count("runs") == 2)
    #expect(store.takesChanges)
  }

  /// The server has no better code for it, but it is this row's doing: it must not hold up the others for ever.
  @Test(arguments: ["53200", "XX000"]) func whatNeverPassesIsIsolated(code: String) async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    var keys: [SessionKey] = []
    for _ in 0..<5 { keys.append(try await fixture.session(store).key) }
    try await fail(fixture, by: code, times: .max, where: "bad")
    let changes = keys.enumerated().map { accept($1, randomMessage(), $0 == 3 ? "bad" : "good") }
    let outcome = await store.commit(Group(changes: changes))
    for (place, result) in outcome.changes.enumerated() {
      #expect(result == (place == 3 ? .failed : committed(1, at: CommitTests.asked)))
    }
  }

  /// A full disk, one that fails, and a database that is read-only: who asks is told at once, what the server itself has
  /// to store waits, and nothing is stored twice.
  @Test(arguments: ["53100", "58030", "25006"]) func whoAsksIsToldAtOnce(code: String) async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let (key, other) = (try await fixture.session(store).key, try await fixture.session(store).key)
    let (question, answer) = (randomMessage(), randomMessage())
    #expect(
      await store.commit(Group(changes: [accept(key, question)])).changes == [committed(1, at: CommitTests.asked)])
    try await fail(fixture, by: code, times: 3)
    let group = Group(
      changes: [accept(other, randomMessage()), begin(key, question, answer), accept(key, randomMessage())],
      requests: [0, 2])
    let givenUp = Mutex<[[Int]]>([])
    let outcome = await store.commit(group) { places in
      #expect(!store.takesChanges)
      givenUp.withLock { $0.append(places) }
    }
    #expect(givenUp.withLock { $0 } == [[0, 2]])
    #expect(outcome.changes == [.unavailable, committed(2, at: CommitTests.begun), .unavailable])
    #expect(await comesTrue { store.takesChanges })
    // Asked again, it is stored.
    #expect(await store.commit(Group(changes: [group.changes[0]])).changes == [committed(1, at: CommitTests.asked)])
    #expect(try await fixture.count("messages") == 3)
  }

  /// Where nothing else waits, the store finds out by itself when the database takes again what it has refused.
  @Test func theStoreKnowsWhenItIsOver() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let key = try await fixture.session(store).key
    try await fail(fixture, by: "53100", times: 4)
    let asking = Group(changes: [accept(key, randomMessage())], requests: [0])
    #expect(await store.commit(asking).changes == [.unavailable])
    #expect(await comesTrue { store.takesChanges })
    // What was tried has left nothing behind.
    #expect(try await fixture.count("messages") == 0)
    #expect(try await fixture.count("runs") == 0)
    #expect(await store.commit(asking).changes == [committed(1, at: CommitTests.asked)])
  }

  /// Two transactions wait for each other: PostgreSQL ends one of them, which is tried again.
  @Test func aDeadlockIsSurvived() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let keys = [try await fixture.session(store).key, try await fixture.session(store).key]
      .sorted { $0.rawValue < $1.rawValue }
    let (asking, started) = AsyncStream<Void>.makeStream()
    async let outcome = {
      for await _ in asking { break }
      return await store.commit(Group(changes: keys.map { accept($0, randomMessage()) }, isShared: true))
    }()
    try await fixture.client.session { session in
      try await session.script("BEGIN; UPDATE sessions SET title = 'x' WHERE id = \(keys[1].rawValue)")
      started.yield()
      // The group holds the first session and waits for the second.
      while try await fixture.client.query(
        PostgresStatement("SELECT count(*) FROM pg_locks WHERE NOT granted", prepared: false)
      ).int(0, 0) == 0 {}
      do {
        try await session.script("UPDATE sessions SET title = 'x' WHERE id = \(keys[0].rawValue)")
        try await session.script("COMMIT")
      } catch let error as PostgresError {
        #expect(error.sqlstate == "40P01")
        try await session.script("ROLLBACK")
      }
    }
    #expect(await outcome.changes == keys.map { _ in committed(1, at: CommitTests.asked) })
    #expect(try await fixture.count("messages") == 2)
  }
}
