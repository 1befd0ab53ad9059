import Conversation
import EmbeddedPostgres
import Glibc
import JSONWire
import Postgres
import SkeinTestKit
import Synchronization
import Testing

/// Answers of a model with tools whose server is killed: in each phase one, all at once. Another server goes on with each,
/// tells the model what it was told before, and calls nothing twice that must not be.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ToolTakeoverTests {
  /// What an answer was at when its server was killed: the question names it.
  enum Phase: String, CaseIterable, Sendable {
    /// The model says something, or has said nothing yet, before it asks for a call.
    case before
    /// A call was begun that must not be made twice, or one that may.
    case call, look
    /// The model was told of the result, and has not said anything.
    case between
    /// It speaks of it.
    case text
    /// A call waits for a person, who agrees, or does not, once another server has it; or before one has.
    case agreed, refused, agreedEarly, refusedEarly

    var tool: String {
      switch self {
      case .before, .call, .between, .text: "pay"
      case .look: "look"
      case .agreed, .refused, .agreedEarly, .refusedEarly: "order"
      }
    }
    var waits: Bool { tool == "order" }
    var isEarly: Bool { self == .agreedEarly || self == .refusedEarly }
    var isRefused: Bool { self == .refused || self == .refusedEarly }
  }

  /// The model and the tool server, which stand still where their client is to be killed: each at the first time.
  final class World: Sendable {
    let kind: String
    private let seen = Mutex<[String: Int]>([:])

    init(_ kind: String) { self.kind = kind }

    func count(_ key: String) -> Int { seen.withLock { $0[key] ?? 0 } }

    /// How often that has come, with this time.
    private func number(_ key: String) -> Int {
      seen.withLock {
        $0[key, default: 0] += 1
        return $0[key] ?? 0
      }
    }

    private var beforeCall: String { kind == "messages" ? "Let me look." : "" }

    func say(_ request: ServiceRequest) -> [ServiceStep] {
      let messages = ToolTakeoverTests.messages(request)
      guard let phase = messages.first?["content"]?.string.flatMap(Phase.init) else {
        return ServiceScript.whole(500, "{}")
      }
      let isTold = messages.contains { $0["role"] == "tool" || $0["content"]?[0]?["type"] == "tool_result" }
      let isFirst = number("\(phase) \(isTold)") == 1
      let begun = messages.last?["role"] == "assistant" ? messages.last?["content"]?.string ?? "" : ""
      guard isTold else {
        if phase == .before, isFirst {
          let events = kind == "messages" ? ServiceScript.messages(["Let me "]) : ServiceScript.chat([])
          return ServiceScript.stream(Array(events.prefix(kind == "messages" ? 4 : 1)), end: .wait)
        }
        let text = phase == .before ? beforeCall : "Let me look."
        guard text.hasPrefix(begun) else { return ServiceScript.whole(400, "{}") }
        return ServiceScript.calling(
          [.init("c1", "shop__\(phase.tool)", "{\"of\":\"\(phase)\"}")], saying: String(text.dropFirst(begun.count)),
          kind: kind)
      }
      if phase == .between, isFirst { return [.wait] }
      if phase == .text, isFirst {
        let events = kind == "messages" ? ServiceScript.messages(["All "]) : ServiceScript.chat(["All "])
        return ServiceScript.stream(Array(events.prefix(kind == "messages" ? 4 : 2)), end: .wait)
      }
      guard "All done.".hasPrefix(begun) else { return ServiceScript.whole(400, "{}") }
      return ServiceScript.saying([String("All done.".dropFirst(begun.count))], kind: kind)
    }

    func serve(_ request: ServiceRequest) -> [ServiceStep] {
      let message = (try? JSONValue(parsing: request.content)) ?? .null
      func result(_ value: JSONValue) -> [ServiceStep] {
        ServiceScript.whole(
          JSONValue.object(JSONObject([("jsonrpc", "2.0"), ("id", message["id"] ?? .null), ("result", value)]))
            .description)
      }
      switch message["method"]?.string {
      case "server/discover":
        return result([
          "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": ["tools": [:]],
        ])
      case "tools/list":
        let tools = ["pay", "look", "order"].map { name -> JSONValue in
          ["name": .string(name), "inputSchema": ["type": "object"]]
        }
        return result(["resultType": "complete", "tools": .array(tools), "ttlMs": 600_000])
      case "tools/call":
        let phase = message["params"]?["arguments"]?["of"]?.string ?? ""
        let isFirst = number("made \(phase)") == 1
        if isFirst, phase == "call" || phase == "look" { return [.wait] }
        return result(["resultType": "complete", "content": [["type": "text", "text": .string("did \(phase)")]]])
      default: return ServiceScript.whole(404, "")
      }
    }
  }

  /// The messages of a request behind the system's.
  static func messages(_ request: ServiceRequest) -> [JSONValue] {
    let messages = (try? JSONValue(parsing: request.content))?["messages"]?.array ?? []
    return messages.filter { $0["role"] != "system" }
  }

  private struct Talk {
    let phase: Phase
    let identity: Identity
    let client: ChatClient
    var seen = Transcript()
  }

  @Test(arguments: ["chat-completions", "messages"])
  func anAnswerWithCallsGoesOnWhereverItsServerWasKilled(_ kind: String) async throws {
    let world = World(kind)
    let service = try await ScriptedService { world.say($0) }
    let shop = try await ScriptedService { world.serve($0) }
    let postgres = try PrivatePostgres()
    let url = try await postgres.database()
    let tools: JSONValue = [
      [
        "kind": "mcp", "name": "shop", "url": .string(shop.url), "approve": ["shop__order"], "repeat": ["shop__look"],
      ]
    ]
    let made = try await Program.run(
      "agent", "create", "clerk", "--kind", kind, "--url", service.url, "--model", "m", "--set", "tools=\(tools)",
      "--database-url", url)
    #expect(made.code == 0, "\(made.errors)")
    let serve = ["serve", "--port", "0", "--database-url", url]
    let (first, second) = (try Program(serve), try Program(serve))
    let (port, other) = (try await first.port(), try await second.port())

    var talks: [Talk] = []
    for phase in Phase.allCases {
      let client = try await ChatClient.connect(to: port)
      let identity = Identity.random()
      try await client.hello(identity, agent: "clerk")
      await client.say(phase.rawValue)
      talks.append(Talk(phase: phase, identity: identity, client: client))
    }
    for place in talks.indices {
      let (phase, client) = (talks[place].phase, talks[place].client)
      switch phase {
      case .before:
        if kind == "messages" { try await client.until { $0.from("assistant").last?.text == "Let me " } }
        await service.until { _ in world.count("before false") == 1 }
      case .call, .look: await shop.until { _ in world.count("made \(phase)") == 1 }
      case .between: await service.until { _ in world.count("between true") == 1 }
      case .text: try await client.until { $0.from("assistant").last?.text == "Let me look.\n\nAll " }
      case .agreed, .refused, .agreedEarly, .refusedEarly:
        try await client.until { $0.from("assistant").last?.tools.first?["status"] == "waiting" }
      }
      // What it was told by then.
      _ = try await client.settle()
      talks[place].seen = await client.transcript
    }
    let before = await service.requests

    first.signal(SIGKILL)
    #expect(try await first.end().code == 128 + SIGKILL)
    // Nobody has the answers yet: their leases last for seconds.
    for place in talks.indices {
      let talk = talks[place]
      let again = try await ChatClient.connect(to: other, transcript: talk.seen)
      #expect(try await again.hello(talk.identity, resumes: true)["resumed"] == true)
      if talk.phase.isEarly { await decide(talk.phase, again) }
      talks[place] = Talk(phase: talk.phase, identity: talk.identity, client: again, seen: talk.seen)
    }
    for talk in talks where talk.phase.waits && !talk.phase.isEarly {
      try await second.log(until: "run goes on session=\(talk.identity.session)")
      await decide(talk.phase, talk.client)
    }
    for talk in talks {
      let (phase, client) = (talk.phase, talk.client)
      try await client.until({ $0.from("assistant").last?.status != "streaming" }, within: 120_000)
      let answer = try #require(await client.transcript.from("assistant").last)
      #expect(answer.id == talk.seen.from("assistant").last?.id)
      let requests = await service.requests.map { Self.messages($0) }.filter {
        $0.first?["content"] == .string(phase.rawValue)
      }
      let old = before.map { Self.messages($0) }.last { $0.first?["content"] == .string(phase.rawValue) } ?? []
      if phase == .text, kind == "chat-completions" {
        // They have no word for the middle of a text.
        #expect(answer.status == "interrupted" && answer.text == "Let me look.\n\nAll " && requests.count == 2)
        #expect(answer.tools.map { $0["status"] } == ["done"] && world.count("made text") == 1)
        continue
      }
      let begun = phase == .before && kind == "chat-completions" ? "" : "Let me look.\n\n"
      #expect(answer.status == "complete" && answer.text == begun + "All done.", "\(phase)")
      #expect(world.count("made \(phase)") == (phase == .look ? 2 : phase.isRefused ? 0 : 1), "\(phase)")
      let status = phase == .call ? "failed" : phase.isRefused ? "rejected" : "done"
      #expect(answer.tools.map { $0["status"]?.string } == [status], "\(phase)")
      let last = try #require(requests.last)
      // What the first server told the model, the second one told it word for word.
      #expect(Array(last.prefix(old.count)) == old, "\(phase)")
      if phase == .between { #expect(requests.count == 3 && last == old) }
      if phase == .text {
        let begun: JSONValue = ["role": "assistant", "content": "All"]
        #expect(requests.count == 3 && last == old + [begun])
      }
      try check(last, phase, kind)
    }
    #expect(world.count("made before") == 1)
    // So it is stored, and nothing else is left of it.
    for talk in talks { await talk.client.drop() }
    second.signal(SIGTERM)
    _ = try await second.end()
    try await TestServer.with(url: url) { server in
      for talk in talks {
        #expect(try await server.stored(talk.identity.session) == talk.client.transcript.asStored, "\(talk.phase)")
      }
      let left = try await server.query(
        "SELECT (SELECT count(*) FROM answer_steps) + (SELECT count(*) FROM runs)")
      #expect(try left.int(0, 0) == 0)
    }
    await service.close()
    await shop.close()
    try postgres.server.stop()
  }

  private func decide(_ phase: Phase, _ client: ChatClient) async {
    guard let message = await client.transcript.from("assistant").last?.id else { return }
    let type = phase.isRefused ? "tool.reject" : "tool.approve"
    await client.send(["type": .string(type), "message": .string(message), "tool": "c1"])
  }

  /// The call and its result as the model is told of them, to the letter.
  private func check(_ messages: [JSONValue], _ phase: Phase, _ kind: String) throws {
    let said = phase == .before && kind == "chat-completions" ? "" : "Let me look."
    let input: JSONValue = ["of": .string(phase.rawValue)]
    let name = JSONValue.string("shop__\(phase.tool)")
    #expect(messages[0] == ["role": "user", "content": .string(phase.rawValue)])
    let (text, isError): (String?, Bool?)
    if kind == "messages" {
      let call: JSONValue = ["type": "tool_use", "id": "c1", "name": name, "input": input]
      #expect(messages[1] == ["role": "assistant", "content": [["type": "text", "text": .string(said)], call]])
      let result = try #require(messages[2]["content"]?[0])
      #expect(messages[2]["role"] == "user" && result["type"] == "tool_result" && result["tool_use_id"] == "c1")
      (text, isError) = (result["content"]?.string, result["is_error"]?.bool ?? false)
    } else {
      let function: JSONValue = ["name": name, "arguments": .string(input.description)]
      let call: JSONValue = ["id": "c1", "type": "function", "function": function]
      let content: JSONValue = said.isEmpty ? .null : .string(said)
      #expect(messages[1] == ["role": "assistant", "content": content, "tool_calls": [call]])
      #expect(messages[2]["role"] == "tool" && messages[2]["tool_call_id"] == "c1")
      (text, isError) = (messages[2]["content"]?.string, nil)
    }
    let words = phase == .call ? "is not known" : phase.isRefused ? "has not agreed" : "\ndid \(phase)\n"
    #expect(text?.contains(words) == true, "\(phase): \(text ?? "")")
    if let isError { #expect(isError == (phase == .call || phase.isRefused), "\(phase)") }
  }
}
