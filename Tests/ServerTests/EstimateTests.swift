import Accounts
import JSONWire
import Postgres
import Server
import SkeinTestKit
import Store
import Testing

/// What answers took that no service has counted: estimated, told so, and a part of budgets.
@Suite struct EstimateTests {
  private static let kinds = ["chat-completions", "messages"]
  private static let spoken = String(repeating: "So far so good. ", count: 30)

  /// An answer that goes on after its text.
  private static func begun(_ kind: String, end: ServiceStep = .wait) -> [ServiceStep] {
    let events =
      kind == "messages"
      ? Array(ServiceScript.messages([spoken], usage: (9, 2)).prefix(4))
      : [ServiceScript.chat(["content": .string(spoken)])]
    return ServiceScript.stream(events, end: end)
  }

  /// What is stored of the last answer: its tokens, and whether they are estimated.
  private static func stored(
    _ server: TestServer, _ identity: Identity
  ) async throws -> (input: Int64, output: Int64, isEstimated: Bool)? {
    let rows = try await server.query(
      """
      SELECT m.input_tokens, m.output_tokens, m.usage_estimated FROM messages m
      JOIN sessions s ON s.id = m.session_id
      WHERE s.public_id = $1 AND m.role = 'assistant' ORDER BY m.created_version DESC LIMIT 1
      """, [.text(identity.session)])
    guard !rows.isNull(0, 0) else { return nil }
    return (try rows.int(0, 0), try rows.int(0, 1), try rows.optional(0, 2, rows.bool) ?? false)
  }

  private static func usage(_ tokens: (input: Int64, output: Int64, isEstimated: Bool)?) -> JSONValue {
    guard let tokens else { return .null }
    var usage = JSONObject([("input_tokens", .int(tokens.input)), ("output_tokens", .int(tokens.output))])
    if tokens.isEstimated { usage["estimated"] = true }
    return .object(usage)
  }

  @Test(arguments: kinds) func aStoppedAnswerIsEstimated(kind: String) async throws {
    let service = try await ScriptedService { _ in Self.begun(kind) }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(
      on: server, kind: kind, url: service.url, [("prices", ["input": 2, "output": 10, "currency": "EUR"])])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    await client.say("Tell me about it")
    try await client.until("message.delta")
    await client.send(["type": "run.stop"])
    let end = try await client.until("message.completed")
    let stored = try #require(try await Self.stored(server, identity))
    // One that counts the question at once is believed.
    #expect(stored.isEstimated && (kind == "messages" ? stored.input == 9 : (10...100).contains(stored.input)))
    #expect((100...200).contains(stored.output))
    #expect(end["status"] == "stopped" && end["usage"] == Self.usage(stored))
    let http = try await server.http()
    let told = try await http.ask("GET", identity.path("messages"), token: identity.token)
    #expect(told.json["messages"]?.array?.last?["usage"] == Self.usage(stored))
    #expect(
      try await http.ask("GET", identity.path("export"), token: identity.token).text.contains(#""estimated":true"#))
    let cost = try await server.query(
      """
      SELECT m.cost_picos FROM messages m JOIN sessions s ON s.id = m.session_id
      WHERE s.public_id = $1 AND m.role = 'assistant'
      """, [.text(identity.session)])
    #expect(try cost.int(0, 0) == stored.input * 2_000_000 + stored.output * 10_000_000)
    await service.close()
  }

  @Test(arguments: kinds) func oneThatBreaksOffIsEstimated(kind: String) async throws {
    let service = try await ScriptedService { _ in Self.begun(kind, end: .close) }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: kind, url: service.url)
    let identity = Identity.random()
    #expect(try await server.client(identity, agent: slug).ask("Tell me").status == "failed")
    let stored = try #require(try await Self.stored(server, identity))
    #expect(stored.isEstimated && (100...200).contains(stored.output) && stored.input >= 9)
    await service.close()
  }

