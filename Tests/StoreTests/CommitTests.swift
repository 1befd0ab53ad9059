@testable import Conversation
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

/// Groups of changes: each takes effect once, whatever happens to its neighbours.
@Suite struct CommitTests {
  static let asked: Int64 = 1_700_000_000_456
  static let begun: Int64 = 1_700_000_000_789

  /// Each as if it had been asked for alone.
  @Test func sessionsAreOpenedTogether() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    var sessions: [(id: SessionID, key: SessionKey)] = []
    for _ in 0..<4 { sessions.append(try await fixture.session(store)) }
    let (questions, answers) = (sessions.map { _ in randomMessage() }, sessions.map { _ in randomMessage() })
    // The first is being answered, two were answered, the last is empty.
    for place in 0..<3 {
      let key = sessions[place].key
      _ = await store.commit(Group(changes: [accept(key, questions[place])]))
      _ = await store.commit(Group(changes: [begin(key, questions[place], answers[place])]))
      if place > 0 { _ = await store.commit(Group(changes: [complete(key, questions[place], answers[place], "yes")])) }
    }

    let asked: [(session: SessionID, since: Int64?, limit: Int, messages: [MessageID]?)] = [
      (randomSession(), nil, 5, nil),
      (sessions[0].id, 1, 5, [answers[0]]),
      (sessions[0].id, nil, 0, []),
      (sessions[1].id, nil, 5, [questions[1], answers[1]]),
      (sessions[2].id, 0, 5, [questions[2], answers[2]]),
      (sessions[2].id, 1, 5, [answers[2]]),
      (sessions[2].id, 3, 5, []),
      (sessions[2].id, 9, 5, []),
      (sessions[3].id, 0, 5, []),
      (sessions[3].id, nil, 5, []),
    ]
    let requests = asked.map { PageRequest(session: $0.session, since: $0.since, limit: $0.limit) }
    for (asked, (request, result)) in zip(asked, zip(requests, await store.open(requests))) {
      let (opened, alone) = (try result.get(), try await store.open(request))
      #expect(opened?.1.messages.map(\.id) == asked.messages)
      #expect(opened?.0.version == opened?.1.version)
      #expect(
        opened?.0.runs.map(\.answerID)
          == asked.messages.map { _ in asked.session == sessions[0].id ? [answers[0]] : [] })
      #expect(opened?.0.key == alone?.0.key)
      #expect(opened?.1.messages == alone?.1.messages)
      // Who asks for no messages is told that there are some.
      if let page = opened?.1 { #expect(page.hasMore == (asked.limit == 0)) }
    }

