import Accounts
import Conversation
import JSONWire
import Postgres
import SkeinTestKit
import Testing

/// What answers cost: recorded with what was counted, however they end, summed, and not shown to visitors.
@Suite struct CostTests {
  private static let prices: (String, JSONValue) = (
    "prices", ["input": 2.5, "cached_input": 1.25, "output": 10, "currency": "EUR"]
  )

  /// An answer of 9 tokens in, 4 of them cached, and 2 out.
  private static func answer(_ kind: String) -> [ServiceStep] {
    guard kind == "messages" else {
      let usage: JSONValue = [
        "prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": ["cached_tokens": 4],
      ]
      let last: JSONValue = ["object": "chat.completion.chunk", "choices": [], "usage": usage]
      return ServiceScript.stream(
        ServiceScript.chat(["Yes"], isDone: false) + ["data: \(last)\n\n", "data: [DONE]\n\n"])
    }
    let counted: JSONValue = ["input_tokens": 5, "cache_read_input_tokens": 4, "output_tokens": 1]
    let start: JSONValue = ["type": "message_start", "message": ["role": "assistant", "usage": counted]]
    let events = ServiceScript.messages(["Yes"], usage: (9, 2))
    return ServiceScript.stream([ServiceScript.message(start)] + events.dropFirst())
  }

  /// The usage of the last message, as a request is shown it.
  private static func usage(
    _ server: TestServer, _ identity: Identity
  ) async throws -> JSONValue? {
    let path = "/v1/sessions/\(identity.session)/messages"
    let told = try await server.http().ask("GET", path, token: identity.token)
    return told.json["messages"]?.array?.last?["usage"]
  }

  /// What is stored of the last answer's cost.
  private static func cost(_ server: TestServer, _ identity: Identity) async throws -> String? {
    let rows = try await server.query(
      """
      SELECT m.cost_picos, m.currency FROM messages m JOIN sessions s ON s.id = m.session_id
      WHERE s.public_id = $1 AND m.role = 'assistant' ORDER BY m.created_version DESC LIMIT 1
      """, [.text(identity.session)])
    guard !rows.isNull(0, 0) else { return nil }
    return "\(Cost(picos: try rows.int(0, 0), currency: "").amount) \(try rows.text(0, 1))"
  }

  @Test(arguments: ["chat-completions", "messages"]) func itIsRecordedAndSummed(kind: String) async throws {
    let service = try await ScriptedService { request in
      let body = (try? JSONValue(parsing: request.content))?["messages"]?.array?.last
      guard body?["content"] == "Use a tool" else { return Self.answer(kind) }
      return ServiceScript.calling([.init("a", "current_time")], kind: kind)
    }
    try await TestServer.with { server in
      let token = try await server.token("operator", .operates)
      let slug = try await ModelFixture.agent(
        on: server, kind: kind, url: service.url, [Self.prices, ("tools", ["time"])])
      let identity = Identity.random()
      let client = try await server.client(identity, agent: slug)
      // 5 * 2.5 + 4 * 1.25 + 2 * 10 millionths.
      let usage: JSONValue = ["input_tokens": 9, "output_tokens": 2, "cached_tokens": 4]
      await client.say("One")
      #expect(try await client.until("message.completed")["usage"] == usage)
      #expect(try await Self.cost(server, identity) == "0.0000375 EUR")
      #expect(try await Self.usage(server, identity) == usage)
      // What a new price says counts for what comes after it.
      _ = try await server.query(
        "UPDATE agents SET settings = jsonb_set(settings, '{prices,output}', '20') WHERE slug = $1", [.text(slug)])
      let isFollowed = try await comesTrue {
        await client.say("Again")
        try await client.until("message.completed")
        return try await Self.cost(server, identity) == "0.0000575 EUR"
      }
      #expect(isFollowed)
      // Both rounds of an answer with a tool: the messages' first one tells of 1 in and 9 out.
      await client.say("Use a tool")
      let whole = try await client.until("message.completed")["usage"]
      if kind == "messages" {
        #expect(try await Self.cost(server, identity) == "0.00024 EUR")
        #expect(whole?["output_tokens"] == 11 && whole?["estimated"] == nil)
      } else {
        // This one's first round was not counted.
        #expect(whole?["estimated"] == true && (whole?["input_tokens"]?.int ?? 0) > 9 + 20)
      }

      let stored = try await server.query("SELECT sum(cost_picos)::text FROM messages").text(0, 0)
      let http = try await server.http()
      #expect(try await server.eventually("SELECT sum_costs(costs)->>'EUR' = $1 FROM activity", [.text(stored)]))
      let spans = try await http.ask("GET", "/v1/sites/default/analytics", token: token).json["spans"]
      let amount = try #require(spans?[0]?["costs"]?[0]?["amount"]?.string)
      #expect(spans?[0]?["costs"]?[0]?["currency"] == "EUR" && amount.hasPrefix("0.000"))
      #expect(Cost.scaled(amount, places: Cost.places).map { "\($0)" } == stored)
      let all = try await http.ask("GET", "/v1/analytics?step=hour&format=csv", token: token).text
      #expect(all.contains(",costs\r\n") && all.contains(",\(amount) EUR\r\n"))
    }
    await service.close()
  }

