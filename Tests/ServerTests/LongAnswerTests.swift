import JSONWire
import SkeinTestKit
import Testing

/// Answers that are longer than a frame.
@Suite struct LongAnswerTests {
  @Test func anAnswerOverManyFrames() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let answer = try await client.ask("/script {\"chunks\":30,\"bytes\":30000}")
    #expect(answer.content.count == 900_000)
    #expect(answer.status == "complete")
    #expect(try await server.stored(identity.session) == client.transcript.asStored)

    // A fresh page: the answer's rest follows.
    let fresh = try await server.client(identity)
    try await fresh.until { $0.position != nil }
    #expect(await fresh.transcript.messages.last == answer)
    #expect(try await fresh.settle() == [])
    // While it is not whole there is no position.
    let cut = try await server.client(identity)
    #expect(await cut.transcript.position == nil)
    await cut.drop()

    // By history.
    let pager = try await server.client(identity, history: 0)
    await pager.send(["type": "history.load", "before": .string(try #require(await pager.transcript.before))])
    try await pager.until("history.page")
    try await Self.loadAll(pager)
    #expect(await pager.transcript.asStored == client.transcript.asStored)
  }

  @Test func severalLongAnswers() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    for _ in 0..<4 { try await client.ask("/script {\"chunks\":10,\"bytes\":15000}") }
    let pager = try await server.client(identity)
    try await Self.loadAll(pager)
    #expect(await pager.transcript.asStored == client.transcript.asStored)
  }

  /// Pages back to the start, each time once the last page is whole.
  private static func loadAll(_ client: ChatClient) async throws {
    var asked: String?
    while true {
      let transcript = await client.transcript
      if transcript.position != nil {
        guard let before = transcript.before else { return }
        if asked != before { await client.send(["type": "history.load", "before": .string(before)]) }
        asked = before
      }
      _ = try await client.next()
    }
  }

  /// Every character takes six bytes of JSON, so that a chunk is longer than a frame.
  @Test func escapesThatFillFrames() async throws {
    let bell = String(repeating: "\u{7}", count: 60_000)
    try await TestServer.with(agents: ["bell": RecitingAgent(chunks: [bell, "é" + bell], interval: 0)]) { server in
      let identity = Identity.random()
      let client = try await server.client(identity, agent: "bell")
      let answer = try await client.ask("ring")
      #expect(answer.content == Array((bell + "é" + bell).utf8))
      let fresh = try await server.client(identity)
      try await fresh.until { $0.position != nil }
      #expect(await fresh.transcript.messages.last == answer)
    }
  }

  @Test func joiningInTheMiddle() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    await client.say("/script {\"chunks\":60,\"bytes\":15000,\"interval_ms\":10}")
    try await client.until { $0.from("assistant").last?.content.count ?? 0 > 300_000 }
    let late = try await server.client(identity)
    for each in [client, late] { try await each.until { $0.messages.last?.status == "complete" && $0.position != nil } }
    #expect(await late.transcript.messages.last == client.transcript.messages.last)
    #expect(await late.transcript.messages.last?.content.count == 900_000)
    #expect(try await server.stored(identity.session) == client.transcript.asStored)
  }

  /// A reader that does not read costs an offset, not a queue: when it reads again it is given the rest.
  @Test func aSlowReaderLosesNothing() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let slow = try await ChatClient.connect(to: server.port, receiveBuffer: 4096)
    try await slow.hello(identity)
    await slow.socket.setReading(false)
    try await client.ask("/script {\"chunks\":60,\"bytes\":15000}")
    for _ in 0..<20 { try await client.ask("hi") }
    await slow.socket.setReading(true)
    try await slow.until { $0.from("assistant").filter { $0.status == "complete" }.count == 21 }
    #expect(await slow.transcript == client.transcript)
  }

  @Test func chunksAreCutBetweenScalars() async throws {
    let text = "👩‍👩‍👧‍👦 é e\u{301} ß שלום مرحبا 日本語 🏳️‍🌈 \u{10FFFF}"
    let agent = RecitingAgent(chunks: text.unicodeScalars.map { String($0) }, interval: 1)
    try await TestServer.with(agents: ["reciter": agent]) { server in
      let client = try await server.client(agent: "reciter")
      await client.say("go")
      let completed = try await client.until("message.completed")
      #expect(await client.transcript.messages.last?.content == Array(text.utf8))
      #expect(completed["citations"] == [["title": "Where from", "url": "/docs/x.md", "excerpt": "\"so\""]])
      #expect(completed["usage"] == ["input_tokens": 3, "output_tokens": 4])
    }
  }
}
