import HTTPClient
import HTTPWire
import JSONWire
import Log
import Reactor
import SkeinTestKit
import Synchronization
import Testing

@testable import MCP

/// Streamable HTTP against a scripted service: what is sent in each era, and what is made of odd answers.
@Suite(.timeLimit(.minutes(5))) struct ScriptedHTTPTests {
  /// A message that was sent to the service.
  struct Message: Sendable {
    let http: ServiceRequest
    let value: JSONValue

    var method: String { value["method"]?.string ?? "" }
    var id: JSONValue { value["id"] ?? .null }
    func field(_ name: StaticString) -> String? { http.head.fields[name] }

    func result(_ result: JSONValue, fields: [String] = []) -> [ServiceStep] {
      ServiceScript.whole(200, "\(text(result))", fields: fields)
    }

    func text(_ result: JSONValue) -> String {
      JSONValue.object(JSONObject([("jsonrpc", "2.0"), ("id", id), ("result", result)])).description
    }

    func error(_ status: Int, _ number: Int64, _ data: JSONValue = nil) -> [ServiceStep] {
      let error: JSONValue = ["code": .int(number), "message": "no", "data": data]
      return ServiceScript.whole(
        status, JSONValue.object(JSONObject([("jsonrpc", "2.0"), ("id", id), ("error", error)])).description)
    }
  }

  static let tool: JSONValue = ["name": "echo", "inputSchema": ["type": "object"]]
  static let answer: JSONValue = ["content": [["type": "text", "text": "said"]]]
  static let refused = ServiceScript.whole(405, "")

  /// What a server of the legacy era answers; nil to what it has no answer of its own for.
  static func legacy(_ message: Message, session: String? = "s1") -> [ServiceStep]? {
    switch message.method {
    case "": message.http.head.method == .get ? refused : ServiceScript.whole(202, "")
    case "server/discover": ServiceScript.whole(400, "Bad Request: Missing session ID", type: "text/plain")
    case "initialize":
      message.result(
        ["protocolVersion": "2025-06-18", "capabilities": ["tools": [:]], "serverInfo": [:]],
        fields: session.map { ["Mcp-Session-Id: \($0)"] } ?? [])
    case "tools/list": message.result(["tools": [tool]])
    case _ where message.method.hasPrefix("notifications/"): ServiceScript.whole(202, "")
    default: nil
    }
  }

  /// What a server of the modern era answers.
  static func modern(_ message: Message, tool: JSONValue = tool) -> [ServiceStep]? {
    switch message.method {
    case "server/discover":
      message.result(["resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": ["tools": [:]]])
    case "tools/list": message.result(["resultType": "complete", "tools": [tool], "ttlMs": 60_000])
    default: nil
    }
  }

  private func run(
    limits: MCPLimits = MCPLimits(), _ respond: @escaping @Sendable (Message) -> [ServiceStep],
    _ body: (MCPServer, ScriptedService) async throws -> Void
  ) async throws {
    let loop = try TestLoop.shared()
    let service = try await ScriptedService { request in
      respond(Message(http: request, value: (try? JSONValue(parsing: request.content)) ?? .null))
    }
    let clients = HTTPClients([loop])
    let endpoint = MCPEndpoint(service.url + "/mcp") { () in [("X-Api-Key", "of ours")] }
    let server = MCPServer(
      "scripted", by: .http(endpoint, clients), limits: limits, on: loop, log: Logger("test", level: .error))
    do {
      try await body(server, service)
    } catch {
      Issue.record(error)
    }
    await server.close()
    await clients.close()
    await service.close()
  }

  private func messages(_ service: ScriptedService) async -> [Message] {
    await service.requests.map { Message(http: $0, value: (try? JSONValue(parsing: $0.content)) ?? .null) }
  }

  @Test func theModernEraIsToldEverythingWithEachRequest() async throws {
    let tool: JSONValue = [
      "name": "wähle",
      "inputSchema": ["type": "object", "properties": ["region": ["type": "string", "x-mcp-header": "Region"]]],
    ]
    try await run { message in
      Self.modern(message, tool: tool) ?? message.result(Self.answer)
    } _: { (server, service) async throws in
      #expect(try await server.call("wähle", [("region", "us west")]).text == "said")
      let sent = await messages(service)
      #expect(sent.map(\.method) == ["server/discover", "tools/list", "tools/call"])
      for message in sent {
        #expect(message.field("mcp-protocol-version") == "2026-07-28" && message.field("mcp-session-id") == nil)
        #expect(message.field("mcp-method") == message.method && message.http.head.method == .post)
        #expect(message.field("accept") == "application/json, text/event-stream")
        #expect(message.field("x-api-key") == "of ours")
        let meta = message.value["params"]?["_meta"]
        #expect(meta?["io.modelcontextprotocol/protocolVersion"] == "2026-07-28")
      }
      #expect(sent.map { $0.field("mcp-name") } == [nil, nil, "=?base64?d8OkaGxl?="])
      #expect(sent.last?.field("mcp-param-region") == "us west")
    }
  }

  @Test func theLegacyEraIsGreetedAndItsSessionKept() async throws {
    try await run { message in
      Self.legacy(message) ?? message.result(Self.answer)
    } _: { (server, service) async throws in
      #expect(try await server.call("echo").text == "said")
      let sent = await messages(service)
      let methods = ["server/discover", "initialize", "notifications/initialized", "tools/list", "tools/call"]
      #expect(sent.map(\.method) == methods)
      #expect(sent[1].field("mcp-session-id") == nil && sent[1].value["params"]?["_meta"] == nil)
      for message in sent.dropFirst(2) {
        #expect(message.field("mcp-session-id") == "s1" && message.field("mcp-protocol-version") == "2025-06-18")
        #expect(message.field("mcp-method") == nil)
      }
      await server.close()
      #expect(await messages(service).last?.http.head.method == .delete)
    }
  }

  @Test func aSessionThatWasLostIsMadeAnew() async throws {
    let sessions = Atomic<Int>(0)
    try await run { message in
      if message.method == "initialize" { sessions.add(1, ordering: .relaxed) }
      let session = "s\(sessions.load(ordering: .relaxed))"
      if let given = message.field("mcp-session-id"),
        given != session || session == "s1" && message.method == "tools/call"
      {
        return ServiceScript.whole(404, "")
      }
      return Self.legacy(message, session: session) ?? message.result(Self.answer)
    } _: { (server, service) async throws in
      #expect(try await server.call("echo").text == "said")
      #expect(await messages(service).map(\.method).filter { $0 == "initialize" }.count == 2)
      #expect(await messages(service).last?.field("mcp-session-id") == "s2")
    }
  }

  @Test func anAnswerMayComeAsEventsWithOthersBeforeIt() async throws {
    try await run { message in
      if message.value["result"] != nil || message.value["error"] != nil { return ServiceScript.whole(202, "") }
      if let answer = Self.legacy(message) { return answer }
      let progress = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{}}"
      let ping = "{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}"
      let roots = "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"roots/list\"}"
      return ServiceScript.stream([
        ": hello\n\nid: 1\ndata:\n\n", "data: \(progress)\r\n\r\ndata: \(ping)\n\n", "data: \(roots)\n\n",
        "event: message\ndata: \(message.text(Self.answer))\n\n",
      ])
    } _: { (server, service) async throws in
      #expect(try await server.call("echo").text == "said")
      await service.until { $0.requests.count == 7 }
      let answers = await messages(service).suffix(2).map(\.value)
      #expect(answers.contains { $0["id"] == "p" && $0["result"] == [:] })
      #expect(answers.contains { $0["id"] == 8 && $0["error"]?["code"] == -32601 })
    }
  }

  @Test func aStreamThatIsCutIsReadOnFromWhereItWas() async throws {
    let call = Mutex<Message?>(nil)
    try await run { message in
      if message.http.head.method == .get, message.field("last-event-id") == "e1" {
        let text = call.withLock { $0?.text(Self.answer) ?? "" }
        return ServiceScript.stream(["id: e2\ndata: \(text)\n\n"])
      }
      if let answer = Self.legacy(message) { return answer }
      call.withLock { $0 = message }
      return ServiceScript.stream(["id: e1\nretry: 60\ndata: \n\n"])
    } _: { (server, service) async throws in
      #expect(try await server.call("echo").text == "said")
      #expect(await messages(service).last?.field("mcp-session-id") == "s1")
    }
  }

  @Test func anOlderServerMayAnswerWithAnErrorOfItsOwn() async throws {
    for steps in [
      ServiceScript.whole(404, ""), ServiceScript.whole(405, ""), ServiceScript.whole(200, "<html>", type: "text/html"),
    ] {
      try await run { message in
        message.method == "server/discover" ? steps : Self.legacy(message) ?? message.result(Self.answer)
      } _: { (server, _) async throws in
        #expect(try await server.call("echo").text == "said")
      }
    }
    try await run { message in
      message.method == "server/discover"
        ? message.error(200, -32601) : Self.legacy(message) ?? message.result(Self.answer)
    } _: { (server, _) async throws in
      #expect(try await server.call("echo").text == "said")
    }
  }

  @Test func aNewerServerIsNotGreetedInOldTerms() async throws {
    try await run { message in
      message.error(400, -32022, ["supported": ["2099-01-01"], "requested": "2026-07-28"])
    } _: { (server, service) async throws in
      let error = await #expect(throws: MCPError.self) { try await server.tools() }
      #expect(error?.code == .unsupported)
      #expect(await messages(service).map(\.method) == ["server/discover"])
    }
  }

  @Test func aSchemaThatHasChangedIsReadAgain() async throws {
    let old: JSONValue = ["name": "echo", "inputSchema": ["type": "object"]]
    let new: JSONValue = [
      "name": "echo",
      "inputSchema": ["type": "object", "properties": ["a": ["type": "integer", "x-mcp-header": "A"]]],
    ]
    let lists = Atomic<Int>(0)
    try await run { message in
      if message.method == "tools/call" {
        return message.field("mcp-param-a") == "7" ? message.result(Self.answer) : message.error(400, -32020)
      }
      if message.method == "tools/list" { lists.add(1, ordering: .relaxed) }
      return Self.modern(message, tool: lists.load(ordering: .relaxed) > 1 ? new : old) ?? []
    } _: { (server, _) async throws in
      #expect(try await server.call("echo", [("a", 7)]).text == "said")
    }
  }

  @Test func changesAreHeardOnAStreamOfTheirOwn() async throws {
    let lists = Atomic<Int>(0)
    let changed = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}"
    try await run { message in
      switch message.method {
      case "server/discover":
        return message.result([
          "supportedVersions": ["2026-07-28"], "capabilities": ["tools": ["listChanged": true]],
        ])
      case "subscriptions/listen":
        #expect(message.value["params"]?["notifications"] == ["toolsListChanged": true])
        return ServiceScript.stream(["data: \(changed)\n\n"], end: .wait)
      default:
        let count = lists.add(1, ordering: .relaxed).newValue
        return message.result(["tools": .array(Array(repeating: Self.tool, count: 1)), "count": .int(Int64(count))])
      }
    } _: { (server, service) async throws in
      _ = try await server.tools()
      await service.until { $0.requests.contains { $0.head.fields["mcp-method"] == "subscriptions/listen" } }
      #expect(
        try await comesTrue {
          _ = try await server.tools()
          return lists.load(ordering: .relaxed) >= 2
        })
    }
  }

  @Test func oddAnswersGiveClearErrors() async throws {
    var limits = MCPLimits()
    limits.messageBytes = 10_000
    let long = String(repeating: "x", count: 20_000)
    let cases: [(MCPError.Code, @Sendable (Message) -> [ServiceStep])] = [
      (.unauthorized, { _ in ServiceScript.whole(401, "") }),
      (.unavailable, { _ in ServiceScript.whole(503, "busy", type: "text/plain") }),
      (.refused, { $0.error(200, -32602) }), (.malformed, { _ in ServiceScript.whole("not JSON") }),
      (.malformed, { _ in ServiceScript.whole(200, "<html>", type: "text/html") }),
      (.malformed, { _ in ServiceScript.whole("{\"jsonrpc\":\"2.0\",\"id\":99999,\"result\":{}}") }),
      (.malformed, { $0.result(["content": 7]) }), (.tooLarge, { _ in ServiceScript.whole("\"\(long)\"") }),
      (.tooLarge, { _ in ServiceScript.stream(["data: \(long)", long, "\n\n"]) }),
      (.ended, { _ in ServiceScript.stream(["data: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n\n"]) }),
      (.ended, { _ in ServiceScript.stream([": nothing yet\n"], end: .reset) }), (.ended, { _ in [.close] }),
      (.timedOut, { _ in [.wait] }), (.timedOut, { _ in ServiceScript.stream([": nothing yet\n"], end: .wait) }),
    ]
    for (index, (code, steps)) in cases.enumerated() {
      let isOdd = Atomic<Bool>(true)
      try await run(limits: limits) { message in
        Self.modern(message) ?? (isOdd.load(ordering: .relaxed) ? steps(message) : message.result(Self.answer))
      } _: { (server, _) async throws in
        let milliseconds: UInt64? = code == .timedOut ? 300 : nil
        let error = await #expect(throws: MCPError.self) { try await server.call("echo", within: milliseconds) }
        #expect(error?.code == code, "case \(index)")
        // The next call works again.
        isOdd.store(false, ordering: .relaxed)
        #expect(try await server.call("echo").text == "said")
      }
    }
  }

  @Test func aCallIsNeverSentTwice() async throws {
    let calls = Atomic<Int>(0)
    try await run { message in
      if let answer = Self.modern(message) { return answer }
      calls.add(1, ordering: .relaxed)
      return [.close]
    } _: { (server, _) async throws in
      let error = await #expect(throws: MCPError.self) { try await server.call("echo") }
      #expect(error?.code == .ended && calls.load(ordering: .relaxed) == 1)
    }
  }

  @Test func aCallThatIsGivenUpIsBrokenOffOrCancelled() async throws {
    var limits = MCPLimits()
    limits.callMilliseconds = 200
    try await run(limits: limits) { message in
      Self.modern(message) ?? [.wait]
    } _: { (server, service) async throws in
      await #expect(throws: MCPError.self) { try await server.call("echo") }
      await service.until { $0.abandoned == 1 }
    }
    try await run(limits: limits) { message in
      Self.legacy(message) ?? [.wait]
    } _: { (server, service) async throws in
      await #expect(throws: MCPError.self) { try await server.call("echo") }
      await service.until { $0.requests.count == 6 }
      let sent = await messages(service)
      #expect(sent.last?.method == "notifications/cancelled" && sent.last?.value["params"]?["requestId"] == sent[4].id)
    }
  }
}
