import Accounts
import Agents
import HTTPWire
import JSONWire
import Postgres
import Server
import SkeinTestKit
import Store
import Testing

/// Services that say the key again that they were shown, wherever they can say something: nobody is told it.
@Suite struct EchoedSecretTests {
  private static let key = "sk-echoed-4f9b2c"

  struct Way: Sendable, CustomTestStringConvertible {
    let name: String
    let kind: String
    let steps: [ServiceStep]
    /// What stands in the answer, where there is one.
    var text = ""
    var settings: [(String, JSONValue)] = []
    var testDescription: String { name }
  }

  private static func head(_ line: String, _ fields: String = "") -> [ServiceStep] {
    [.send(Array("HTTP/1.1 \(line)\r\nContent-Length: 0\r\n\(fields)\r\n".utf8))]
  }

  private static func refusal(_ error: JSONValue, _ status: Int = 400) -> [ServiceStep] {
    ServiceScript.whole(status, (["error": error] as JSONValue).description)
  }

  private static func agui(_ events: [JSONValue]) -> [ServiceStep] {
    ServiceScript.stream(events.map { "data: \($0)\n\n" })
  }

  static let ways: [Way] = {
    let chat = "chat-completions"
    var ways = [
      Way(name: "code", kind: chat, steps: refusal(["code": .string(key), "message": "no"])),
      Way(name: "type", kind: chat, steps: refusal(["type": .string("bad \(key)")])),
      Way(name: "a code in two parts", kind: chat, steps: refusal(["code": .string("sk-echoed-\u{200B}4f9b2c")])),
      Way(name: "message", kind: chat, steps: refusal(["message": .string("wrong key: \(key)")])),
      Way(
        name: "a field and the reason", kind: chat,
        steps: head("418 \(key)", "X-Echo: \(key)\r\nWWW-Authenticate: Bearer \(key)\r\n")),
      Way(name: "a type of content", kind: chat, steps: ServiceScript.whole(200, "{}", type: "text/\(key)")),
      Way(
        name: "broken JSON", kind: chat, steps: ServiceScript.whole(400, "{\"error\":{\"code\":\"\(key)\",\"x\"")),
      Way(
        name: "a broken event", kind: chat, steps: ServiceScript.stream(["data: {\"error\":{\"code\":\"\(key)\"\n\n"])),
      Way(
        name: "an error in the stream", kind: chat,
        steps: ServiceScript.stream(["data: {\"error\":{\"code\":\"\(key)\"}}\n\n"])),
      Way(
        name: "the text, cut anywhere", kind: chat,
        steps: ServiceScript.stream(
          ServiceScript.chat(["It is sk-"] + key.dropFirst(3).map { String($0) } + [".", " That is it, ask"])),
        text: "It is [secret]. That is it, ask"),
      Way(
        name: "its thoughts", kind: chat,
        steps: ServiceScript.stream(
          [ServiceScript.chat(["reasoning_content": .string("I was shown \(key)")])] + ServiceScript.chat(["Yes"])),
        text: "Yes", settings: [("show_reasoning", true)]),
      Way(
        name: "messages", kind: "messages",
        steps: ServiceScript.stream([ServiceScript.message(["type": "error", "error": ["type": .string(key)]])])),
      Way(
        name: "another's agent", kind: "ag-ui",
        steps: agui([
          ["type": "TOOL_CALL_START", "toolCallId": .string(key), "toolCallName": .string(key)],
          ["type": "RUN_ERROR", "code": .string(key), "message": .string(key)],
        ])),
      Way(
        name: "another's agent, as text", kind: "remote",
        steps: ServiceScript.stream([Array("The key is \(key), sk-echoed-4f".utf8)], type: "text/plain", end: .close),
        text: "The key is [secret], [secret]"),
    ]
    for place in ways.indices where ways[place].kind != "ag-ui" && ways[place].kind != "remote" {
      ways[place].settings.append(("retries", 0))
    }
    return ways
  }()