  @Test func oneThatIsStoppedBeforeItBeginsIsEstimated() async throws {
    let service = try await ScriptedService { _ in [.wait] }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: "messages", url: service.url)
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    await client.say("Tell me")
    await service.until { $0.requests.count == 1 }
    await client.send(["type": "run.stop"])
    _ = try await client.until("message.completed")
    let stored = try #require(try await Self.stored(server, identity))
    #expect(stored.isEstimated && (10...100).contains(stored.input) && stored.output == 0)
    await service.close()
  }

  @Test func aServiceThatNeverCountsIsEstimated() async throws {
    let service = try await ScriptedService { _ in ServiceScript.stream(ServiceScript.chat([Self.spoken])) }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: "chat-completions", url: service.url)
    let identity = Identity.random()
    #expect(try await server.client(identity, agent: slug).ask("Tell me").status == "complete")
    let stored = try #require(try await Self.stored(server, identity))
    #expect(stored.isEstimated && (100...200).contains(stored.output))
    await service.close()
  }

  @Test func whatIsRefusedCostsNothingAndWhatBrokeOffDoes() async throws {
    let service = try await ScriptedService { request in
      switch request.number {
      case 1: ServiceScript.whole(401, "{}")
      // It has taken the question, and is asked again.
      case 2: ServiceScript.stream([ServiceScript.chat(["role": "assistant"])], end: .close)
      default: ServiceScript.stream(ServiceScript.chat(["Yes"], usage: (9, 2)))
      }
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: "chat-completions", url: service.url)
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    #expect(try await client.ask("Tell me").status == "failed")
    #expect(try await Self.stored(server, identity) == nil)
    #expect(try await client.ask("Tell me").status == "complete")
    let stored = try #require(try await Self.stored(server, identity))
    #expect(stored.isEstimated && stored.input > 9 + 20 && stored.output == 2)
    await service.close()
  }

  @Test func whatIsCountedIsNotEstimated() async throws {
    let service = try await ScriptedService { _ in ServiceScript.stream(ServiceScript.chat(["Yes"], usage: (9, 2))) }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: "chat-completions", url: service.url)
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    await client.say("Tell me")
    #expect(try await client.until("message.completed")["usage"] == ["input_tokens": 9, "output_tokens": 2])
    #expect(try await Self.stored(server, identity)?.isEstimated == false)
    await service.close()
  }

  @Test func stoppedAnswersUseUpABudgetAndAreAnalysed() async throws {
    let service = try await ScriptedService { _ in Self.begun("chat-completions") }
    try await TestServer.with {
      $0.budgets[.visitor] = 300
    } _: { server in
      let slug = try await ModelFixture.agent(on: server, kind: "chat-completions", url: service.url)
      let identity = Identity.random()
      let client = try await server.client(identity, agent: slug)
      let http = try await server.http()
      var status = 0
      for _ in 0..<1000 where status != 429 {
        status = try await http.post("messages", identity, message("Tell me")).status
        guard status == 202 else { continue }
        try await client.until {
          $0.from("assistant").last.map { $0.status == "streaming" && !$0.text.isEmpty } ?? false
        }
        await client.send(["type": "run.stop"])
        try await client.until { $0.from("assistant").last?.status == "stopped" }
        // What was used is counted once a second. Many more answers until then would have to be summarised first.
        try await Task.sleep(for: .milliseconds(500))
      }
      #expect(status == 429)
      let used = try await server.query("SELECT sum(tokens)::int8 FROM token_usage WHERE kind = 'visitor'").int(0, 0)
      #expect(used >= 300)
      let told = try await server.eventually(
        """
        SELECT sum(estimated_tokens) = sum(input_tokens + output_tokens) AND sum(estimated_tokens) >= 300
        FROM activity WHERE input_tokens > 0
        """)
      #expect(told)
      let admin = try await server.token("admin", .admin)
      let analytics = try await http.ask("GET", "/v1/sites/default/analytics", token: admin)
      let spans = analytics.json["spans"]?.array ?? []
      #expect(spans.contains { ($0["estimated_tokens"]?.int ?? 0) >= 300 })
    }
    await service.close()
  }
}
