@testable import Conversation
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

/// Calls of tools in the database: noted once, by whoever has the answer, and decided once.
@Suite struct ToolStatementTests {
  private struct Answer {
    let id: SessionID
    let key: SessionKey
    let question: MessageID
    let answer: MessageID
  }

  /// An answer that is being made, at version 2.
  private static func begun(_ fixture: StoreFixture, _ store: NodeStore) async throws -> Answer {
    let (id, key) = try await fixture.session(store)
    let (question, answer) = (randomMessage(), randomMessage())
    _ = await store.commit(Group(changes: [accept(key, question, "why?")]))
    #expect(await store.commit(Group(changes: [begin(key, question, answer)])).changes[0].version == 2)
    return Answer(id: id, key: key, question: question, answer: answer)
  }

  private static func note(
    _ answer: Answer, _ id: String, _ status: ToolStatus, takeovers: Int64 = 0, within: Int64? = nil
  ) -> Change {
    let call: JSONValue = ["id": .string(id), "name": "n", "title": "T", "status": .string(status.rawValue)]
    return .note(
      Change.Noting(
        session: answer.key, answer: answer.answer, call: id, json: call.bytes, takeovers: takeovers, within: within))
  }

  private static func decide(_ answer: Answer, _ call: String, _ verdict: ToolVerdict, id: MessageID? = nil) -> Change {
    .decide(
      Change.Deciding(
        session: answer.key, id: id ?? randomMessage(), message: answer.answer, call: call, verdict: verdict))
  }

  private static func tools(_ fixture: StoreFixture, _ answer: Answer) async throws -> [JSONValue] {
    let rows = try await fixture.client.query(
      "SELECT coalesce(tools, '[]')::text FROM messages WHERE session_id = $1 AND id = $2",
      [.int8(answer.key.rawValue), .uuid(answer.answer.uuid)])
    return try JSONValue(parsing: rows.text(0, 0)).array ?? []
  }

