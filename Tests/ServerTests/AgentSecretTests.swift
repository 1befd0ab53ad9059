import Accounts
import HTTPWire
import JSONWire
import Postgres
import Sealing
import Server
import SkeinTestKit
import Store
import Testing

/// Keys and secrets of agents that were given as values: stored sealed, used, replaced, and shown by nothing.
@Suite struct AgentSecretTests {
  private static let mark: JSONValue = ["is_set": true]

  private static func agent(_ slug: String, _ kind: String, _ settings: JSONValue) -> JSONValue {
    ["slug": .string(slug), "kind": .string(kind), "name": "Helper", "settings": settings]
  }

  /// A model that tells whether it was shown a key.
  private static func model() async throws -> ScriptedService {
    try await ScriptedService { request in
      ServiceScript.stream(ServiceScript.chat([request.head.fields["authorization"] == nil ? "nothing" : "something"]))
    }
  }

  /// Asks until the model is shown what it is expected to be.
  private static func shown(
    _ service: ScriptedService, _ client: ChatClient, until expected: String?
  ) async throws -> String? {
    var last: String?
    _ = try await comesTrue {
      _ = try await client.ask("who")
      last = await service.requests.last?.head.fields["authorization"]
      return last == expected
    }
    return last
  }

  @Test func aKeyIsStoredUsedReplacedAndTakenOut() async throws {
    let service = try await Self.model()
    try await TestServer.with { server in
      let (http, admin) = (try await server.http(), try await server.token("admin", .admin))
      var texts: [String] = []
      func ask(_ method: String, _ path: String, _ content: JSONValue? = nil) async throws -> HTTPTestResponse {
        let answer = try await http.ask(method, path, content, token: admin)
        texts.append(answer.text)
        return answer
      }
      let settings: JSONValue = [
        "url": .string(service.url), "model": "m", "key": "sk-first-7f3a",
        "headers": ["X-Plain": "open", "X-Tenant": ["secret": "tenant-91c2 of ours"]],
      ]
      let made = try await ask("POST", "/v1/agents", Self.agent("helper", "chat-completions", settings))
      #expect(made.status == 201, "\(made.text)")
      #expect(made.json["settings"]?["key"] == Self.mark)
      #expect(made.json["settings"]?["headers"] == ["X-Plain": "open", "X-Tenant": Self.mark])
      #expect(try await ask("GET", "/v1/agents/helper").json["settings"]?["key"] == Self.mark)
      var client: ChatClient?
      _ = await comesTrue {
        client = try? await server.client(agent: "helper")
        return client != nil
      }
      let chat = try #require(client)
      #expect(try await Self.shown(service, chat, until: "Bearer sk-first-7f3a") != nil)
      let fields = try #require(await service.requests.last?.head.fields)
      #expect(fields["authorization"] == "Bearer sk-first-7f3a")
      #expect(fields["x-tenant"] == "tenant-91c2 of ours" && fields["x-plain"] == "open")

      // What is not named stays, as does what is given back as it was shown.
      let back: JSONValue = ["settings": ["model": "n", "key": Self.mark]]
      #expect(try await ask("PATCH", "/v1/agents/helper", back).status == 200)
      // Another takes its place, for answers from then on.
      let change: JSONValue = ["settings": ["key": "sk-second-55d0"]]
      #expect(try await ask("PATCH", "/v1/agents/helper", change).status == 200)
      let second = try await Self.shown(service, chat, until: "Bearer sk-second-55d0")
      #expect(second == "Bearer sk-second-55d0")
      #expect(await service.requests.last?.head.fields["x-tenant"] == "tenant-91c2 of ours")
      let removed = try await ask("PATCH", "/v1/agents/helper", ["settings": ["key": nil]])
      #expect(removed.status == 200 && removed.json["settings"]?["key"] == nil)
      #expect(try await Self.shown(service, chat, until: nil) == nil)
      #expect(try await server.query("SELECT name FROM agent_secrets").texts == ["headers.X-Tenant"])

      // Of none of them there is a trace in what was answered, noted or stored.
      let stored = try await server.query(
        """
        SELECT coalesce((SELECT string_agg(a::text, '') FROM agents a), '')
          || coalesce((SELECT string_agg(a::text, '') FROM audit a), '')
          || coalesce((SELECT string_agg(m::text, '') FROM messages m), '')
          || coalesce((SELECT string_agg(encode(s.sealed_value, 'escape'), '') FROM agent_secrets s), '')
        """
      ).text(0, 0)
      for text in texts + [stored] {
        for secret in ["7f3a", "55d0", "91c2"] { #expect(!text.contains(secret)) }
      }
      #expect(stored.contains("agent.changed") && stored.contains("secrets"))
      #expect(try await ask("DELETE", "/v1/agents/helper").status == 204)
      #expect(try await server.query("SELECT name FROM agent_secrets").texts == [])
    }
    await service.close()
  }

  @Test func aStoredKeyGoesNowhereElse() async throws {
    try await TestServer.with { server in
      let (http, admin) = (try await server.http(), try await server.token("admin", .admin))
      let settings: JSONValue = [
        "url": "https://a.example/v1", "model": "m", "key": "sk-1",
        "tools": [["kind": "mcp", "name": "crm", "url": "https://crm.example", "key": "sk-2"]],
      ]
      let made = try await http.ask(
        "POST", "/v1/agents", Self.agent("helper", "messages", settings), token: admin)
      #expect(made.status == 201, "\(made.text)")
      func patch(_ settings: JSONValue) async throws -> HTTPTestResponse {
        try await http.ask("PATCH", "/v1/agents/helper", ["settings": settings], token: admin)
      }
      for settings: JSONValue in [
        ["url": "https://evil.example"], ["headers": ["Host": "evil.example"]], ["key_header": "X"],
        ["url": "https://evil.example", "key": Self.mark],
        ["tools": [["kind": "mcp", "name": "crm", "url": "https://evil.example", "key": Self.mark]]],
        ["tools": [["kind": "mcp", "name": "other", "url": "https://crm.example", "key": Self.mark]]],
      ] {
        let answer = try await patch(settings)
        #expect(answer.status == 400 && !answer.text.contains("sk-"), "\(settings): \(answer.text)")
      }
      // With the key it may go anywhere, and without it as well.
      #expect(try await patch(["url": "https://b.example/v1", "key": "sk-3"]).status == 200)
      #expect(try await patch(["url": "https://c.example/v1", "key": nil]).status == 200)
      #expect(try await server.query("SELECT name FROM agent_secrets").texts == ["tools.crm.key"])
    }
  }

  @Test func toolsOfAnAgentAreChangedAroundTheirKeys() async throws {
    try await TestServer.with { server in
      let (http, admin) = (try await server.http(), try await server.token("admin", .admin))
      let named: JSONValue = ["kind": "mcp", "name": "files", "url": "https://f.example", "key_env": "FILES_KEY"]
      var change = AgentChange()
      (change.kind, change.name) = ("messages", "Helper")
      change.settings = JSONObject([("url", "https://a.example"), ("model", "m"), ("tools", .array(["time", named]))])
      _ = try await server.database { [change] in try await AgentBook($0).create("helper", change) }
      func patch(_ tools: JSONValue) async throws -> HTTPTestResponse {
        try await http.ask("PATCH", "/v1/agents/helper", ["settings": ["tools": tools]], token: admin)
      }
      func stored() async throws -> [String] {
        try await server.query("SELECT name FROM agent_secrets ORDER BY name").texts
      }
      // An operator's entry may stay or go, and may not be another one.
      #expect(try await patch([named, "sql"]).status == 200)
      for member: (String, JSONValue) in [
        ("url", "https://evil.example"), ("headers", ["X": "y"]), ("key_env", "PATH"), ("only", ["a"]),
        ("key", "sk-9"),
      ] {
        var other = try #require(named.object)
        other[member.0] = member.1
        #expect(try await patch([.object(other)]).status == 400, "\(member.0)")
      }
      // One with a key as a value stands beside it; the others change, and the key stays.
      let crm: JSONValue = [
        "kind": "mcp", "name": "crm", "url": "https://crm.example", "key": "sk-crm",
        "headers": ["X-Tenant": ["secret": "ours"]],
      ]
      let made = try await patch([named, crm])
      #expect(made.status == 200 && !made.text.contains("sk-crm") && !made.text.contains("ours"), "\(made.text)")
      #expect(try await stored() == ["tools.crm.headers.X-Tenant", "tools.crm.key"])
      let shown = try #require(made.json["settings"]?["tools"]?.array)
      #expect(shown.last?["key"] == Self.mark && shown.last?["headers"] == ["X-Tenant": Self.mark])
      let fewer = try await patch(["time", try #require(shown.last)])
      #expect(fewer.status == 200 && fewer.json["settings"]?["tools"]?[1]?["key"] == Self.mark)
      #expect(try await stored() == ["tools.crm.headers.X-Tenant", "tools.crm.key"])
      let keyless: JSONValue = ["kind": "mcp", "name": "crm", "url": "https://crm.example"]
      #expect(try await patch([keyless]).status == 200)
      #expect(try await stored() == [])
      // Of two by one name nobody knows which one has the key.
      #expect(try await patch([crm, keyless]).status == 400)
    }
  }

  static let refused: [JSONValue] = [
    ["key": "sk-sec", "key_env": "A"], ["key": 7], ["key": ""], ["key": "two sk-sec"], ["key": ["is_set": true]],
    ["key": ["secret": "sk-sec"]], ["headers": ["X": ["secret": "sk-sec\r\nY: z"]]],
    ["headers": ["X": ["other": "sk-sec"]]],
    ["headers": ["X": 7]], ["secret": "sk-sec"], ["tools": [["kind": "time", "name": "a", "key": "sk-sec"]]],
  ]

  @Test func whatCantBeASecretIsRefusedWithoutBeingTold() async throws {
    try await TestServer.with { server in
      let (http, admin) = (try await server.http(), try await server.token("admin", .admin))
      for members in Self.refused {
        var settings = JSONObject([("url", "https://a.example"), ("model", "m")])
        for member in members.object?.members ?? [] { settings[member.key] = member.value }
        let answer = try await http.ask(
          "POST", "/v1/agents", Self.agent("helper", "messages", .object(settings)), token: admin)
        #expect(answer.status == 400 && !answer.text.contains("sk-sec"), "\(members): \(answer.text)")
      }
      var change = AgentChange()
      (change.kind, change.name) = ("messages", "Helper")
      change.settings = JSONObject([("url", "https://a.example"), ("model", "m"), ("key_env", "A")])
      _ = try await server.database { [change] in try await AgentBook($0).create("helper", change) }
      let both = try await http.ask("PATCH", "/v1/agents/helper", ["settings": ["key": "sk-sec"]], token: admin)
      #expect(both.status == 400 && both.text.contains("key_env, key_file and key: one of them"), "\(both.text)")
    }
  }

  @Test func withoutASecretKeyNothingIsStored() async throws {
    try await TestServer.with {
      $0.sealer = nil
    } _: { server in
      let (http, admin) = (try await server.http(), try await server.token("admin", .admin))
      let settings: JSONValue = ["url": "https://a.example", "model": "m", "key": "sk-sec"]
      let answer = try await http.ask(
        "POST", "/v1/agents", Self.agent("helper", "messages", settings), token: admin)
      #expect(answer.status == 409 && answer.text.contains("SKEIN_SECRET_KEY") && !answer.text.contains("sk-sec"))
      #expect(try await http.ask("GET", "/v1/agents/helper", token: admin).status == 404)
    }
  }

  @Test func aServerWithAnotherKeyDoesNotStart() async throws {
    let server = try await TestServer()
    let (http, admin) = (try await server.http(), try await server.token("admin", .admin))
    let settings: JSONValue = ["url": "https://a.example", "secret": "sk-sec"]
    let made = try await http.ask("POST", "/v1/agents", Self.agent("helper", "remote", settings), token: admin)
    #expect(made.status == 201 && made.json["settings"]?["secret"] == Self.mark, "\(made.text)")
    await server.stop()
    // The only secret that is left is the agent's.
    _ = try await server.query("DELETE FROM signing_keys")
    let other = Sealer(try SealingKeys("v1:" + String(repeating: "B", count: 42) + "A"))
    for sealer in [other, nil] {
      let error = await #expect(throws: StartError.self) {
        _ = try await TestServer(url: server.url) { $0.sealer = sealer }
      }
      #expect("\(try #require(error))".contains("SKEIN_SECRET_KEY must"), "\(String(describing: error))")
    }
  }
}

extension PostgresRows {
  /// The first column, of text.
  fileprivate var texts: [String] {
    get throws { try (0..<count).map { try text($0, 0) } }
  }
}
