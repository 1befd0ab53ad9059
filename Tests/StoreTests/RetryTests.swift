@testable import Conversation
import SkeinTestKit
import Store
import Testing

/// Answers that are made again: one statement marks the old one, makes the new one and begins its run.
@Suite struct RetryTests {
  private static let asked: Int64 = 1_700_000_000_999

  private static func retry(
    _ key: SessionKey, _ old: MessageID, _ new: MessageID, onlyDuplicate: Bool = false
  ) -> Group {
    Group(changes: [
      .retry(
        Change.Retry(session: key, replaced: old, answer: new, createdAt: asked, onlyDuplicate: onlyDuplicate))
    ])
  }

  /// A session with one question that is answered.
  private static func answered(
    _ fixture: StoreFixture, _ store: NodeStore
  ) async throws -> (id: SessionID, key: SessionKey, question: MessageID, answer: MessageID) {
    let (id, key) = try await fixture.session(store)
    let (question, answer) = (randomMessage(), randomMessage())
    _ = await store.commit(Group(changes: [accept(key, question, "why?")]))
    _ = await store.commit(Group(changes: [begin(key, question, answer)]))
    #expect(await store.commit(Group(changes: [complete(key, question, answer, "old")])).changes == [committed(3)])
    return (id, key, question, answer)
  }

  private static func retried(_ version: Int64, _ question: MessageID, isDuplicate: Bool = false) -> Outcome {
    .retried(
      .init(
        version: version, createdAt: asked, question: Question(id: question, content: Array("why?".utf8)),
        isDuplicate: isDuplicate))
  }

  @Test func itTakesTwoVersionsAtOnce() async throws {
    let fixture = try await StoreFixture()
    let (store, other) = (try fixture.node(), try fixture.node())
    let (id, key, question, old) = try await Self.answered(fixture, store)
    let new = randomMessage()
    #expect(await store.commit(Self.retry(key, old, new)).changes == [Self.retried(5, question)])
    let (record, page) = try #require(try await store.open(PageRequest(session: id, since: 3, limit: 9)))
    #expect(record.version == 5 && record.runs.map(\.answer?.id) == [new])
    #expect(page.messages.map(\.id) == [old, new] && page.messages.map(\.version) == [4, 5])
    #expect(page.messages.map(\.createdVersion) == [2, 5] && page.messages.map(\.replacedBy) == [new, nil])
    #expect(page.messages.map(\.status) == [.complete, .streaming] && page.messages[1].replyTo == question)
    #expect(page.messages[0].content == Array("old".utf8))
    // It is this node's to write.
    #expect(await other.commit(Group(growths: [grow(key, new, at: 0, "x")])).growths == [.refused])
    #expect(await store.commit(Group(growths: [grow(key, new, at: 0, "n")])).growths == [committed(0)])
    #expect(await store.commit(Group(changes: [complete(key, question, new, "new")])).changes == [committed(6)])
    #expect(try await fixture.count("runs") == 0)
    // What was replaced is not said to agents.
    let next = randomMessage()
    _ = await store.commit(Group(changes: [accept(key, next)]))
    let turns = try await store.turns(of: key, before: next, limit: 9)
    #expect(turns.map { String(decoding: $0.content, as: UTF8.self) } == ["why?", "new"])
  }

  @Test func theSameAgain() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let (_, key, question, old) = try await Self.answered(fixture, store)
    let new = randomMessage()
    let group = Self.retry(key, old, new)
    _ = await store.commit(group)
    // The client asks again; the group is committed again, since its fate was unknown.
    #expect(await store.commit(group).changes == [Self.retried(5, question, isDuplicate: true)])
    let busy = Self.retry(key, old, new, onlyDuplicate: true)
    #expect(await store.commit(busy).changes == [Self.retried(5, question, isDuplicate: true)])
    #expect(await store.commit(group, isRepeated: true).changes == [Self.retried(5, question)])
    _ = await store.commit(Group(changes: [complete(key, question, new, "new")]))
    #expect(await store.commit(group).changes == [Self.retried(5, question, isDuplicate: true)])
    #expect(try await fixture.count("messages") == 3)
  }

  @Test func whatCanNotBeMadeAgain() async throws {
    let fixture = try await StoreFixture()
    let (store, other) = (try fixture.node(), try fixture.node())
    let (id, key, question, old) = try await Self.answered(fixture, store)
    let (_, _, _, foreign) = try await Self.answered(fixture, store)
    let new = randomMessage()
    #expect(await store.commit(Self.retry(key, randomMessage(), new)).changes == [.denied(.absent)])
    #expect(await store.commit(Self.retry(key, foreign, new)).changes == [.denied(.absent)])
    #expect(await store.commit(Self.retry(key, question, new)).changes == [.denied(.unfit)])
    for taken in [question, old] {
      #expect(await store.commit(Self.retry(key, old, taken)).changes == [.denied(.taken)])
    }
    #expect(await store.commit(Self.retry(key, old, new, onlyDuplicate: true)).changes == [.refused])
    // A question waits, on another node too.
    let waiting = randomMessage()
    _ = await other.commit(Group(changes: [accept(key, waiting)]))
    #expect(await store.commit(Self.retry(key, old, new)).changes == [.refused])
    let last = randomMessage()
    _ = await other.commit(Group(changes: [begin(key, waiting, last)]))
    #expect(await store.commit(Self.retry(key, last, new)).changes == [.refused])
    _ = await other.commit(Group(changes: [complete(key, waiting, last, "last")]))
    #expect(await store.commit(Self.retry(key, old, new)).changes == [.denied(.unfit)])
    let (record, page) = try #require(try await store.open(PageRequest(session: id, limit: 9)))
    #expect(record.version == 6 && page.messages.allSatisfy { $0.replacedBy == nil } && record.runs.isEmpty)
    // A group with what is no retry and one that is.
    let group = Group(changes: Self.retry(key, question, new).changes + Self.retry(key, last, new).changes)
    let outcome = await store.commit(group).changes
    #expect(outcome[0] == .denied(.unfit))
    #expect(outcome[1].version == 8)
  }

  /// Two nodes at once: one of them makes it.
  @Test func twoNodesMakeOne() async throws {
    let fixture = try await StoreFixture()
    let nodes = try (0..<4).map { _ in try fixture.node() }
    let (id, key, _, old) = try await Self.answered(fixture, nodes[0])
    let outcomes = await withTaskGroup(of: Outcome.self) { group in
      for node in nodes {
        group.addTask { await node.commit(Self.retry(key, old, randomMessage())).changes[0] }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0.version == 5 } == 1 && outcomes.count { $0 == .refused } == 3)
    let (record, _) = try #require(try await nodes[0].open(PageRequest(session: id, limit: 0)))
    #expect(record.version == 5 && record.runs.count == 1)
  }
}