    // One that was deleted is told apart from its neighbours, and has no runs.
    _ = await store.commit(Group(changes: [.delete(Change.Deletion(session: sessions[0].key))]))
    let after = await store.open([
      PageRequest(session: sessions[0].id, since: 1, limit: 5), PageRequest(session: sessions[3].id, limit: 5),
    ])
    #expect(try after.map { try $0.get()?.0.isDeleted } == [true, false])
    #expect(try after.map { try $0.get()?.0.runs.count } == [0, 0])
  }

  @Test func aConversationFromItsBeginningToItsEnd() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let (id, key) = try await fixture.session(store)
    let (question, answer) = (randomMessage(), randomMessage())
    #expect(await store.commit(Group(changes: [accept(key, question)])).changes == [committed(1, at: Self.asked)])
    #expect(
      await store.commit(Group(changes: [begin(key, question, answer)])).changes == [committed(2, at: Self.begun)])
    let grown = await store.commit(Group(growths: [grow(key, answer, at: 0, "Grüß")]))
    #expect(grown.growths == [committed(0)])
    _ = await store.commit(Group(growths: [grow(key, answer, at: 6, " Gott")]))

    let (record, page) = try #require(try await store.open(PageRequest(session: id, limit: 50)))
    #expect(record.version == 2)
    #expect(record.runs.map(\.question.id) == [question])
    #expect(record.runs[0].answer?.content == Array("Grüß Gott".utf8))
    #expect(page.messages.map(\.content) == [Array("hi".utf8), Array("Grüß Gott".utf8)])
    #expect(page.messages.map(\.status) == [.complete, .streaming])
    #expect(page.messages[1].replyTo == question)

    var completion = Completion(.complete)
    completion.usage = Usage(inputTokens: 1, outputTokens: 2)
    completion.citations = [Citation(title: "T", url: "u")]
    completion.processingMilliseconds = 77
    let ending = Change.complete(
      Change.Ending(
        session: key, question: question, answer: answer, content: Array("Grüß Gott".utf8), completion: completion))
    #expect(await store.commit(Group(changes: [ending])).changes == [committed(3)])
    let (after, whole) = try #require(try await store.open(PageRequest(session: id, limit: 50)))
    #expect(after.runs.isEmpty)
    #expect(whole.messages[1].status == .complete)
    #expect(whole.messages[1].version == 3)
    #expect(whole.messages[1].createdVersion == 2)
    #expect(whole.messages[1].usage == Usage(inputTokens: 1, outputTokens: 2))
    #expect(whole.messages[1].processingMilliseconds == 77)
    #expect(
      try JSONValue(parsing: whole.messages[1].citations) == JSONValue(parsing: "[{\"url\": \"u\", \"title\": \"T\"}]"))
    #expect(try await fixture.count("message_chunks") == 0)
    #expect(try await fixture.count("runs") == 0)
  }

  /// A group whose fate was unknown is committed again as it is.
  @Test func theSameGroupAgain() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let (id, key) = try await fixture.session(store)
    let (question, answer) = (randomMessage(), randomMessage())
    let asking = Group(changes: [accept(key, question)])
    _ = await store.commit(asking)
    #expect(
      await store.commit(asking).changes == [.duplicate(version: 1, createdAt: Self.asked, role: .user)])
    // Where the answer to its commit was lost, the message that is there is its own.
    #expect(await store.commit(asking, isRepeated: true).changes == [committed(1, at: Self.asked)])
    let beginning = Group(changes: [begin(key, question, answer)])
    #expect(await store.commit(beginning).changes == [committed(2, at: Self.begun)])
    #expect(await store.commit(beginning).changes == [committed(2, at: Self.begun)])
    let growing = Group(growths: [grow(key, answer, at: 0, "abc")])
    #expect(await store.commit(growing).growths == [committed(0)])
    for _ in 0..<2 { #expect(await store.commit(growing, isRepeated: true).growths == [committed(0)]) }
    let ending = Group(changes: [complete(key, question, answer, "abc")])
    #expect(await store.commit(ending).changes == [committed(3)])
    #expect(await store.commit(ending).changes == [committed(3)])
    let (record, page) = try #require(try await store.open(PageRequest(session: id, limit: 50)))
    #expect(record.version == 3)
    #expect(page.messages.map(\.content) == [Array("hi".utf8), Array("abc".utf8)])
    // Bytes that come late for an answer that is over are refused.
    #expect(await store.commit(growing).growths == [.refused])
  }

  @Test func aSessionIsMadeOnce() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let id = randomSession()
    let first = await store.commit(Group(changes: [fixture.creation(id)])).changes
    guard case .created = first[0] else {
      Issue.record("\(first)")
      return
    }
    #expect(await store.commit(Group(changes: [fixture.creation(id, owner: 2)])).changes == [.refused])
    #expect(try await store.open(PageRequest(session: id, limit: 1))?.0.owner == Array(repeating: 1, count: 32))
    // Many sessions of one visitor in one group.
    let outcome = await store.commit(Group(changes: (0..<10).map { _ in fixture.creation(randomSession(), owner: 3) }))
    #expect(outcome.changes.count { if case .created = $0 { true } else { false } } == 10)
    #expect(try await fixture.count("sessions") == 11)
    // Whoever was refused has left none.
    #expect(try await fixture.count("visitors") == 2)
  }

  /// Of two nodes that end an answer with the same text only that end is one which is stored.
  @Test func anEndThatAnotherNodeHasMadeOtherwiseIsRefused() async throws {
    let fixture = try await StoreFixture()
    let (store, other) = (try fixture.node(), try fixture.node())
    let key = try await fixture.session(store).key
    let (question, answer) = (randomMessage(), randomMessage())
    _ = await store.commit(Group(changes: [accept(key, question)]))
    _ = await store.commit(Group(changes: [begin(key, question, answer)]))
    _ = try await fixture.client.query("UPDATE runs SET node = $1, takeovers = 1", [other.node])
    func end(_ takeovers: Int64, tools: String = "", citations: [Citation] = [], milliseconds: Int64 = 5) -> Group {
      var completion = Completion(.stopped, reason: .user)
      (completion.tools, completion.citations) = (Array(tools.utf8), citations)
      completion.processingMilliseconds = milliseconds
      return Group(changes: [
        .complete(
          Change.Ending(
            session: key, question: question, answer: answer, content: Array("so".utf8), completion: completion,
            takeovers: takeovers))
      ])
    }
    for isRepeated in [false, true] {
      #expect(await other.commit(end(1), isRepeated: isRepeated).changes == [committed(3)])
    }
    let others = [
      end(0, tools: #"[{"id":"c","status":"failed"}]"#), end(0, citations: [Citation(title: "t")]),
      end(0, milliseconds: 6),
    ]
    for end in others { #expect(await store.commit(end).changes == [.refused]) }
  }

  @Test func manySendsInOneGroup() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    var sessions: [(id: SessionID, key: SessionKey)] = []
    for _ in 0..<5 { sessions.append(try await fixture.session(store)) }
    let ids = (0..<50).map { _ in randomMessage() }
    let changes = ids.enumerated().map { index, id in accept(sessions[index % 5].key, id, "\(index)") }
    let outcome = await store.commit(Group(changes: changes))
    // Each session's own versions are in the order in which they were given.
    for place in 0..<5 {
      let versions = stride(from: place, to: 50, by: 5).map { outcome.changes[$0] }
      #expect(versions == (1...10).map { committed($0, at: Self.asked) })
    }
    let (record, page) = try #require(try await store.open(PageRequest(session: sessions[2].id, limit: 50)))
    #expect(
      page.messages.map { String(decoding: $0.content, as: UTF8.self) }
        == stride(from: 2, to: 50, by: 5).map { "\($0)" })
    #expect(record.runs.map(\.question.id) == page.messages.map(\.id))
  }

  @Test func aBadRowDoesNotFailItsNeighbours() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    var sessions: [SessionKey] = []
    for _ in 0..<9 { sessions.append(try await fixture.session(store).key) }
    let changes = sessions.enumerated().map { index, key in
      switch index {
      case 2: accept(key, randomMessage(), "a\0b")
      case 5: accept(key, randomMessage(), metadata: "{\"n\":1e999999}")
      case 7: accept(SessionKey(rawValue: 999_999_999), randomMessage())
      default: accept(key, randomMessage())
      }
    }
    let outcome = await store.commit(Group(changes: changes)).changes
    for (index, result) in outcome.enumerated() {
      switch index {
      case 2, 5: #expect(result == .failed)
      // There is no such session: nothing to fail.
      case 7: #expect(result == .refused)
      default: #expect(result == committed(1, at: Self.asked))
      }
    }
    #expect(try await fixture.count("messages") == 6)
  }

  @Test func duplicatesAndRefusals() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let (id, key) = try await fixture.session(store)
    let (question, answer) = (randomMessage(), randomMessage())
    _ = await store.commit(Group(changes: [accept(key, question)]))
    _ = await store.commit(Group(changes: [begin(key, question, answer)]))
    let (fresh, new) = (randomMessage(), randomMessage())
    let outcome = await store.commit(
      Group(changes: [
        accept(key, question, onlyDuplicate: true), accept(key, new, onlyDuplicate: true), accept(key, answer),
        accept(key, fresh),
      ])
    ).changes
    #expect(
      outcome == [
        .duplicate(version: 1, createdAt: Self.asked, role: .user), .refused,
        .duplicate(version: 2, createdAt: Self.begun, role: .assistant), committed(3, at: Self.asked),
      ])
    #expect(
      try await store.open(PageRequest(session: id, limit: 9))?.1.messages.map(\.id) == [question, answer, fresh])
  }

  @Test func interruptsGoAhead() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let (id, key) = try await fixture.session(store)
    let ids = (0..<4).map { _ in randomMessage() }
    for (index, message) in ids.enumerated() {
      _ = await store.commit(Group(changes: [accept(key, message, interrupts: index >= 2)]))
    }
    let record = try #require(try await store.open(PageRequest(session: id, limit: 0))?.0)
    #expect(record.runs.map(\.question.id) == [ids[3], ids[2], ids[0], ids[1]])
    // Stopped, and the rest dropped.
    let stopping = Change.stop(Change.Stopping(session: key, question: ids[3], dropped: [ids[2], ids[0]]))
    #expect(await store.commit(Group(changes: [stopping])).changes == [committed(0)])
    let after = try #require(try await store.open(PageRequest(session: id, limit: 0))?.0)
    #expect(after.runs.map(\.question.id) == [ids[3], ids[1]])
    #expect(after.runs.map(\.stopping) == [true, false])
    #expect(after.version == 4)
  }

  @Test func titlesAndContexts() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let (id, key) = try await fixture.session(store)
    func update(
      _ title: String?, _ context: String, id: MessageID = randomMessage(), onto base: MessageID?
    ) async throws -> [Outcome] {
      guard case .object(let object) = try JSONValue(parsing: Array(context.utf8)) else { return [] }
      return await store.commit(
        Group(changes: [
          .update(
            Change.Update(session: key, id: id, base: base, title: title, context: SessionContext(object)))
        ])
      ).changes
    }
    let (first, again) = (randomMessage(), randomMessage())
    #expect(try await update("T", "{\"a\":1}", id: first, onto: nil) == [committed(1)])
    // Committed again, since its answer was lost, it is the same change.
    for _ in 0..<3 { #expect(try await update(nil, "{}", id: again, onto: first) == [committed(2)]) }
    // Merged into what somebody else has changed since.
    #expect(try await update("late", "{}", onto: first) == [.refused])
    #expect(try await update("x", "{\"n\":1e999999}", onto: again) == [.failed])
    let record = try #require(try await store.open(PageRequest(session: id, limit: 0))?.0)
    #expect(record.title == nil)
    #expect(record.version == 2)
  }

  @Test func pages() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let (id, key) = try await fixture.session(store)
    for index in 0..<10 { _ = await store.commit(Group(changes: [accept(key, randomMessage(), "\(index)")])) }
    func texts(_ request: PageRequest) async throws -> ([String], Bool, Int64) {
      let page = try await store.page(request)
      return (page.messages.map { String(decoding: $0.content, as: UTF8.self) }, page.hasMore, page.version)
    }
    #expect(try await texts(PageRequest(session: id, limit: 3)) == (["7", "8", "9"], true, 10))
    #expect(try await texts(PageRequest(session: id, before: 8, limit: 3)) == (["4", "5", "6"], true, 10))
    #expect(try await texts(PageRequest(session: id, before: 4, limit: 3)) == (["0", "1", "2"], false, 10))
    #expect(try await texts(PageRequest(session: id, before: 1, limit: 3)) == ([], false, 10))
    #expect(try await texts(PageRequest(session: id, limit: 0)) == ([], true, 10))
    #expect(try await texts(PageRequest(session: id, limit: 10)).1 == false)
    #expect(try await texts(PageRequest(session: id, since: 8, limit: 5)) == (["8", "9"], false, 10))
    #expect(try await texts(PageRequest(session: id, since: 2, limit: 5)).1)
    #expect(try await texts(PageRequest(session: id, since: 10, limit: 5)) == ([], false, 10))
    #expect(try await texts(PageRequest(session: randomSession(), limit: 5)) == ([], false, 0))
    let nobody = try await store.open(PageRequest(session: randomSession(), limit: 5))
    #expect(nobody?.0.version == nil)
    let last = try await store.page(PageRequest(session: id, limit: 1)).messages[0].id
    let turns = try await store.turns(of: key, before: last, limit: 4)
    #expect(turns.map { String(decoding: $0.content, as: UTF8.self) } == ["5", "6", "7", "8"])
  }
}
