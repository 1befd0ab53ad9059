import Accounts
import JSONWire
import SkeinTestKit
import Store
import Testing

/// Agents over plain HTTP.
@Suite struct AgentRoutesTests {
  private static let agent: JSONValue = [
    "slug": "helper", "kind": "chat-completions", "name": "Helper", "greeting": "Hello!", "suggestions": ["What?"],
    "settings": ["url": "https://a.example/v1", "model": "m"],
  ]

  @Test func anAgentIsKept() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let admin = try await server.token("admin", .admin)
      let made = try await http.ask("POST", "/v1/agents", Self.agent, token: admin)
      #expect(made.status == 201 && made.json["settings"]?["model"] == "m" && made.json["built_in"] == false)
      #expect(try await http.ask("POST", "/v1/agents", Self.agent, token: admin).status == 409)
      let listed = try await http.ask("GET", "/v1/agents", token: admin)
      #expect(listed.json["agents"]?.array?.compactMap { $0["slug"]?.string }.last == "helper")
      let seen = try await http.ask("GET", "/v1/agents/helper", token: admin)
      let tag = try #require(seen["etag"])
      let change: JSONValue = ["name": "Other", "settings": ["model": "n", "max_tokens": 9]]
      let changed = try await http.ask(
        "PATCH", "/v1/agents/helper", change, token: admin, fields: "If-Match: \(tag)\r\n")
      #expect(changed.status == 200 && changed.json["name"] == "Other" && changed.json["greeting"] == "Hello!")
      let settings: JSONValue = ["url": "https://a.example/v1", "model": "n", "max_tokens": 9]
      #expect(changed.json["settings"] == settings)
      let late = try await http.ask(
        "PATCH", "/v1/agents/helper", change, token: admin, fields: "If-Match: \(tag)\r\n")
      #expect(late.status == 412)
      let less = try await http.ask(
        "PATCH", "/v1/agents/helper", ["settings": ["max_tokens": nil]], token: admin)
      #expect(less.json["settings"]?.object?.count == 2)
      #expect(try await http.ask("DELETE", "/v1/agents/helper", token: admin).status == 204)
      #expect(try await http.ask("GET", "/v1/agents/helper", token: admin).status == 404)
      #expect(try await http.ask("DELETE", "/v1/agents/script", token: admin).status == 409)
    }
  }

  @Test func aSitesAdminDoesNotKeepThem() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let admin = try await server.token("admin", .member, on: [("default", .owner)])
      #expect(try await http.ask("GET", "/v1/agents", token: admin).status == 403)
      #expect(try await http.ask("POST", "/v1/agents", Self.agent, token: admin).status == 403)
      #expect(try await http.ask("GET", "/v1/agents/script", token: admin).status == 403)
    }
  }

  static let refused: [JSONValue] = [
    ["slug": "Hel per"], ["slug": ""], ["kind": "oracle"], ["kind": nil], ["name": ""], ["settings": [:]],
    ["settings": ["url": "file:///etc/passwd", "model": "m"]], ["settings": ["url": "https://a", "modle": "m"]],
    ["settings": ["url": "https://a", "model": "m", "key_env": "PATH"]],
    ["settings": ["url": "https://a", "model": "m", "key_file": "/etc/shadow"]],
    ["settings": ["url": "https://a", "model": "m\u{0}"]],
    ["settings": ["url": "https://a", "model": "m", "extra": ["x": .number("1e9999")]]],
  ]

  @Test func whatAnAgentCantBeIsRefused() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let admin = try await server.token("admin", .admin)
      for change in Self.refused {
        var object = try #require(Self.agent.object)
        for member in change.object?.members ?? [] { object[member.key] = .some(member.value) }
        let answer = try await http.ask("POST", "/v1/agents", .object(object), token: admin)
        #expect(answer.status == 400, "\(change): \(answer.text)")
      }
    }
  }

  @Test func aKeyOfAToolIsNamedByOperatorsAlone() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let admin = try await server.token("admin", .admin)
      for member in ["key_env", "key_file"] {
        var tool = JSONObject([("kind", "mcp"), ("name", "a"), ("url", "https://evil.example")])
        tool[member] = .string("PATH")
        let tools = JSONValue.array([.object(tool)])
        var object = try #require(Self.agent.object)
        object["settings"] = .object(JSONObject([("url", "https://a"), ("model", "m"), ("tools", tools)]))
        let answer = try await http.ask("POST", "/v1/agents", .object(object), token: admin)
        #expect(answer.status == 400 && answer.text.contains("tools with a key are set by skein agent alone"))
      }
    }
  }

  @Test func aKeyThatAnOperatorHasNamedGoesNowhereElse() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let admin = try await server.token("admin", .admin)
      var change = AgentChange()
      (change.kind, change.name) = ("chat-completions", "Helper")
      change.settings = JSONObject([("url", "https://a.example"), ("model", "m"), ("key_env", "SECRET")])
      _ = try await server.database { [change] in try await AgentBook($0).create("helper", change) }
      for settings: JSONValue in [
        ["url": "https://evil.example"], ["headers": ["Host": "evil.example"]], ["key_header": "X"],
        ["key_env": "PATH"], ["key_env": nil, "url": "https://evil.example"],
      ] {
        let answer = try await http.ask("PATCH", "/v1/agents/helper", ["settings": settings], token: admin)
        #expect(answer.status == 400, "\(settings)")
      }
      let changed = try await http.ask("PATCH", "/v1/agents/helper", ["settings": ["model": "n"]], token: admin)
      #expect(changed.status == 200 && changed.json["settings"]?["key_env"] == "SECRET")
    }
  }
}