  @Test(arguments: ["chat-completions", "messages"]) func anAnswerThatFailsCostsWhatItTook(kind: String)
    async throws
  {
    let service = try await ScriptedService { _ in
      guard kind == "messages" else {
        let usage: JSONValue = ["choices": [], "usage": ["prompt_tokens": 9, "completion_tokens": 2]]
        return ServiceScript.stream([ServiceScript.chat(["content": "So far"]), "data: \(usage)\n\n"], end: .reset)
      }
      return ServiceScript.stream(Array(ServiceScript.messages(["So far"], usage: (9, 2)).prefix(4)), end: .reset)
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: kind, url: service.url, [Self.prices])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    await client.say("Tell me")
    let end = try await client.until("message.completed")
    // Messages count one token of output before any is there; the six of the text are estimated.
    #expect(end["status"] == "failed" && end["usage"]?["estimated"] == (kind == "messages" ? true : nil))
    #expect(try await Self.cost(server, identity) == (kind == "messages" ? "0.0000925 EUR" : "0.0000425 EUR"))
    #expect(try await Self.usage(server, identity) == end["usage"])
    await service.close()
  }

  @Test(arguments: ["chat-completions", "messages"]) func anAnswerThatIsStoppedCostsWhatItTook(kind: String)
    async throws
  {
    let service = try await ScriptedService { _ in
      guard kind == "messages" else {
        let usage: JSONValue = ["choices": [], "usage": ["prompt_tokens": 9, "completion_tokens": 2]]
        return ServiceScript.stream(["data: \(usage)\n\n", ServiceScript.chat(["content": "So far"])], end: .wait)
      }
      return ServiceScript.stream(Array(ServiceScript.messages(["So far"], usage: (9, 2)).prefix(4)), end: .wait)
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: kind, url: service.url, [Self.prices])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    await client.say("Tell me")
    try await client.until("message.delta")
    await client.send(["type": "run.stop"])
    let end = try await client.until("message.completed")
    // What has come since is estimated: six tokens.
    #expect(end["status"] == "stopped" && end["usage"]?["estimated"] == true)
    #expect(try await Self.cost(server, identity) == (kind == "messages" ? "0.0000925 EUR" : "0.0001025 EUR"))
    #expect(try await Self.usage(server, identity) == end["usage"])
    await service.close()
  }

  @Test func withoutPricesThereIsNoCost() async throws {
    let service = try await ScriptedService { _ in Self.answer("messages") }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: "messages", url: service.url)
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    await client.say("One")
    let usage: JSONValue = ["input_tokens": 9, "output_tokens": 2, "cached_tokens": 4]
    #expect(try await client.until("message.completed")["usage"] == usage)
    #expect(try await Self.cost(server, identity) == nil)
    await service.close()
  }
}
