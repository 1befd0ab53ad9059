import Agents
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

/// The tools that the server brings, asked for by scripted models through the whole server: what persons are told, and
/// what is stored.
@Suite(.serialized) struct ToolTests {
  static let kinds = ["chat-completions", "messages"]

  private func tools(_ server: TestServer, _ session: String) async throws -> [JSONValue] {
    let rows = try await server.query(
      """
      SELECT coalesce(m.tools, '[]')::text FROM messages m JOIN sessions s ON s.id = m.session_id
      WHERE s.public_id = $1 AND m.role = 'assistant' ORDER BY m.created_version DESC LIMIT 1
      """, [.text(session)])
    return try JSONValue(parsing: rows.text(0, 0)).array ?? []
  }

  @Test(arguments: kinds) func aCallIsToldStoredAndThereAfterAReload(_ kind: String) async throws {
    let service = try await ScriptedService { request in
      request.number == 1
        ? ServiceScript.calling(
          [
            .init("c1", "current_time", #"{"timezone":"Asia/Tokyo"}"#),
            .init("c2", "current_time", #"{"timezone":"x/y"}"#),
          ],
          saying: "One moment.", kind: kind)
        : ServiceScript.saying(["It is late."], kind: kind)
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(
      on: server, kind: kind, url: service.url, [("tools", [["kind": "time", "show": true]])])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    let watching = try await server.client(identity, agent: slug)
    let answer = try await client.ask("What time is it?")
    #expect(answer.status == "complete" && answer.text == "One moment.\n\nIt is late.")
    #expect(answer.tools.map { $0["status"] } == ["done", "failed"])
    #expect(
      answer.tools[0]["arguments"] == ["timezone": "Asia/Tokyo"] && answer.tools[0]["title"] == "Looks at the clock")
    #expect(answer.tools[0]["result"]?.string?.contains("(Asia/Tokyo)") == true)
    let body = try JSONValue(parsing: try #require(await service.requests.last).content).description
    #expect(body.contains("There is no time zone of that name") && body.contains("UTC"))
    try await watching.until { $0.from("assistant").last?.status == "complete" }
    #expect(await watching.transcript.from("assistant").last?.tools == answer.tools)
    let later = try await server.client(identity, agent: slug)
    #expect(await later.transcript.from("assistant").last?.tools.map { $0["status"] } == ["done", "failed"])
    #expect(try await tools(server, identity.session).count == 2)
    #expect(try await server.stored(identity.session) == client.transcript.asStored)
    await service.close()
  }

  /// Words to SQL, with a mistake that the database's own words correct.
  @Test(arguments: kinds) func aModelAsksTheConversationsOwnDatabase(_ kind: String) async throws {
    let service = try await ScriptedService { request in
      switch request.number {
      case 1: return ServiceScript.calling([.init("a", "sql_schema")], kind: kind)
      case 2: return ServiceScript.calling([.init("b", "sql_query", #"{"sql":"SELECT nam FROM users"}"#)], kind: kind)
      case 3:
        return ServiceScript.calling(
          [
            .init("c", "sql_query", #"{"sql":"SELECT name FROM users ORDER BY id"}"#),
            .init("d", "sql_query", #"{"sql":"DELETE FROM users"}"#),
            .init("e", "sql_query", #"{"sql":"SELECT count(*) FROM users"}"#),
          ], kind: kind)
      default: return ServiceScript.saying(["Ann and Bob."], kind: kind)
      }
    }
    try await DatabaseRoutesTests.withServer { server, http in
      let database = try await DatabaseRoutesTests.database(["Ann", "Bob"])
      let slug = try await ModelFixture.agent(
        on: server, kind: kind, url: service.url, [("tools", [["kind": "sql", "show": ["sql_query"]]])])
      let identity = Identity.random()
      let made = try await http.ask(
        "POST", "/v1/databases", try DatabaseRoutesTests.fields(database), token: identity.token)
      let session: JSONValue = ["id": .string(identity.session), "agent": .string(slug)]
      #expect(try await http.ask("POST", "/v1/sessions", session, token: identity.token).status == 201)
      let connected = try await http.ask(
        "PUT", "/v1/sessions/\(identity.session)/database", ["database": try #require(made.json["id"])],
        token: identity.token)
      #expect(connected.status == 200)
      let client = try await server.client(identity, agent: nil)
      let answer = try await client.ask("Who is there?")
      #expect(answer.text == "Ann and Bob." && answer.status == "complete")
      #expect(answer.tools.map { $0["status"] } == ["done", "failed", "done", "failed", "done"])
      #expect(answer.tools[2]["result"]?["row_count"] == 2 && answer.tools[0]["arguments"] == nil)
      let requests = try await service.requests.map { try JSONValue(parsing: $0.content).description }
      #expect(requests[1].contains("table users") && requests[1].contains("name text"))
      #expect(requests[2].contains("nam") && requests[2].contains("does not exist"))
      #expect(requests[3].contains("Ann") && requests[3].contains("row_count"))
    }
    await service.close()
  }

  @Test func withoutADatabaseTheModelIsToldSo() async throws {
    let service = try await ScriptedService { request in
      request.number == 1
        ? ServiceScript.calling([.init("a", "sql_query", #"{"sql":"SELECT 1"}"#)], kind: "messages")
        : ServiceScript.saying(["Connect one first."], kind: "messages")
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: "messages", url: service.url, [("tools", ["sql"])])
    let answer = try await server.client(Identity.random(), agent: slug).ask("Who is there?")
    #expect(answer.text == "Connect one first." && answer.tools.map { $0["status"] } == ["failed"])
    let body = String(decoding: try #require(await service.requests.last).content, as: UTF8.self)
    #expect(body.contains("not connected to a database"))
    await service.close()
  }

  @Test func documentsAreSearchedAndCited() async throws {
    let service = try await ScriptedService { request in
      request.number == 1
        ? ServiceScript.calling(
          [.init("a", "knowledge_search", #"{"query":"how does a client resume"}"#)], kind: "chat-completions")
        : ServiceScript.saying(["By its position."], kind: "chat-completions")
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(
      on: server, kind: "chat-completions", url: service.url, [("tools", ["knowledge"])])
    let client = try await server.client(Identity.random(), agent: slug)
    await client.say("How does a client resume?")
    let completed = try await client.until("message.completed")
    let citations = try #require(completed["citations"]?.array)
    #expect(!citations.isEmpty && citations.allSatisfy { $0["url"]?.string?.hasPrefix("/") == true })
    let body = String(decoding: try #require(await service.requests.last).content, as: UTF8.self)
    #expect(body.contains("position") && body.contains("link"))
    await service.close()
  }

  @Test func aStopInMidCallEndsIt() async throws {
    let service = try await ScriptedService { request in
      request.number == 1
        ? ServiceScript.calling([.init("a", "current_time")], saying: "So far", kind: "messages") : [.wait]
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(
      on: server, kind: "messages", url: service.url, [("tools", [["kind": "time", "approve": true]])])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    await client.say("When?")
    try await client.until { $0.from("assistant").last?.tools.first?["status"] == "waiting" }
    await client.send(["type": "run.stop"])
    try await client.until { $0.from("assistant").last?.status == "stopped" }
    #expect(await client.transcript.from("assistant").last?.tools.map { $0["status"] } == ["failed"])
    #expect(await client.transcript.from("assistant").last?.text == "So far")
    #expect(try await tools(server, identity.session).map { $0["status"] } == ["failed"])
    #expect(await service.requests.count == 1)
    await service.close()
  }

  static let wrong: [(JSONValue, String)] = [
    (["teleport"], "there are time, sql, knowledge"), ("time", "a list"), ([1], "the name of a kind"),
    ([["name": "time"]], "the name of a kind"), ([["kind": "time", "approve": "yes"]], "approve"),
    ([["kind": "time", "show": [1]]], "show"), ([["kind": "time", "zone": "UTC"]], "zone"),
  ]

  @Test func settingsAreReadStrictly() throws {
    let settings = JSONObject([("url", "https://a.example/v1"), ("model", "m")])
    for (value, told) in Self.wrong {
      var wrong = settings
      wrong["tools"] = value
      let error = #expect(throws: ConfigurationError.self) { try AgentKind.check("messages", wrong) }
      #expect(error?.description.contains(told) == true, "\(value): \(error?.description ?? "")")
    }
    for (name, value) in [("tool_rounds", 0), ("tool_result_bytes", 1), ("approval_seconds", 0), ("tool_calls", 0)] {
      var wrong = settings
      wrong[name] = .int(Int64(value))
      #expect(throws: ConfigurationError.self) { try AgentKind.check("chat-completions", wrong) }
    }
    var good = settings
    good["tools"] = ["time", "sql", ["kind": "knowledge", "approve": ["knowledge_search"], "show": true]]
    good["tool_rounds"] = 3
    try AgentKind.check("chat-completions", good)
    #expect(throws: ConfigurationError.self) { try AgentKind.check("ag-ui", good) }
  }
}
