import Conversation
import JSONWire
import Postgres
import SkeinTestKit
import Testing

/// What models think on the way to their answers: apart from these, and shown where the agent's setting says so.
@Suite struct ReasoningTests {
  private static let shows: (String, JSONValue) = ("show_reasoning", true)

  /// The stream of an answer that thinks, says something, and thinks again.
  private static func answer(_ kind: String, thinking thoughts: [String], saying text: String) -> [ServiceStep] {
    guard kind == "messages" else {
      return ServiceScript.stream(
        thoughts.map { ServiceScript.chat(["reasoning_content": .string($0)]) } + ServiceScript.chat([text]))
    }
    let events = ServiceScript.messages([text], usage: (1, 1))
    let block: JSONValue = ["type": "thinking", "thinking": "", "signature": "s"]
    let thinking =
      [ServiceScript.message(["type": "content_block_start", "index": 9, "content_block": block])]
      + thoughts.map { thought in
        ServiceScript.message([
          "type": "content_block_delta", "index": 9, "delta": ["type": "thinking_delta", "thinking": .string(thought)],
        ])
      } + [ServiceScript.message(["type": "content_block_stop", "index": 9])]
    return ServiceScript.stream([events[0]] + thinking + events.dropFirst())
  }

  @Test(arguments: ["chat-completions", "messages"]) func itIsStoredShownAndToldAgain(kind: String) async throws {
    let service = try await ScriptedService { _ in
      Self.answer(kind, thinking: ["First ", "this."], saying: "Yes.")
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: kind, url: service.url, [Self.shows])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    await client.say("Is it?")
    let frame = try await client.until("message.reasoning")
    let thought: JSONValue = ["id": "reasoning-0-1", "text": "First this."]
    #expect(frame["reasoning"] == thought)
    // It was stored before it was shown.
    let stored = try await server.query(
      "SELECT m.reasoning::text FROM messages m WHERE m.id = $1::text::uuid", [.text(frame["message"]?.string ?? "")])
    #expect(try JSONValue(parsing: stored.text(0, 0)).ordered == [thought.ordered])
    try await client.until { $0.from("assistant").last?.status == "complete" }
    let answer = try #require(await client.transcript.from("assistant").last)
    #expect(answer.text == "Yes." && answer.reasoning.map(\.ordered) == [thought.ordered])
    // To whoever comes again, by a page or by plain HTTP.
    let again = try await server.client(identity, agent: nil)
    #expect(await again.transcript.from("assistant").last?.reasoning.map(\.ordered) == [thought.ordered])
    let path = "/v1/sessions/\(identity.session)/messages"
    let told = try await server.http().ask("GET", path, token: identity.token)
    #expect(told.json["messages"]?.array?.last?["reasoning"]?.array?.map(\.ordered) == [thought.ordered])
    // The model is told what it has said, and not what it has thought.
    _ = try await client.ask("And now?")
    let body = String(decoding: try #require(await service.requests.last).content, as: UTF8.self)
    #expect(body.contains("Yes.") && !body.contains("First this"))
    let found = try await server.http().ask("GET", "/v1/search?q=First", token: identity.token)
    #expect(!found.text.contains("First this"))
    await service.close()
  }

  @Test func unlessTheSettingSaysSoNothingIsKept() async throws {
    let service = try await ScriptedService { _ in
      Self.answer("chat-completions", thinking: ["Between us"], saying: "<think>alone</think>Yes.")
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: "chat-completions", url: service.url)
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    let answer = try await client.ask("Is it?")
    #expect(answer.text == "Yes." && answer.reasoning == [])
    let path = "/v1/sessions/\(identity.session)/messages"
    let told = try await server.http().ask("GET", path, token: identity.token)
    #expect(told.json["messages"]?.array?.last?["reasoning"] == nil && !told.text.contains("Between us"))
    await service.close()
  }

  @Test func eachRoundHasItsOwnWithinTheBytes() async throws {
    let service = try await ScriptedService { request in
      guard request.number == 1 else {
        return Self.answer("chat-completions", thinking: ["abcdefghij"], saying: "Noon.")
      }
      let call = ServiceScript.chat(calling: [.init("a", "current_time")])
      return ServiceScript.stream([ServiceScript.chat(["reasoning": "What time?"])] + call)
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(
      on: server, kind: "chat-completions", url: service.url,
      [Self.shows, ("reasoning_bytes", 15), ("tools", ["time"])])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    let answer = try await client.ask("Is it?")
    #expect(answer.text == "Noon." && answer.tools.count == 1)
    #expect(answer.reasoning.map { $0["text"]?.string } == ["What time?", "abcde"])
    #expect(answer.reasoning.map { $0["truncated"]?.bool } == [nil, true])
    await service.close()
  }

  @Test func anAnswerThatFailsShowsWhatWasThought() async throws {
    let service = try await ScriptedService { _ in
      ServiceScript.stream([ServiceScript.chat(["reasoning": "Hm"])], end: .reset)
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(
      on: server, kind: "chat-completions", url: service.url, [Self.shows, ("retries", 0)])
    let client = try await server.client(Identity.random(), agent: slug)
    let answer = try await client.ask("Is it?")
    #expect(answer.status == "failed" && answer.text == "" && answer.reasoning.map { $0["text"] } == ["Hm"])
    await service.close()
  }

  /// Another server that goes on with the answer neither loses it nor tells it twice.
  @Test func anAnswerThatGoesOnElsewhereKeepsIt() async throws {
    let first = try await TestServer()
    let second = try await TestServer(url: first.url)
    let identity = Identity.random()
    let client = try await first.client(identity)
    let watching = try await second.client(identity)
    await client.say("/script {\"chunks\":150,\"bytes\":12,\"interval_ms\":10,\"reasoning\":\"Let me see.\"}")
    try await watching.until { $0.from("assistant").last?.content.count ?? 0 >= 60 }
    #expect(await watching.transcript.from("assistant").last?.reasoning.map { $0["text"] } == ["Let me see."])
    await first.stop()
    try await watching.until { $0.from("assistant").last?.status == "complete" }
    let answer = try #require(await watching.transcript.from("assistant").last)
    #expect(answer.content.count == 150 * 12 && answer.reasoning.map { $0["text"] } == ["Let me see."])
    #expect(try await second.stored(identity.session) == watching.transcript.asStored)
    await second.stop()
  }
}