  @Test(arguments: ways) func nobodyIsToldIt(_ way: Way) async throws {
    let log = LogFile()
    let folder = try TemporaryFolder.make("echoed")
    defer { TemporaryFolder.remove(folder) }
    try TemporaryFolder.write(Self.key, to: "\(folder)/key")
    let service = try await ScriptedService { _ in way.steps }
    try await TestServer.with(log: log.logger) { server in
      let keyed: (String, JSONValue) = ("key_file", .string("\(folder)/key"))
      let slug = try await ModelFixture.agent(
        on: server, kind: way.kind, url: service.url, model: ["ag-ui", "remote"].contains(way.kind) ? nil : "m",
        way.settings + [keyed])
      let identity = Identity.random()
      let client = try await server.client(identity, agent: slug)
      await client.say("Who are you?")
      var frames = ""
      while !frames.contains("\"message.completed\"") { frames += try await client.nextMessage().text }
      let fields = try #require(await service.requests.last).head.fields
      #expect((fields["authorization"] ?? fields["x-api-key"])?.hasSuffix(Self.key) == true)
      let admin = try await server.token("admin", .admin)
      let http = try await server.http()
      var told = frames
      for path in ["messages", "export?format=json", "export?format=markdown"] {
        told += try await http.ask("GET", identity.path(path), token: identity.token).text
      }
      told += try await http.ask("GET", "/v1/agents", token: admin).text
      let stored = try await server.query(
        """
        SELECT string_agg(m::text, ' ') || (SELECT coalesce(string_agg(c::text, ' '), '') FROM message_chunks c)
        FROM messages m
        """
      ).text(0, 0)
      #expect(told.contains("Who are you?") && stored.contains("Who are you?"))
      for (place, text) in [("told", told), ("stored", stored), ("log", log.text)] {
        #expect(!text.contains(Self.key) && !text.contains("4f9b2c"), "\(place)")
      }
      if way.text.isEmpty {
        #expect(log.text.contains("an agent failed"))
      } else {
        let content = try await server.stored(identity.session).last?.content
        #expect(content.map { String(decoding: $0, as: UTF8.self) } == way.text)
      }
    }
    await service.close()
  }

  @Test func embeddingsAndToolServersTellNobodyEither() async throws {
    let log = LogFile()
    let folder = try TemporaryFolder.make("echoed")
    defer { TemporaryFolder.remove(folder) }
    try TemporaryFolder.write(Self.key, to: "\(folder)/key")
    let vectors = try await ScriptedService { _ in Self.refusal(["code": .string(Self.key)], 500) }
    let tools = try await ScriptedService { _ in
      ServiceScript.whole(
        400,
        (["jsonrpc": "2.0", "id": 1, "error": ["code": -32600, "message": .string("not with \(Self.key)")]] as JSONValue)
          .description, type: "application/json")
    }
    let model = try await ScriptedService { _ in ServiceScript.stream(ServiceScript.chat(["Yes"])) }
    try await TestServer.with(log: log.logger) {
      $0.embeddings.url = vectors.url
      $0.embeddings.model = "m"
      $0.embeddings.keyFile = "\(folder)/key"
    } _: { server in
      let tool: JSONValue = [
        "kind": "mcp", "name": "crm", "url": .string(tools.url), "key_file": .string("\(folder)/key"),
      ]
      let slug = try await ModelFixture.agent(
        on: server, kind: "chat-completions", url: model.url, [("tools", .array([tool]))])
      let identity = Identity.random()
      let client = try await server.client(identity, agent: slug)
      _ = try await client.ask("Hello")
      await vectors.until { !$0.requests.isEmpty }
      while !log.text.contains("vectors can't be made") { try await Task.sleep(for: .milliseconds(5)) }
      #expect(log.text.contains("a tool server can't be used") && log.text.contains("not with [secret]"))
      #expect(!log.text.contains(Self.key))
      let told = try await server.http().ask("GET", identity.path("messages"), token: identity.token).text
      #expect(!told.contains(Self.key))
    }
    for service in [vectors, tools, model] { await service.close() }
  }
}
