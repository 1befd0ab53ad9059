import HTTPClient
import HTTPWire
import JSONWire
import Postgres
import Server
import SkeinTestKit
import Testing

/// Models that are asked over TLS, by HTTP/2, and what becomes of their answers in the conversation.
@Suite(.enabled(if: HTTP2Front.isInstalled, "nghttp2-proxy is not installed"))
struct EncryptedModelTests {
  /// Runs `body` with a model behind a server of HTTP/2, and a server on one loop that believes it.
  private func with(
    isTrusted: Bool = true, _ respond: @escaping @Sendable (ServiceRequest) -> [ServiceStep],
    _ body: (TestServer, ScriptedService, HTTP2Front) async throws -> Void
  ) async throws {
    let service = try await ScriptedService(respond)
    let front = try await HTTP2Front(before: service)
    try await TestServer.with {
      $0.loops = 1
      if isTrusted { $0.http.authorities = front.authorities }
    } _: { server in
      try await body(server, service, front)
    }
    await service.close()
    front.kill()
  }

  /// Says more once it is let go.
  private static let held = ServiceScript.stream(ServiceScript.chat(["So ", "far"]), holdAt: 2)

  /// Why the answers of a session have failed, in the order of their questions.
  private func errors(_ server: TestServer, _ session: String) async throws -> [String?] {
    let rows = try await server.query(
      """
      SELECT m.error_message FROM messages m JOIN sessions s ON s.id = m.session_id
      WHERE s.public_id = $1 AND m.role = 'assistant' ORDER BY m.created_version
      """, [.text(session)])
    return try (0..<rows.count).map { try rows.optional($0, 0, rows.text) }
  }

  @Test func answersAtOnceShareAConnectionAndAStopEndsOnlyItsOwn() async throws {
    try await with { _ in
      Self.held
    } _: { server, service, front in
      let slug = try await ModelFixture.agent(on: server, kind: "chat-completions", url: front.url)
      var conversations: [(identity: Identity, client: ChatClient)] = []
      for _ in 0..<5 {
        let identity = Identity.random()
        conversations.append((identity, try await server.client(identity, agent: slug)))
      }
      for conversation in conversations { await conversation.client.say("Tell me") }
      // Each of them shows its first piece while the rest is still to come.
      for conversation in conversations { try await conversation.client.until("message.delta") }
      await conversations[0].client.send(["type": "run.stop"])
      #expect(try await conversations[0].client.until("message.completed")["status"] == "stopped")
      await service.until { $0.abandoned == 1 }
      await service.letGo()
      for (number, conversation) in conversations.enumerated() {
        if number > 0 { try await conversation.client.until("message.completed") }
        let stored = try await server.stored(conversation.identity.session)
        #expect(await conversation.client.transcript.asStored == stored)
        #expect(stored.last?.status == (number == 0 ? "stopped" : "complete"))
        #expect(stored.last?.content == Array((number == 0 ? "So " : "So far").utf8))
      }
      let asked = await service.requests
      #expect(asked.count == 5 && asked.allSatisfy { $0.frontVersion == "2" })
      #expect(Set(asked.map(\.frontConnection)).count == 1)
      #expect(await service.abandoned == 1)
    }
  }

  @Test func aConnectionThatIsCutFailsItsAnswersAndTheNextQuestionHasAnother() async throws {
    try await with { _ in
      Self.held
    } _: { server, service, front in
      let slug = try await ModelFixture.agent(on: server, kind: "chat-completions", url: front.url)
      var conversations: [(identity: Identity, client: ChatClient)] = []
      for _ in 0..<3 {
        let identity = Identity.random()
        conversations.append((identity, try await server.client(identity, agent: slug)))
      }
      for conversation in conversations { await conversation.client.say("Tell me") }
      for conversation in conversations { try await conversation.client.until("message.delta") }
      front.kill()
      for conversation in conversations {
        #expect(try await conversation.client.until("message.completed")["status"] == "failed")
      }
      try await front.startAgain()
      await service.letGo()
      for conversation in conversations {
        let answer = try await conversation.client.ask("And now?")
        #expect(answer.status == "complete" && answer.text == "So far")
        let stored = try await server.stored(conversation.identity.session)
        #expect(await conversation.client.transcript.asStored == stored)
        #expect(stored.map(\.status) == ["complete", "failed", "complete", "complete"])
        #expect(stored[1].content == Array("So ".utf8))
        #expect(
          try await errors(server, conversation.identity.session) == ["The model's answer broke off.", nil])
      }
      #expect(Set(await service.requests.map(\.frontConnection)).count == 2)
    }
  }

  @Test func whoCanNotProveWhoItIsIsToldNothing() async throws {
    try await with(isTrusted: false) { _ in
      Self.held
    } _: { server, service, front in
      let slug = try await ModelFixture.agent(on: server, kind: "messages", url: front.url)
      let identity = Identity.random()
      let client = try await server.client(identity, agent: slug)
      #expect(try await client.ask("Tell me").status == "failed")
      #expect(
        try await errors(server, identity.session) == ["The model's server could not prove who it is."])
      #expect(await service.requests.isEmpty)
    }
  }
}
