import JSONWire
import Postgres
import Server
import SkeinTestKit
import Testing

/// What a server leaves behind, another takes up.
@Suite struct RestartTests {
  private static let endless = "/script {\"chunks\":100000,\"bytes\":12,\"interval_ms\":10,\"continues\":false}"

  @Test func aGracefulStopClosesWith1012() async throws {
    let server = try await TestServer()
    let (idle, early) = (try await server.client(), try await server.connect())
    async let stopping: Void = server.stop()
    #expect(try await idle.untilClosed() == 1012)
    #expect(try await early.untilClosed() == 1012)
    await stopping
    await #expect(throws: (any Error).self) { try await server.connect() }
  }

  @Test func duplicatesAreKnownAfterARestart() async throws {
    var server = try await TestServer()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let id = await client.say("hi")
    let first = try await client.next()
    try await client.until("message.completed")
    let seen = await client.transcript
    server = try await server.restarted()
    let again = try await server.resume(identity, seen)
    #expect(await again.transcript == seen)
    await again.say("hi again", id: id)
    let accepted = try await again.next()
    #expect(accepted["duplicate"] == true)
    #expect(accepted["version"] == first["version"])
    #expect(accepted["created_at"] == first["created_at"])
    await again.say("x", id: seen.from("assistant")[0].id)
    #expect(try await again.next()["code"] == "bad_field")
    await server.stop()
  }

  @Test func answersInTheMakingAreInterruptedAndWhatWaitsIsAnswered() async throws {
    var server = try await TestServer()
    let identities = (0..<6).map { _ in Identity.random() }
    var seen: [Transcript] = []
    for identity in identities {
      let client = try await server.client(identity)
      await client.say(Self.endless)
      try await client.until { $0.from("assistant").last?.content.count ?? 0 >= 36 }
      await client.say("/script {\"text\":\"late but answered\"}")
      try await client.until { $0.from("user").count == 2 }
      seen.append(await client.transcript)
    }
    server = try await server.restarted()
    for (identity, seen) in zip(identities, seen) {
      let client = try await server.resume(identity, seen)
      try await client.until { $0.from("assistant").count == 2 && $0.from("assistant").last?.status == "complete" }
      let transcript = await client.transcript
      let answers = transcript.from("assistant")
      #expect(answers[0].status == "interrupted")
      // Every byte that was shown is there.
      #expect(answers[0].content.starts(with: seen.from("assistant")[0].content))
      #expect(answers[1].text == "late but answered")
      #expect(try await server.stored(identity.session) == transcript.asStored)
      #expect(try await client.ask("hi").status == "complete")
    }
    await server.stop()
  }

  /// Nobody has to come back for it.
  @Test func whatWaitsIsAnsweredWithoutAnyClient() async throws {
    var server = try await TestServer()
    let identity = Identity.random()
    let client = try await server.client(identity)
    await client.say(Self.endless)
    await client.say("/script {\"text\":\"answered\"}")
    try await client.until { $0.from("user").count == 2 && $0.from("assistant").count == 1 }
    server = try await server.restarted()
    var stored: [StoredMessage] = []
    _ = try await comesTrue {
      stored = try await server.stored(identity.session)
      return stored.count == 4 && stored.last?.status == "complete"
    }
    #expect(stored.filter { $0.role == "assistant" }.map(\.status) == ["interrupted", "complete"])
    #expect(try await server.query("SELECT count(*) FROM runs").int(0, 0) == 0)
    #expect(try await server.query("SELECT count(*) FROM message_chunks").int(0, 0) == 0)
    await server.stop()
  }

  /// A node that is gone has left a question that it had not begun to answer. A client comes before the lease has run
  /// out, and asks something itself.
  @Test func aQuestionThatBelongsToAnotherNodeIsNotForgotten() async throws {
    var server = try await TestServer()
    let identity = Identity.random()
    let client = try await server.client(identity)
    try await client.ask("hi")
    let seen = await client.transcript
    await server.stop()
    let question = JSONValue.messageID()
    _ = try await server.query(
      """
      WITH s AS (UPDATE sessions SET version = version + 1 WHERE public_id = $1 RETURNING id, version),
      m AS (INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at)
        SELECT id, $2::text::uuid, version, version, 'user', 'complete', '/script {"text":"of old"}', now() FROM s)
      INSERT INTO runs (session_id, question_id, place, node, lease_until)
      SELECT id, $2::text::uuid, version, gen_random_uuid(), now() + interval '3 s' FROM s
      """, [.text(identity.session), .text(question)])
    server = try await TestServer(url: server.url)
    let back = try await server.resume(identity, seen)
    await back.say("/script {\"text\":\"of now\"}")
    try await back.until { $0.from("assistant").count { $0.status == "complete" } == 3 }
    #expect(Set(await back.transcript.from("assistant").map(\.text).suffix(2)) == ["of old", "of now"])
    #expect(try await server.stored(identity.session) == back.transcript.asStored)
    await server.stop()
  }
}
