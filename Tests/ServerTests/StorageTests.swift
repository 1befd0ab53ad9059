import EmbeddedPostgres
import Glibc
import JSONWire
import Postgres
import SkeinTestKit
import Testing

/// A database that can be reached and stores nothing: it is read-only, or its disk is full. Connections stay, who asks is
/// told `unavailable` at once, what was accepted is finished when that is possible again, and nothing is stored twice.
@Suite(.serialized, .timeLimit(.minutes(5))) struct StorageTests {
  @Test func aReadOnlyDatabase() async throws {
    let postgres = try PrivatePostgres()
    let agent = HeldAgent()
    let server = try await TestServer(url: try await postgres.database(), agents: ["held": agent])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: "held")
    try await client.ask("before")
    try await Self.grow(client)

    try await postgres.setReadOnly(true)
    // Whoever asks first, by which the server notices, is told at once too.
    let refused = try await refusal(client, "meanwhile")
    #expect(try #require(refused["retry_after_ms"]?.int) > 0)
    try await until(ready: 503, server)
    #expect(try await server.http().get("/health/ready").text == "the database takes no changes\n")
    #expect(try await server.http().get("/health/live").status == 200)
    for (resource, content) in [("messages", message("hi")), ("stop", [:]), ("tickets", [:])] {
      let response = try await server.http().post(resource, identity, content)
      #expect(response.status == 503)
      #expect(response["retry-after"] == "1")
      #expect(response.json["code"] == "unavailable")
    }
    for frame: JSONValue in [
      ["type": "run.stop"], ["type": "session.update", "title": "T"],
      [
        "type": "run.retry", "message": .string(try #require(await client.transcript.from("assistant").first?.id)),
        "id": .string(JSONValue.messageID()),
      ],
    ] {
      await client.send(frame)
      #expect(try await client.settle().contains { $0["code"] == "unavailable" })
    }
    // What is stored can be read.
    let reader = try await server.client(identity)
    #expect(await reader.transcript.from("assistant").first?.status == "complete")
    let newcomer = try await server.connect()
    #expect(try await newcomer.request(["type": "hello"])["code"] == "unavailable")

    agent.release()
    try await postgres.setReadOnly(false)
    try await until(ready: 200, server)
    // The answer that was under way goes on to its end; what was refused is stored once.
    #expect(try await again(client, refused)["duplicate"] == false)
    try await client.until { Self.isAnswered($0) }
    #expect(await client.transcript.from("assistant")[1].content.count == 3000)
    try await reader.until { Self.isAnswered($0) }
    #expect(try await newcomer.request(["type": "hello"])["type"] == "welcome")
    #expect(try await server.stored(identity.session) == client.transcript.asStored)
    #expect(await reader.transcript.asStored == client.transcript.asStored)
    await server.stop()
    try postgres.server.stop()
  }

  @Test func aFullDisk() async throws {
    let postgres = try PrivatePostgres()
    let agent = HeldAgent()
    let server = try await TestServer(url: try await postgres.database(), agents: ["held": agent])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: "held")
    try await client.ask("before")
    try await Self.grow(client)

    // No page can be added to the table, but half of one, which PostgreSQL takes for what it would be on a full disk. A
    // message that fills a page by itself finds no room between others.
    try await postgres.script("ALTER TABLE messages ALTER COLUMN content SET STORAGE PLAIN", database: server.url)
    try await fill(server)
    let size = try await server.query("SELECT pg_relation_size('messages')").int(0, 0)
    try postgres.limitFiles(to: UInt64(size) + 4096)
    let refused = try await refusal(client, String(repeating: "a page ", count: 1100))
    #expect(try #require(refused["retry_after_ms"]?.int) > 0)
    try await until(ready: 503, server)
    // Another table has room still: what needs no more goes on.
    agent.release()
    try await client.until { $0.from("assistant")[1].content.count == 3000 }
    #expect(try await server.http().get("/health/ready").status == 503)

    try postgres.limitFiles(to: nil)
    try await until(ready: 200, server)
    #expect(try await again(client, refused)["duplicate"] == false)
    try await client.until { Self.isAnswered($0) }
    #expect(await client.transcript.from("assistant")[1].content.count == 3000)
    #expect(try await server.stored(identity.session) == client.transcript.asStored)
    await server.stop()
    try postgres.server.stop()
  }

  /// PostgreSQL gives itself up where its journal can't be written, and can't recover before there is room.
  @Test func aFullDiskOfTheJournal() async throws {
    let postgres = try PrivatePostgres(isDurable: true)
    let agent = HeldAgent()
    let server = try await TestServer(url: try await postgres.database(), agents: ["held": agent])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: "held")
    try await client.ask("before")
    // From the beginning of a file of the journal on there is room for the half of it.
    try await postgres.script("SELECT pg_switch_wal()")
    try await client.ask("there is the file")
    try postgres.limitFiles(to: 8 << 20)
    try await Self.grow(client)
    var hasDied = false
    for _ in 0..<50 where !hasDied {
      do { try await fill(server) } catch { hasDied = true }
    }
    #expect(hasDied)
    let refused = try await refusal(client, "meanwhile")

    agent.release()
    try postgres.limitFiles(to: nil)
    // It may have ended for good, which the embedded one's own server would see to.
    while try await server.http().get("/health/ready").status != 200 {
      try postgres.server.revive()
      try await Task.sleep(for: .milliseconds(100))
    }
    _ = try await again(client, refused)
    try await client.until { Self.isAnswered($0) }
    #expect(await client.transcript.from("assistant")[2].content.count == 3000)
    #expect(try await server.stored(identity.session) == client.transcript.asStored)
    await server.stop()
    try postgres.server.stop()
  }

  // MARK: Steps

  /// Asks for an answer of 3,000 bytes, of which the beginning comes.
  private static func grow(_ client: ChatClient) async throws {
    await client.say("hold")
    try await client.until { $0.from("assistant").last?.content.count == HeldAgent.beginning }
  }

  /// Whether every question has its answer, also the one that was sent again.
  private static func isAnswered(_ transcript: Transcript) -> Bool {
    transcript.from("user").last?.text == "again"
      && transcript.from("user").allSatisfy { question in
        transcript.messages.contains { $0.replyTo == question.id && $0.status == "complete" }
      }
  }

  /// Sends messages until one is refused since the database takes nothing.
  /// - Returns: the refusal, whose `ref` is the message's id.
  private func refusal(_ client: ChatClient, _ content: String) async throws -> JSONValue {
    while true {
      let id = JSONValue.messageID()
      await client.say(content, id: id, ref: id)
      // One that was on its way to a database that dies waits for its answer.
      if let frame = try await client.settle().first(where: { $0["code"] == "unavailable" }) { return frame }
    }
  }

  /// Sends a message again that was refused.
  /// - Returns: its acceptance.
  private func again(_ client: ChatClient, _ refused: JSONValue) async throws -> JSONValue {
    let id = try #require(refused["ref"]?.string)
    while true {
      await client.say("again", id: id, ref: id)
      while true {
        let frame = try await client.next()
        guard frame["ref"]?.string == id else { continue }
        if frame["type"] == "message.accepted" { return frame }
        break
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Adds 18 MiB to the messages, more than a file of PostgreSQL's journal.
  private func fill(_ server: TestServer) async throws {
    _ = try await server.query(
      """
      INSERT INTO messages (session_id, id, created_version, version, role, status, content, created_at)
      SELECT -1, gen_random_uuid(), (random() * 1e15)::int8, 1, 'user', 'complete', repeat(md5(n::text), 58), now()
      FROM generate_series(1, 9200) n
      """)
  }

  private func until(ready status: Int, _ server: TestServer) async throws {
    #expect(try await comesTrue { try await server.http().get("/health/ready").status == status })
  }
}
