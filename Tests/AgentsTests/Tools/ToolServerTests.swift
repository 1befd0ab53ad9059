import Accounts
import Conversation
import Glibc
import HTTPClient
import HTTPWire
import JSONWire
import Log
import MCP
import SkeinTestKit
import Testing

@testable import Agents

/// Tool servers as agents have them: what settings may say, what models are told, and what becomes of calls.
@Suite struct ToolServerTests {
  private func object(_ value: JSONValue) throws -> JSONObject { try #require(value.object) }

  // MARK: Names and texts

  @Test func namesFitAndStayDifferent() {
    #expect(ToolName.fit("read_file", of: "files") == "files__read_file")
    let odd = ["read.file", "read file", "read/file", "read:file", "lis€ez", "", "read_file_"]
    let long = String(repeating: "x", count: 100)
    let names = (odd + [long, long + "y"]).map { ToolName.fit($0, of: "files") }
    #expect(Set(names).count == names.count)
    for name in names {
      #expect((1...64).contains(name.utf8.count) && name.hasPrefix("files__"))
      #expect(name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") })
    }
    // The name of a tool does not depend on what else there is.
    #expect(ToolName.fit("read.file", of: "files") == ToolName.fit("read.file", of: "files"))
  }

  @Test func whatOthersSayIsCutAndLosesWhatIsNotSeen() throws {
    let hidden = "Adds\u{200B} two\u{202E} numbers.\u{E0041}\u{E0042}\n\n\tNow\u{0}."
    #expect(ForeignText.clean(hidden, most: 100) == "Adds two numbers. Now .")
    #expect(ForeignText.clean(String(repeating: "ab ", count: 1000), most: 10).count == 10)
    let schema: JSONValue = [
      "type": "object", "description": "a\u{200B}b",
      "properties": [
        "x": ["type": "string", "description": .string(String(repeating: "y", count: 50)), "enum": ["a\u{200B}"]]
      ],
    ]
    let clean = JSONValue.object(ForeignText.clean(try object(schema), most: 10))
    #expect(clean["description"] == "ab" && clean["properties"]?["x"]?["description"]?.string?.count == 10)
    #expect(clean["properties"]?["x"]?["enum"] == ["a\u{200B}"])
  }

  // MARK: Settings

  @Test(arguments: [
    "[]", "7", "{", "{\"UP\":{\"command\":[\"a\"]}}", "{\"a_b\":{\"command\":[\"a\"]}}", "{\"a\":7}", "{\"a\":{}}",
    "{\"a\":{\"command\":\"ls -l\"}}", "{\"a\":{\"command\":[]}}", "{\"a\":{\"command\":[\"x\",7]}}",
    "{\"a\":{\"command\":[\"x\"],\"url\":\"https://a\"}}",
    "{\"a\":{\"command\":[\"x\"],\"env\":[\"SKEIN_SECRET_KEY\"]}}",
    "{\"a\":{\"command\":[\"x\"],\"env\":[\"A=B\"]}}", "{\"a\":{\"command\":[\"x\"],\"folder\":\"here\"}}",
    "{\"a\":{\"command\":[\"x\"],\"call_seconds\":0}}", "{\"a\":{\"url\":\"file:///etc/passwd\"}}",
    "{\"a\":{\"url\":\"https://a\",\"key_env\":\"A\",\"key_file\":\"/b\"}}",
    "{\"a\":{\"url\":\"https://a\",\"env\":[]}}",
  ])
  func aFileThatIsWrongIsRefused(text: String) {
    #expect(throws: ConfigurationError.self) { try ToolServerList(parsing: text) }
  }

  @Test func aFileNamesServersOfBothWays() throws {
    let list = try ToolServerList(
      parsing: """
        {"files": {"command": ["npx", "server"], "env": ["TOKEN"], "folder": "/srv", "memory_mb": 512, "call_seconds": 5},
         "crm": {"url": "https://crm.example/mcp", "key_env": "CRM_KEY", "headers": {"X-A": "b"}, "calls_at_once": 2}}
        """)
    let files = try #require(list.servers["files"])
    #expect(files.limits.memoryMegabytes == 512 && files.limits.callMilliseconds == 5000)
    guard case .command(let command) = files.way else {
      Issue.record("no command")
      return
    }
    #expect(command.arguments == ["npx", "server"] && command.variables == ["TOKEN"] && command.folder == "/srv")
    guard case .url(let address)? = list.servers["crm"]?.way else {
      Issue.record("no address")
      return
    }
    #expect(address.url == "https://crm.example/mcp" && address.key == .environment("CRM_KEY"))
    #expect(list.servers["crm"]?.limits.callsAtOnce == 2)
  }

  @Test func anAgentHasProgramsByNameAlone() throws {
    for entry: JSONValue in [
      ["name": "files"], ["name": "files", "only": ["read"]], ["name": "crm", "url": "https://a.example/mcp"],
      ["name": "crm", "url": "https://a.example", "key_env": "K", "call_seconds": 3, "only": []],
    ] {
      _ = try ToolServerSource(try object(entry), servers: nil)
    }
    for entry: JSONValue in [
      [:], ["name": "Files"], ["name": "a__b"], ["name": "files", "command": ["sh", "-c", "id"]],
      ["name": "files", "url": "https://a.example", "command": ["sh"]], ["name": "files", "env": ["PATH"]],
      ["name": "files", "key_env": "K"], ["name": "files", "only": "all"],
      ["name": "a", "url": "https://u:p@a.example"],
      ["name": "a", "url": "https://a.example", "folder": "/"],
      ["name": "a", "url": "https://a.example", "memory_mb": 1],
    ] {
      let members = try object(entry)
      #expect(throws: ConfigurationError.self, "\(entry)") { try ToolServerSource(members, servers: nil) }
    }
  }

  @Test func entriesWithKeysAreFound() throws {
    let keyed: JSONValue = ["kind": "mcp", "name": "a", "url": "https://a", "key_file": "/etc/shadow"]
    let settings: JSONValue = ["tools": ["time", ["kind": "mcp", "name": "b"], keyed]]
    #expect(AgentKind.keyedTools(try object(settings)) == [keyed])
    #expect(AgentKind.keyedTools(try object(["tools": 7])) == [])
  }

  // MARK: Work

  private static let script =
    #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
    + "/MCPTests/scripted.py"

  private func request() throws -> AgentRequest {
    AgentRequest(session: try #require(SessionID("session_of_a_test")), question: "", context: []) { _ in [] }
  }

  private func with(_ list: String = "{}", _ body: (ToolServers, HTTPClients) async throws -> Void) async throws {
    let loop = try TestLoop.shared()
    let clients = HTTPClients([loop])
    let servers = ToolServers(
      try ToolServerList(parsing: list), processes: 4, loops: [loop], clients: clients,
      log: Logger("test", level: .error))
    do {
      try await body(servers, clients)
    } catch {
      Issue.record(error)
    }
    await servers.close()
    await clients.close()
  }

  @Test func aProgramThatWasNamedIsHadByItsName() async throws {
    let list = "{\"scripted\":{\"command\":[\"python3\",\"-B\",\"\(Self.script)\",\"modern\"]}}"
    try await with(list) { (servers, _) async throws in
      let source = try ToolServerSource(JSONObject([("name", "scripted")]), servers: servers)
      let request = try request()
      let tools = try await source.tools(for: request)
      let tool = try #require(tools.first)
      #expect(tools.count == 1 && tool.description.name == "scripted__echo" && tool.description.title == "echo")
      #expect(tool.description.purpose == "A tool of the server scripted, which says of it: Gives back.")
      #expect(tool.description.timeLimitMilliseconds == 60_000 && !tool.description.isShown)
      #expect(try await tool.call(JSONObject(), for: request).text == "modern, 0 cancelled")
      let asking = JSONObject([("input", true)])
      await #expect(throws: ToolError("The tool server scripted asks for what is not done here.")) {
        try await tool.call(asking, for: request)
      }
      let none = try ToolServerSource(JSONObject([("name", "other")]), servers: servers)
      await #expect(throws: ToolError("There is no tool server other here.")) { try await none.tools(for: request) }
      let few = try ToolServerSource(try object(["name": "scripted", "only": ["else"]]), servers: servers)
      #expect(try await few.tools(for: request).isEmpty)
    }
  }

  @Test func oneThatIsDescribedIsSharedAndToldItsKey() async throws {
    let folder = try TestFolder()
    let path = folder.path + "/key"
    try write("of-tests\n", to: path)
    let service = try await ScriptedService { request in
      let message = (try? JSONValue(parsing: request.content)) ?? .null
      guard request.head.fields["authorization"] == "Bearer of-tests" else { return ServiceScript.whole(401, "") }
      let schema: JSONValue = ["type": "object"]
      let result: JSONValue
      switch message["method"]?.string {
      case "server/discover": result = ["supportedVersions": ["2026-07-28"], "capabilities": ["tools": [:]]]
      case "tools/list": result = ["tools": [["name": "a.b", "inputSchema": schema]], "ttlMs": 60_000]
      case _ where message["params"]?["arguments"]?["refuse"] != nil:
        return ServiceScript.whole(
          "{\"jsonrpc\":\"2.0\",\"id\":\(message["id"] ?? .null),\"error\":{\"code\":-32602,\"message\":\"not so\"}}")
      case _ where message["params"]?["arguments"]?["fail"] != nil:
        result = ["content": [["type": "text", "text": "no such row"]], "isError": true]
      default: result = ["content": [["type": "text", "text": "done"]]]
      }
      return ServiceScript.whole("{\"jsonrpc\":\"2.0\",\"id\":\(message["id"] ?? .null),\"result\":\(result)}")
    }
    try await with { (servers, _) async throws in
      let entry = JSONObject([("name", "crm"), ("url", .string(service.url)), ("key_file", .string(path))])
      let request = try request()
      let sources = try (0..<3).map { _ in try ToolServerSource(entry, servers: servers) }
      for source in sources { #expect(try await source.tools(for: request).count == 1) }
      // They share one session.
      #expect(await service.requests.count == 2)
      let tools = try await sources[0].tools(for: request)
      let tool = try #require(tools.first)
      #expect(tool.description.name.hasPrefix("crm__a_b_"))
      #expect(try await tool.call(JSONObject(), for: request).text == "done")
      await #expect(throws: ToolError("no such row")) {
        try await tool.call(JSONObject([("fail", true)]), for: request)
      }
      await #expect(throws: ToolError("The tool server crm refuses: not so")) {
        try await tool.call(JSONObject([("refuse", true)]), for: request)
      }
      try write("another", to: path)
      await #expect(throws: ToolError("The tool server crm does not let this server in.")) {
        try await tool.call(JSONObject(), for: request)
      }
    }
    await service.close()
  }

  @Test func twoThatDifferInTheirSecretsAloneAreNotOne() async throws {
    let service = try await ScriptedService { request in
      let message = (try? JSONValue(parsing: request.content)) ?? .null
      let result: JSONValue =
        message["method"] == "tools/list"
        ? ["tools": [], "ttlMs": 60_000]
        : ["supportedVersions": ["2026-07-28"], "capabilities": ["tools": [:]]]
      return ServiceScript.whole("{\"jsonrpc\":\"2.0\",\"id\":\(message["id"] ?? .null),\"result\":\(result)}")
    }
    try await with { (servers, _) async throws in
      let given: JSONValue = [
        "name": "crm", "url": .string(service.url), "key": ["is_set": true],
        "headers": ["X-Tenant": ["is_set": true]],
      ]
      let entry = try object(given)
      let request = try request()
      // Both live: the second one could be had from the first.
      var sources: [ToolServerSource] = []
      for number in ["1", "2"] {
        let secrets = [
          "tools.crm.key": SecretText("sk-\(number)"), "tools.crm.headers.X-Tenant": SecretText("tenant \(number)"),
        ]
        let source = try ToolServerSource(entry, secrets: secrets, servers: servers)
        sources.append(source)
        _ = try await source.tools(for: request)
        let fields = try #require(await service.requests.last?.head.fields)
        #expect(fields["authorization"] == "Bearer sk-\(number)" && fields["x-tenant"] == "tenant \(number)")
      }
      #expect(sources.count == 2)
      // What can't be opened is sent nowhere.
      let count = await service.requests.count
      let source = try ToolServerSource(entry, servers: servers)
      await #expect(throws: ToolError.self) { try await source.tools(for: request) }
      #expect(await service.requests.count == count)
    }
    await service.close()
  }

  private func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
  }
}
