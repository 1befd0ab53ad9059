import Agents
import Conversation
import JSONWire
import Postgres
import Server
import SkeinTestKit
import Testing

/// Answers that go on on another server.
@Suite struct ContinuationTests {
  private static let long = "/script {\"chunks\":300,\"bytes\":12,\"interval_ms\":10}"
  private static let longBytes = 300 * 12

  /// The same message, behind what was shown of it, and no version more.
  @Test func anAnswerGoesOnAfterARestart() async throws {
    var server = try await TestServer()
    let identity = Identity.random()
    let client = try await server.client(identity)
    await client.say(Self.long)
    try await client.until { $0.from("assistant").last?.content.count ?? 0 >= 60 }
    let seen = await client.transcript
    server = try await server.restarted()
    let again = try await server.resume(identity, seen)
    try await again.until { $0.from("assistant").last?.status == "complete" }
    let answers = await again.transcript.from("assistant")
    let before = try #require(seen.from("assistant").first)
    #expect(answers.map(\.id) == [before.id])
    #expect(answers[0].createdVersion == before.createdVersion && answers[0].version == before.version + 1)
    #expect(answers[0].content.count == Self.longBytes && answers[0].content.starts(with: before.content))
    #expect(try await server.stored(identity.session) == again.transcript.asStored)
    #expect(try await server.query("SELECT count(*) FROM message_chunks").int(0, 0) == 0)
    // What it says is what it would have said.
    #expect(try await again.ask(Self.long).content == answers[0].content)
    await server.stop()
  }

  /// A reader on one server sees an answer of another go on here, while that ends.
  @Test func anAnswerGoesOnUnderItsReaders() async throws {
    let first = try await TestServer()
    let second = try await TestServer(url: first.url)
    let identity = Identity.random()
    let client = try await first.client(identity)
    let watching = try await second.client(identity)
    await client.say(Self.long)
    try await watching.until { $0.from("assistant").last?.content.count ?? 0 >= 60 }
    await first.stop()
    try await watching.until { $0.from("assistant").last?.status == "complete" }
    #expect(await watching.transcript.from("assistant").map(\.content.count) == [Self.longBytes])
    #expect(try await second.stored(identity.session) == watching.transcript.asStored)
    await second.stop()
  }

  /// An answer that can be stopped where it goes on, too.
  @Test func anAnswerThatGoesOnCanBeStopped() async throws {
    var server = try await TestServer()
    let identity = Identity.random()
    let client = try await server.client(identity)
    await client.say("/script {\"chunks\":100000,\"bytes\":12,\"interval_ms\":10}")
    try await client.until { $0.from("assistant").last?.content.count ?? 0 >= 60 }
    let seen = await client.transcript
    server = try await server.restarted()
    let again = try await server.resume(identity, seen)
    let shown = seen.from("assistant")[0].content.count
    try await again.until { $0.from("assistant").last?.content.count ?? 0 > shown + 60 }
    await again.send(["type": "run.stop"])
    try await again.until { $0.from("assistant").last?.status == "stopped" }
    #expect(try await server.stored(identity.session) == again.transcript.asStored)
    await server.stop()
  }

  /// What a server has left behind that is gone, and how it ends.
  struct Case {
    let what: String
    var agent = "script"
    var question = "hi"
    let begun: String
    var takeovers = 0
    var isStopping = false
    let status: String
    let text: String
  }

  static let sentence = "This answer was made by a script."

  static let cases = [
    Case(what: "goes on", begun: "This answer was ma", status: "complete", text: sentence),
    Case(what: "not begun", begun: "", status: "complete", text: sentence),
    Case(what: "all there", begun: sentence, status: "complete", text: sentence),
    Case(what: "says another thing now", begun: "That answer", status: "interrupted", text: "That answer"),
    Case(what: "to be stopped", begun: "This", isStopping: true, status: "stopped", text: "This"),
    Case(what: "the last time", begun: "This", takeovers: 2, status: "complete", text: sentence),
    Case(what: "once too often", begun: "This", takeovers: 3, status: "interrupted", text: "This"),
    Case(what: "an agent that can't", agent: "plain", begun: "So", status: "interrupted", text: "So"),
    Case(
      what: "an agent that can't, before its first byte", agent: "plain", begun: "", status: "interrupted", text: ""),
    Case(what: "no such agent", agent: "gone", begun: "So", status: "interrupted", text: "So"),
  ]

  @Test func whatAServerLeavesBehind() async throws {
    // Both agents are in the directory, one of them is not there any more.
    let plain = RecitingAgent(chunks: ["So it is."], interval: 0)
    var server = try await TestServer(agents: ["plain": plain, "gone": plain])
    let identities = Self.cases.map { _ in Identity.random() }
    for (test, identity) in zip(Self.cases, identities) { _ = try await server.client(identity, agent: test.agent) }
    await server.stop()
    let answers = Self.cases.map { _ in JSONValue.messageID() }
    for (index, test) in Self.cases.enumerated() {
      _ = try await server.query(
        """
        WITH s AS (UPDATE sessions SET version = version + 2 WHERE public_id = $1 RETURNING id, version),
        q AS (INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at)
          SELECT id, $2::text::uuid, version - 1, version - 1, 'user', 'complete', $3, now() FROM s),
        a AS (INSERT INTO messages
            (session_id, id, created_version, version, role, status, content, created_at, reply_to)
          SELECT id, $4::text::uuid, version, version, 'assistant', 'streaming', '', now(), $2::text::uuid FROM s),
        c AS (INSERT INTO message_chunks (session_id, message_id, byte_offset, content)
          SELECT id, $4::text::uuid, 0, $5 FROM s WHERE $5 <> '')
        INSERT INTO runs (session_id, question_id, answer_id, place, node, lease_until, takeovers, stopping)
        SELECT id, $2::text::uuid, $4::text::uuid, version - 1, gen_random_uuid(), now(), $6::int8, $7::bool FROM s
        """,
        [
          .text(identities[index].session), .text(JSONValue.messageID()), .text(test.question), .text(answers[index]),
          .text(test.begun), .int8(Int64(test.takeovers)), .bool(test.isStopping),
        ])
    }
    server = try await TestServer(url: server.url, agents: ["plain": plain])
    for (index, test) in Self.cases.enumerated() {
      let client = try await server.client(identities[index], agent: nil)
      try await client.until { $0.messages.last?.status != "streaming" }
      let transcript = await client.transcript
      let answer = try #require(transcript.messages.last)
      #expect(answer.id == answers[index] && answer.createdVersion == 2, "\(test.what)")
      #expect(answer.status == test.status && answer.text == test.text, "\(test.what)")
      #expect(transcript.version == 3, "\(test.what)")
      #expect(try await server.stored(identities[index].session) == transcript.asStored)
    }
    await server.stop()
  }
}
