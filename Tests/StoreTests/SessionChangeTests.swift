@testable import Conversation
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

/// Ratings, and the deletion of sessions: each takes effect once.
@Suite struct SessionChangeTests {
  private static func rate(_ key: SessionKey, _ id: MessageID, _ message: MessageID, _ rating: Feedback) -> Group {
    Group(changes: [.rate(Change.Rating(session: key, id: id, message: message, rating: rating, comment: "so"))])
  }

  private static func answered(
    _ fixture: StoreFixture, _ store: NodeStore
  ) async throws -> (id: SessionID, key: SessionKey, question: MessageID, answer: MessageID) {
    let (id, key) = try await fixture.session(store)
    let (question, answer) = (randomMessage(), randomMessage())
    _ = await store.commit(Group(changes: [accept(key, question, "why?")]))
    _ = await store.commit(Group(changes: [begin(key, question, answer)]))
    #expect(await store.commit(Group(changes: [complete(key, question, answer, "so")])).changes == [committed(3)])
    return (id, key, question, answer)
  }

  @Test func aRatingIsNotedOnce() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let (id, key, question, answer) = try await Self.answered(fixture, store)
    let rating = Self.rate(key, randomMessage(), answer, .up)
    for _ in 0..<2 { #expect(await store.commit(rating).changes == [committed(4)]) }
    #expect(await store.commit(Self.rate(key, randomMessage(), answer, .none)).changes == [committed(5)])
    #expect(await store.commit(Self.rate(key, randomMessage(), answer, .down)).changes == [committed(6)])
    #expect(await store.commit(Self.rate(key, randomMessage(), question, .up)).changes == [.denied(.unfit)])
    #expect(await store.commit(Self.rate(key, randomMessage(), randomMessage(), .up)).changes == [.denied(.absent)])
    let (record, page) = try #require(try await store.open(PageRequest(session: id, since: 3, limit: 9)))
    #expect(record.version == 6 && page.messages.map(\.feedback) == ["down"])
    #expect(page.messages.map(\.ratedVersion) == [6] && page.messages.map(\.version) == [6])
    let comment = try await fixture.client.query("SELECT feedback_comment FROM messages WHERE feedback IS NOT NULL")
    #expect(try comment.text(0, 0) == "so")
    // Nothing of it makes the completion another.
    let news = try #require(try await store.news(NewsRequest(session: key, since: 2, answer: nil, offset: 0)))
    #expect(news.version == 6 && news.messages.map(\.ratedVersion) == [6])
  }

  @Test func whatDescribesASession() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let (id, key) = try await fixture.session(store)
    var update = Change.Update(session: key, id: randomMessage(), base: nil, title: "T", context: SessionContext())
    (update.isTitleSet, update.description) = (true, "D")
    update.metadata = SessionContext(JSONObject([("m", 1)]))
    for _ in 0..<2 { #expect(await store.commit(Group(changes: [.update(update)])).changes == [committed(1)]) }
    let (record, _) = try #require(try await store.open(PageRequest(session: id, limit: 1)))
    #expect(record.title == "T" && record.isTitleSet && record.description == "D" && !record.isDeleted)
    #expect(record.metadata == update.metadata && record.lastUpdate == update.id)
    let news = try #require(try await store.news(NewsRequest(session: key, since: 0, answer: nil, offset: 0)))
    #expect(news.title == "T" && news.isTitleSet && news.description == "D" && news.metadata == update.metadata)
  }

  @Test func nothingHappensInADeletedSession() async throws {
    let fixture = try await StoreFixture()
    let (store, other) = (try fixture.node(), try fixture.node())
    let (id, key, question, answer) = try await Self.answered(fixture, store)
    let (asked, begun, waiting) = (randomMessage(), randomMessage(), randomMessage())
    _ = await store.commit(Group(changes: [accept(key, asked), accept(key, waiting)]))
    _ = await store.commit(Group(changes: [begin(key, asked, begun)]))
    _ = await store.commit(Group(growths: [grow(key, begun, at: 0, "x")]))
    let deletion = Group(changes: [.delete(Change.Deletion(session: key))])
    for node in [store, other] { #expect(await node.commit(deletion).changes == [committed(7)]) }
    #expect(try await fixture.count("runs") == 0)
    #expect(try await fixture.count("message_chunks") == 0)
    #expect(try await fixture.count("messages") == 5)
    let (record, _) = try #require(try await store.open(PageRequest(session: id, limit: 1)))
    #expect(record.isDeleted)
    #expect(try await store.news(NewsRequest(session: key, since: 0, answer: nil, offset: 0)) == nil)
    let late = Group(
      changes: [
        accept(key, randomMessage()), begin(key, waiting, randomMessage()), complete(key, asked, begun, "x"),
        .update(Change.Update(session: key, id: randomMessage(), base: nil, title: "T", context: SessionContext())),
        .retry(
          Change.Retry(
            session: key, replaced: answer, answer: randomMessage(), createdAt: 1, onlyDuplicate: false)),
        .rate(Change.Rating(session: key, id: randomMessage(), message: answer, rating: .up, comment: nil)),
      ], growths: [grow(key, begun, at: 1, "y")])
    let outcome = await store.commit(late)
    // Of the answer that is no longer the last that alone is said.
    let refused = Outcome.refused
    #expect(outcome.changes == [refused, refused, refused, refused, .denied(.unfit), refused])
    #expect(outcome.growths == [refused])
    #expect(try await fixture.count("messages") == 5)
    // One that was stored before is known still.
    #expect(
      await store.commit(Group(changes: [accept(key, question)])).changes
        == [.duplicate(version: 1, createdAt: 1_700_000_000_456, role: .user)])
  }
}