  @Test func callsAreNotedInTheirPlaces() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let answer = try await Self.begun(fixture, store)
    // Again, since the answer to the first time was lost.
    for isRepeated in [false, true] {
      let group = Group(changes: [Self.note(answer, "a", .running)])
      #expect(await store.commit(group, isRepeated: isRepeated).changes[0].version == 3)
    }
    #expect(await store.commit(Group(changes: [Self.note(answer, "b", .running)])).changes[0].version == 4)
    #expect(await store.commit(Group(changes: [Self.note(answer, "a", .done)])).changes[0].version == 5)
    let tools = try await Self.tools(fixture, answer)
    #expect(tools.map { $0["id"] } == ["a", "b"] && tools.map { $0["status"] } == ["done", "running"])
    // Who does not have the answer, or has lost it meanwhile, notes nothing.
    let other = try fixture.node()
    #expect(await other.commit(Group(changes: [Self.note(answer, "a", .failed)])).changes == [.refused])
    #expect(await store.commit(Group(changes: [Self.note(answer, "a", .failed, takeovers: 1)])).changes == [.refused])
    #expect(try await Self.tools(fixture, answer).count == 2)
    // In one group with the end: before it.
    let last = Group(changes: [
      complete(answer.key, answer.question, answer.answer, "so"), Self.note(answer, "b", .done),
    ])
    #expect(await store.commit(last).changes.map(\.version) == [7, 6])
    // An end that knows of no calls takes none away.
    #expect(try await Self.tools(fixture, answer).map { $0["status"] } == ["done", "done"])
    let news = try #require(try await store.news(NewsRequest(session: answer.key, since: 2, answer: nil, offset: 0)))
    #expect(news.version == 7 && ToolCalls(news.messages[0].tools).status(of: "b") == .done)
  }

  private static func keep(
    _ answer: Answer, _ number: Int64, _ content: String, at offset: Int = 0, takeovers: Int64 = 0
  ) -> Change {
    .keep(
      Change.Keeping(
        session: answer.key, answer: answer.answer, takeovers: takeovers, number: number, offset: offset,
        content: Array(content.utf8)))
  }

  @Test func stepsAreKeptInOrderUntilTheEnd() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let answer = try await Self.begun(fixture, store)
    func steps() async throws -> [String] {
      try await store.steps(of: answer.key, to: answer.answer).map {
        "\($0.offset) \(String(decoding: $0.content, as: UTF8.self))"
      }
    }
    // Several at once, beside text, and again, since the answer to the first time was lost.
    let group = Group(
      changes: [Self.keep(answer, 2, "\"b\\u0000\"", at: 4), Self.keep(answer, 1, "1e999", at: 0)],
      growths: [grow(answer.key, answer.answer, at: 0, "text")])
    for isRepeated in [false, true] {
      let outcome = await store.commit(group, isRepeated: isRepeated)
      #expect(outcome.changes == [.committed(version: 0, createdAt: 0), .committed(version: 0, createdAt: 0)])
    }
    #expect(try await steps() == ["0 1e999", "4 \"b\\u0000\""])
    // Who does not have the answer, or has lost it meanwhile, keeps nothing.
    let other = try fixture.node()
    #expect(await other.commit(Group(changes: [Self.keep(answer, 3, "x")])).changes == [.refused])
    #expect(await store.commit(Group(changes: [Self.keep(answer, 3, "x", takeovers: 1)])).changes == [.refused])
    let another = try await Self.begun(fixture, store)
    _ = await store.commit(Group(changes: [Self.keep(another, 1, "another's")]))
    // Those of the server that has taken it over come behind.
    _ = try await fixture.client.query(
      "UPDATE runs SET takeovers = 1 WHERE answer_id = $1", [.uuid(answer.answer.uuid)])
    _ = await store.commit(Group(changes: [Self.keep(answer, 1, "c", takeovers: 1)]))
    #expect(try await steps().last == "0 c")
    // An end that is refused takes nothing away.
    func end(_ takeovers: Int64) -> Change {
      guard case .complete(var ending) = complete(answer.key, answer.question, answer.answer, "text") else {
        return complete(answer.key, answer.question, answer.answer, "text")
      }
      (ending.takeovers, ending.hasSteps) = (takeovers, true)
      return .complete(ending)
    }
    #expect(await store.commit(Group(changes: [end(0)])).changes == [.refused])
    #expect(try await steps().count == 3)
    #expect(await store.commit(Group(changes: [end(1)])).changes[0].version == 3)
    #expect(try await steps().isEmpty)
    #expect(try await store.steps(of: another.key, to: another.answer).count == 1)
    // Nor do those of a session stay that is deleted.
    _ = await store.commit(Group(changes: [.delete(Change.Deletion(session: another.key))]))
    #expect(try await fixture.client.query("SELECT count(*) FROM answer_steps").int(0, 0) == 0)
  }

  @Test func theFirstDecisionCounts() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let other = try fixture.node()
    let answer = try await Self.begun(fixture, store)
    let notes = [Self.note(answer, "a", .waiting), Self.note(answer, "b", .running)]
    for note in notes { _ = await store.commit(Group(changes: [note])) }
    for (call, verdict) in [("c", Outcome.Denial.absent), ("b", .unfit)] {
      #expect(await other.commit(Group(changes: [Self.decide(answer, call, .approved)])).changes == [.denied(verdict)])
    }
    // By a server that does not even have the answer; and again, since the answer to that was lost.
    let first = Self.decide(answer, "a", .approved)
    for isRepeated in [false, true] {
      let outcome = await other.commit(Group(changes: [first]), isRepeated: isRepeated).changes[0]
      guard case .decided(let decided) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(decided.version == 5 && decided.verdict == .approved && !decided.isDuplicate)
      #expect(try JSONValue(parsing: decided.tool)["status"] == "running")
    }
    for verdict in ToolVerdict.allCases {
      let outcome = await store.commit(Group(changes: [Self.decide(answer, "a", verdict)])).changes[0]
      guard case .decided(let decided) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(decided.version == 5 && decided.verdict == .approved && decided.isDuplicate)
    }
    #expect(try await Self.tools(fixture, answer).map { $0["status"] } == ["running", "running"])
    #expect(try await fixture.count("tool_decisions") == 1)
    let (record, _) = try #require(try await store.open(PageRequest(session: answer.id, limit: 1)))
    #expect(record.version == 5)
  }

  /// Until when a call waits is said by the database's clock, once: whoever has the answer, and however often that is stored.
  @Test func aCallWaitsUntilOneMoment() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let answer = try await Self.begun(fixture, store)
    func standing(_ call: String, of node: NodeStore) async throws -> StoredStanding {
      try await node.standing(of: call, in: answer.answer, of: answer.key)
    }
    func waits() async throws -> String {
      try await fixture.client.query("SELECT coalesce(waits::text, '') FROM runs").text(0, 0)
    }
    let group = Group(changes: [Self.note(answer, "a", .waiting, within: 600_000)])
    _ = await store.commit(group)
    let first = try await waits()
    _ = await store.commit(group, isRepeated: true)
    _ = await store.commit(Group(changes: [Self.note(answer, "b", .waiting, within: 1)]))
    _ = await store.commit(Group(changes: [Self.note(answer, "c", .running)]))
    let other = try fixture.node()
    _ = try await fixture.client.query("UPDATE runs SET node = $1, takeovers = 1", [other.node])
    let known = try await standing("a", of: other)
    let left = try #require(known.millisecondsLeft)
    #expect(known.verdict == nil && (1...600_000).contains(left))
    #expect(try await waits().contains(first.dropFirst().dropLast()))
    let running = try await standing("c", of: other)
    #expect(running.verdict == nil && running.millisecondsLeft == nil)
    var rest: Int64 = 1
    while rest > 0 { rest = try #require(try await standing("b", of: other).millisecondsLeft) }
    // What was decided is known from then on.
    _ = await store.commit(Group(changes: [Self.decide(answer, "b", .expired)]))
    #expect(try await standing("b", of: other).verdict == .expired)
    _ = await other.commit(Group(changes: [complete(answer.key, answer.question, answer.answer, "so", takeovers: 1)]))
    let ended = try await standing("a", of: other)
    #expect(ended.verdict == nil && ended.millisecondsLeft == nil)
  }

  @Test func nothingIsDecidedWhereNothingIsBeingMade() async throws {
    let fixture = try await StoreFixture()
    let store = try fixture.node()
    let answer = try await Self.begun(fixture, store)
    _ = await store.commit(Group(changes: [Self.note(answer, "a", .waiting)]))
    _ = await store.commit(Group(changes: [complete(answer.key, answer.question, answer.answer, "so")]))
    #expect(await store.commit(Group(changes: [Self.decide(answer, "a", .approved)])).changes == [.denied(.unfit)])
    #expect(try await fixture.count("tool_decisions") == 0)
    // Those that there are go with their session.
    let second = try await Self.begun(fixture, store)
    _ = await store.commit(Group(changes: [Self.note(second, "a", .waiting)]))
    _ = await store.commit(Group(changes: [Self.decide(second, "a", .rejected)]))
    #expect(try await fixture.count("tool_decisions") == 1)
    _ = try await fixture.client.query("DELETE FROM sessions WHERE id = $1", [.int8(second.key.rawValue)])
    #expect(try await fixture.count("tool_decisions") == 0)
  }
}
