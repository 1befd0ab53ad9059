@testable import Conversation
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

/// Sessions that are exported and imported are what they were.
@Suite struct TransferTests {
  /// Some sessions with all that a message can have, and one that is being answered.
  private static func fill(_ fixture: StoreFixture) async throws {
    let store = try fixture.node()
    for number in 0..<7 {
      let id = randomSession()
      guard
        case .created(let key)? = await store.commit(Group(changes: [fixture.creation(id, owner: UInt8(number / 2))]))
          .changes.first
      else { throw TestClientError.unexpected("no session") }
      for turn in 0..<number {
        let (question, answer) = (randomMessage(), randomMessage())
        _ = await store.commit(
          Group(changes: [accept(key, question, "why \(turn)? \"\\ üßא\u{1}\n", metadata: #"{"a": [1, "b"]}"#)]))
        _ = await store.commit(Group(changes: [begin(key, question, answer)]))
        if number == 6, turn == 5 {
          _ = await store.commit(Group(growths: [grow(key, answer, at: 0, "half of")]))
          continue
        }
        var completion = Completion(turn == 2 ? .failed : .complete)
        if turn == 2 { completion.error = AnswerError(code: "agent_failed", message: "It broke.") }
        completion.usage = Usage(
          inputTokens: 3, outputTokens: 4, cachedTokens: 2, cost: Cost(picos: 1_350_001, currency: "EUR"),
          isEstimated: turn == 1)
        completion.citations = [Citation(title: "T", url: "u", excerpt: "x")]
        completion.processingMilliseconds = 12
        _ = await store.commit(
          Group(changes: [
            .complete(
              Change.Ending(
                session: key, question: question, answer: answer, content: Array("answer \(turn)".utf8),
                completion: completion))
          ]))
        _ = await store.commit(
          Group(changes: [
            .rate(Change.Rating(session: key, id: randomMessage(), message: answer, rating: .up, comment: "good"))
          ]))
      }
      var update = Change.Update(session: key, id: randomMessage(), base: nil, title: nil, context: SessionContext())
      if number > 2 { (update.title, update.isTitleSet, update.description) = ("Title \(number)", true, "D") }
      update.metadata = SessionContext(JSONObject([("n", .int(Int64(number)))]))
      _ = await store.commit(Group(changes: [.update(update)]))
      if number == 3 { _ = await store.commit(Group(changes: [.delete(Change.Deletion(session: key))])) }
    }
  }

  private static func export(_ fixture: StoreFixture) async throws -> [[UInt8]] {
    var lines: [[UInt8]] = []
    let tally = try await Exporter(fixture.client).run { lines.append($0.line) }
    #expect(tally.sessions + tally.messages == lines.count)
    return lines
  }

  private static func load(_ lines: some Sequence<[UInt8]>, _ fixture: StoreFixture) async throws -> Importer.Tally {
    var importer = Importer(fixture.client)
    for line in lines { try await importer.take(Array(line.dropLast())) }
    try await importer.finish()
    return importer.tally
  }

  @Test func whatIsImportedIsWhatWasExported() async throws {
    let (one, two) = (try await StoreFixture(), try await StoreFixture())
    try await Self.fill(one)
    let lines = try await Self.export(one)
    let messages = 2 * [1, 2, 4, 5, 6].reduce(0, +)
    #expect(lines.count == 6 + messages)
    #expect(try await Self.load(lines, two) == Importer.Tally(sessions: 6, messages: 36))
    #expect(try await Self.export(two) == lines)
    // The same again changes nothing.
    #expect(try await Self.load(lines, two) == Importer.Tally(known: 6))
    #expect(try await Self.load(lines, one) == Importer.Tally(known: 6))
    for fixture in [one, two] { #expect(try await Self.export(fixture) == lines) }
    #expect(try await two.count("search_entries") == 36 + 3)
    // What was said goes on there.
    let store = try two.node()
    guard case .session(let last)? = try? TransferRecord(line: Array(lines[lines.count - 13].dropLast()), number: 1)
    else {
      throw TestClientError.unexpected("no session")
    }
    let (record, page) = try #require(try await store.open(PageRequest(session: last.id, limit: 50)))
    #expect(record.version == last.version && record.title == "Title 6" && page.messages.count == 12)
    let cut = try #require(page.messages.last)
    #expect(cut.status == .interrupted)
    #expect(String(decoding: cut.content, as: UTF8.self) == "half of")
    let next = await store.commit(Group(changes: [accept(record.key, randomMessage())])).changes.first
    #expect(next?.version == last.version + 1)
  }

  /// An import that ends in the middle shows nothing of the session that it was at, and is gone on with from its beginning.
  @Test(arguments: [1, 2, 9, 20]) func halfAFile(lines count: Int) async throws {
    let (one, two) = (try await StoreFixture(), try await StoreFixture())
    try await Self.fill(one)
    let lines = try await Self.export(one)
    var importer = Importer(two.client)
    for line in lines.prefix(count) { try await importer.take(Array(line.dropLast())) }
    let broken = Array("{\"type\":\"message\"}".utf8)
    await #expect(throws: TransferError.self) { try await importer.take(broken) }
    let half = try await Self.export(two)
    #expect(half == Array(lines.prefix(half.count)) && half.count < count)
    let tally = try await Self.load(lines, two)
    #expect(tally.sessions + tally.known == 6)
    #expect(try await Self.export(two) == lines)
  }

  @Test func aSessionThatIsMadeInParts() async throws {
    let (one, two) = (try await StoreFixture(), try await StoreFixture())
    let store = try one.node()
    let (_, key) = try await one.session(store)
    // More than is held at once, in number and in bytes.
    _ = try await one.client.query(
      PostgresStatement(
        """
        WITH s AS (UPDATE sessions SET version = 2600, message_count = 2600)
        INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at)
        SELECT \(key.rawValue), gen_random_uuid(), v, v, 'user', 'complete',
          repeat('x', CASE WHEN v > 2500 THEN 60000 ELSE 10 END), now() FROM generate_series(1, 2600) v
        """, prepared: false))
    let lines = try await Self.export(one)
    #expect(lines.count == 2601)
    #expect(try await Self.load(lines, two) == Importer.Tally(sessions: 1, messages: 2600))
    #expect(try await Self.export(two) == lines)
  }
}
