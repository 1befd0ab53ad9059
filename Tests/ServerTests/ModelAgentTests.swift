import Agents
import Conversation
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

/// Agents that answer by models, through the whole server: what is stored is what the model said, whatever goes wrong.
@Suite struct ModelAgentTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let kind: String
    /// What each request is answered by; the last one stays.
    let answers: [[ServiceStep]]
    let status: String
    let text: String
    var error: String?
    var asked = 1
    var settings: [(String, JSONValue)] = []

    var testDescription: String { name }
  }

  private static let long = String(repeating: "é漢👋🏽 words ", count: 3000)

  /// Each byte by itself.
  private static func drip(_ events: [String]) -> [[UInt8]] { events.joined().utf8.map { [$0] } }

  private static func bytes(_ events: [String], lineEnd: String = "\n") -> [[UInt8]] {
    events.map { Array($0.replacing("\n", with: lineEnd).utf8) }
  }

  static let chat: [Case] = [
    Case(
      name: "a plain answer", kind: "chat-completions",
      answers: [ServiceScript.stream(ServiceScript.chat(["Hel", "lo é漢👋🏽"], usage: (9, 2)))], status: "complete",
      text: "Hello é漢👋🏽"),
    Case(
      name: "split letters", kind: "chat-completions",
      answers: [ServiceScript.stream(drip(ServiceScript.chat(["é漢👋🏽", " ñ"])), pause: 0)], status: "complete",
      text: "é漢👋🏽 ñ"),
    Case(
      name: "CR LF", kind: "chat-completions",
      answers: [ServiceScript.stream(bytes(ServiceScript.chat(["a", "b"]), lineEnd: "\r\n"))], status: "complete",
      text: "ab"),
    Case(
      name: "CR", kind: "chat-completions",
      answers: [ServiceScript.stream(bytes(ServiceScript.chat(["a", "b"]), lineEnd: "\r"))], status: "complete",
      text: "ab"),
    Case(
      name: "comments and no [DONE]", kind: "chat-completions",
      answers: [ServiceScript.stream([": OPENROUTER PROCESSING\n\n"] + ServiceScript.chat(["a"], isDone: false))],
      status: "complete", text: "a"),
    Case(
      name: "no end of the connection after [DONE]", kind: "chat-completions",
      answers: [ServiceScript.stream(ServiceScript.chat(["a"]), end: .wait)], status: "complete", text: "a"),
    Case(
      name: "a giant event", kind: "chat-completions",
      answers: [ServiceScript.stream(ServiceScript.chat([long]))], status: "complete", text: long),
    Case(
      name: "an event without end", kind: "chat-completions",
      answers: [ServiceScript.stream(["data: "] + Array(repeating: String(repeating: "x", count: 60_000), count: 30))],
      status: "failed", text: "", error: "The model's answer could not be understood.",
      settings: [("retries", 0)]),
    Case(
      name: "an error in the stream", kind: "chat-completions",
      answers: [
        ServiceScript.stream([
          ServiceScript.chat(["content": "So far"]),
          "data: {\"error\":{\"message\":\"key sk-1\",\"type\":\"server_error\"}}\n\n",
        ])
      ], status: "failed", text: "So far",
      error: "The model's service has a fault at the moment; please try again."),
    Case(
      name: "cut in the middle", kind: "chat-completions",
      answers: [ServiceScript.stream([ServiceScript.chat(["content": "So far"])], end: .reset)], status: "failed",
      text: "So far", error: "The model's answer broke off."),
    Case(
      name: "an end in the middle", kind: "chat-completions",
      answers: [ServiceScript.stream([ServiceScript.chat(["content": "So far"]), "data: {\"choi"])], status: "failed",
      text: "So far", error: "The model's answer broke off."),
    Case(
      name: "silence", kind: "chat-completions",
      answers: [ServiceScript.stream([ServiceScript.chat(["content": "So far"])], end: .wait)], status: "failed",
      text: "So far", error: "The model did not answer in time.", settings: [("silence_seconds", 3)]),
    Case(
      name: "a refused key", kind: "chat-completions",
      answers: [ServiceScript.whole(401, "{\"error\":{\"message\":\"Incorrect key sk-1\"}}")], status: "failed",
      text: "",
      error: "The model did not accept this server's key."),
    Case(
      name: "too many requests, and then an answer", kind: "chat-completions",
      answers: [
        ServiceScript.whole(429, "{}", fields: ["Retry-After: 0"]),
        ServiceScript.whole(503, "down", type: "text/plain"),
        [.reset], ServiceScript.stream(ServiceScript.chat(["at last"])),
      ], status: "complete", text: "at last", asked: 4),
    Case(
      name: "too many requests for long", kind: "chat-completions",
      answers: [ServiceScript.whole(429, "{}", fields: ["Retry-After: 3600"])], status: "failed", text: "",
      error: "The model is busy at the moment; please try again."),
    Case(
      name: "nothing", kind: "chat-completions", answers: [ServiceScript.stream(ServiceScript.chat([]))],
      status: "failed", text: "", error: "The model gave no answer."),
    Case(
      name: "thinking first", kind: "chat-completions",
      answers: [
        ServiceScript.stream(
          [ServiceScript.chat(["reasoning_content": "secret thoughts"])]
            + ServiceScript.chat(["<think>", "more", "</think>", "\n\nYes"]))
      ], status: "complete", text: "Yes"),
    Case(
      name: "a whole answer", kind: "chat-completions",
      answers: [
        ServiceScript.whole(
          "{\"choices\":[{\"message\":{\"content\":\"All\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}"
        )
      ], status: "complete", text: "All"),
    Case(
      name: "NUL in the text", kind: "chat-completions",
      answers: [ServiceScript.stream(ServiceScript.chat(["a\u{0}b"]))], status: "complete", text: "a\u{FFFD}b"),
  ]

  static let messages: [Case] = [
    Case(
      name: "a plain answer", kind: "messages",
      answers: [ServiceScript.stream(ServiceScript.messages(["Hel", "lo é漢👋🏽"], usage: (9, 2)))], status: "complete",
      text: "Hello é漢👋🏽"),
    Case(
      name: "a slow drip", kind: "messages",
      answers: [ServiceScript.stream(drip(ServiceScript.messages(["é漢"])), pause: 1)], status: "complete", text: "é漢"),
    Case(
      name: "overloaded at first", kind: "messages",
      answers: [
        ServiceScript.stream([ServiceScript.message(["type": "error", "error": ["type": "overloaded_error"]])]),
        ServiceScript.stream(ServiceScript.messages(["at last"])),
      ], status: "complete", text: "at last", asked: 2),
    Case(
      name: "overloaded in the middle", kind: "messages",
      answers: [
        ServiceScript.stream(
          Array(ServiceScript.messages(["So far"]).prefix(4))
            + [ServiceScript.message(["type": "error", "error": ["type": "overloaded_error"]])])
      ], status: "failed", text: "So far", error: "The model is busy at the moment; please try again."),
    Case(
      name: "cut in the middle", kind: "messages",
      answers: [ServiceScript.stream(Array(ServiceScript.messages(["So far"]).prefix(4)), end: .close)],
      status: "failed", text: "So far", error: "The model's answer broke off."),
  ]

  @Test(arguments: chat) func whatAModelSaysIsStored(_ test: Case) async throws { try await check(test) }

  @Test(arguments: messages) func whatAMessagesModelSaysIsStored(_ test: Case) async throws { try await check(test) }

  private func check(_ test: Case) async throws {
    let service = try await ScriptedService { request in
      test.answers[min(request.number, test.answers.count) - 1]
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: test.kind, url: service.url, test.settings)
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    let answer = try await client.ask("What is it?")
    #expect(answer.status == test.status && answer.text == test.text, "\(test.name)")
    #expect(try await server.stored(identity.session) == client.transcript.asStored)
    #expect(await service.requests.count == test.asked, "\(test.name)")
    let row = try await server.query(
      """
      SELECT m.error_message, m.input_tokens, m.output_tokens FROM messages m JOIN sessions s ON s.id = m.session_id
      WHERE s.public_id = $1 AND m.role = 'assistant'
      """, [.text(identity.session)])
    #expect(try row.optional(0, 0, row.text) == test.error, "\(test.name)")
    if test.answers.count == 1, test.text.hasPrefix("Hello") || test.text == "All" {
      #expect(try row.int(0, 1) == 9 && row.int(0, 2) == 2)
    }
    await service.close()
  }

  @Test func aStoppedAnswerEndsItsRequest() async throws {
    let service = try await ScriptedService { _ in
      ServiceScript.stream([ServiceScript.chat(["content": "So far"])], end: .wait)
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: "chat-completions", url: service.url)
    let client = try await server.client(Identity.random(), agent: slug)
    await client.say("Tell me")
    try await client.until("message.delta")
    await client.send(["type": "run.stop"])
    #expect(try await client.until("message.completed")["status"] == "stopped")
    await service.until { $0.abandoned == 1 }
    await service.close()
  }

  /// What was counted and found until then is the answer's: it was paid for.
  @Test func aStoppedAnswerKeepsWhatWasCounted() async throws {
    let events = ServiceScript.messages(["So far"], usage: (input: 9, output: 2))
    let service = try await ScriptedService { _ in
      ServiceScript.stream(Array(events.prefix { !$0.contains("content_block_stop") }), end: .wait)
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: "messages", url: service.url)
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    await client.say("Tell me")
    try await client.until("message.delta")
    await client.send(["type": "run.stop"])
    let end = try await client.until("message.completed")
    #expect(end["status"] == "stopped" && end["usage"]?["input_tokens"] == 9)
    let row = try await server.query(
      """
      SELECT m.input_tokens FROM messages m JOIN sessions s ON s.id = m.session_id
      WHERE s.public_id = $1 AND m.role = 'assistant'
      """, [.text(identity.session)])
    #expect(try row.int(0, 0) == 9)
    await service.close()
  }

  @Test func aStopBeforeTheFirstTextEndsItsRequest() async throws {
    let service = try await ScriptedService { _ in [.wait] }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: "messages", url: service.url)
    let client = try await server.client(Identity.random(), agent: slug)
    await client.say("Tell me")
    await service.until { $0.requests.count == 1 }
    await client.send(["type": "run.stop"])
    #expect(try await client.until("message.completed")["status"] == "stopped")
    await service.until { $0.abandoned == 1 }
    await service.close()
  }

  @Test func theConversationAndItsDataGoAlong() async throws {
    let service = try await ScriptedService { request in
      ServiceScript.stream(ServiceScript.chat(["answer \(request.number)"]))
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(
      on: server, kind: "chat-completions", url: service.url, [("system", "Be kind.")])
    let client = try await server.client(Identity.random(), agent: slug)
    await client.send(["type": "session.update", "context": ["plan": "pro"]])
    try await client.until("session.updated")
    try await client.ask("one")
    try await client.ask("two")
    let body = try JSONValue(parsing: try #require(await service.requests.last).content)
    let messages = try #require(body["messages"]?.array)
    #expect(messages.dropFirst().map { $0["content"]?.string } == ["one", "answer 1", "two"])
    let system = try #require(messages.first?["content"]?.string)
    #expect(system.hasPrefix("Be kind.") && system.contains("\"plan\"") && system.contains("\"pro\""))
    await service.close()
  }

  @Test func aChangeIsFollowedAndAWithdrawnAgentAnswersNoMore() async throws {
    let service = try await ScriptedService { request in
      let body = try? JSONValue(parsing: request.content)
      return ServiceScript.stream(ServiceScript.chat([body?["model"]?.string ?? ""]))
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: "chat-completions", url: service.url)
    let client = try await server.client(Identity.random(), agent: slug)
    #expect(try await client.ask("who").text == "m")
    var change = AgentChange()
    change.settings = JSONObject([("url", .string(service.url)), ("model", "n")])
    _ = try await server.database { [change] in try await AgentBook($0).update(slug, change) }
    // Servers notice by themselves, within moments.
    #expect(try await comesTrue { try await client.ask("who").text == "n" })
    try await server.database { try await AgentBook($0).delete(slug) }
    #expect(try await comesTrue { try await client.ask("who").status == "failed" })
    await service.close()
  }
}

/// Agents for tests of models.
enum ModelFixture {
  /// Makes an agent, and waits until the server knows it.
  static func agent(
    on server: TestServer, kind: String, url: String, model: String? = "m", _ settings: [(String, JSONValue)] = []
  ) async throws -> String {
    let slug = "model-\(UInt64.random(in: 0...(.max)))"
    var change = AgentChange()
    (change.kind, change.name) = (kind, "Model")
    change.settings = JSONObject([("url", .string(url))] + (model.map { [("model", .string($0))] } ?? []) + settings)
    _ = try await server.database { [change] in try await AgentBook($0).create(slug, change) }
    // A hello for an agent that is not known is refused.
    let isKnown = try await server.notices {
      let client = try await server.connect()
      await client.send(.object(JSONObject([("type", "hello"), ("agent", .string(slug))])))
      let frame = try await client.next()
      await client.drop()
      return frame["type"] == "welcome"
    }
    guard isKnown else { throw TestClientError.unexpected("the agent is not known") }
    return slug
  }
}
