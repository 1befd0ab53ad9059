import Conversation
import HTTPClient
import JSONWire
import SkeinTestKit
import Synchronization
import Testing

@testable import Agents

/// Models that ask for tools, against a scripted service in both formats: what they are told of their calls, and what
/// persons are told.
@Suite struct ToolLoopTests {
  static let kinds = ["chat-completions", "messages"]

  /// A tool that does what the test says.
  struct ScriptedTool: Tool {
    var description: ToolDescription
    let work: @Sendable (JSONObject) async throws -> ToolResult

    init(
      _ name: String, properties: JSONValue = [:], required: [String] = [],
      work: @escaping @Sendable (JSONObject) async throws -> ToolResult
    ) {
      description = ToolDescription(
        name: name, title: "Does \(name)", purpose: "For tests.",
        schema: JSONObject([
          ("type", "object"), ("properties", properties), ("required", .array(required.map { .string($0) })),
        ]))
      self.work = work
    }

    func call(_ arguments: JSONObject, for request: AgentRequest) async throws -> ToolResult {
      try await work(arguments)
    }
  }

  struct Made {
    let answer: TimedAnswer
    let requests: [JSONValue]
    var error: (any Error)?
  }

  /// Has an agent with tools answer.
  private func answer(
    _ kind: String, _ tools: [any Tool], _ settings: [(String, JSONValue)] = [], verdict: ToolVerdict = .approved,
    script: @escaping @Sendable (ServiceRequest) -> [ServiceStep]
  ) async throws -> Made {
    let service = try await ScriptedService(script)
    let clients = HTTPClients([try TestLoop.shared()])
    let members = JSONObject([("url", .string(service.url)), ("model", "m"), ("retries", 0)] + settings)
    let configuration = try ModelConfiguration(try #require(ModelFormat(rawValue: kind)), members)
    let agent = ModelAgent(configuration, clients: clients, sources: [FixedTools(tools)])
    let session = try #require(SessionID("session_of_a_test"))
    let request = AgentRequest(session: session, question: "How many?", context: []) { _ in [] }
    let answer = TimedAnswer(verdict)
    var failure: (any Error)?
    do { try await agent.answer(request, into: answer) } catch { failure = error }
    let requests = try await service.requests.map { try JSONValue(parsing: $0.content) }
    await clients.close()
    await service.close()
    return Made(answer: answer, requests: requests, error: failure)
  }

  /// The results that a request tells the model, in order: the call's id, the text, and whether it is none.
  private func results(_ request: JSONValue?, _ kind: String) -> [(id: String, text: String, isError: Bool)] {
    let messages = request?["messages"]?.array ?? []
    if kind == "messages" {
      var found: [(id: String, text: String, isError: Bool)] = []
      for block in messages.flatMap({ $0["content"]?.array ?? [] }) where block["type"]?.string == "tool_result" {
        found.append(
          (block["tool_use_id"]?.string ?? "", block["content"]?.string ?? "", block["is_error"]?.bool ?? false))
      }
      return found
    }
    var found: [(id: String, text: String, isError: Bool)] = []
    for message in messages where message["role"]?.string == "tool" {
      found.append((message["tool_call_id"]?.string ?? "", message["content"]?.string ?? "", false))
    }
    return found
  }

  private static let counting = ScriptedTool(
    "count", properties: ["what": ["type": "string"]], required: ["what"]
  ) { arguments in ToolResult("there are 5 \(arguments["what"]?.string ?? "")") }

  @Test(arguments: kinds) func aCallIsMadeAndItsResultTold(_ kind: String) async throws {
    let made = try await answer(kind, [Self.counting]) { request in
      request.number == 1
        ? ServiceScript.calling(
          [.init("c1", "count", #"{"what":"äpples"}"#)], saying: "Let me look.", kind: kind)
        : ServiceScript.saying(["It is", " 5."], kind: kind, usage: (3, 4))
    }
    #expect(made.error == nil)
    #expect(made.answer.text == "Let me look.\n\nIt is 5.")
    #expect(made.requests.count == 2)
    // What is offered.
    let tool = try #require(made.requests[0]["tools"]?[0])
    #expect((tool["function"] ?? tool)["name"] == "count")
    #expect((tool["function"]?["parameters"] ?? tool["input_schema"])?["required"] == ["what"])
    // What has happened goes along.
    let messages = try #require(made.requests[1]["messages"]?.array)
    if kind == "messages" {
      let said = try #require(messages[1]["content"]?.array)
      #expect(messages[1]["role"] == "assistant" && said[0]["text"] == "Let me look.")
      #expect(said[1]["type"] == "tool_use" && said[1]["id"] == "c1" && said[1]["input"] == ["what": "äpples"])
      #expect(messages[2]["role"] == "user")
    } else {
      #expect(messages[2]["role"] == "assistant" && messages[2]["content"] == "Let me look.")
      let call = try #require(messages[2]["tool_calls"]?[0])
      #expect(call["id"] == "c1" && call["function"]?["name"] == "count")
      #expect(call["function"]?["arguments"] == #"{"what":"äpples"}"#)
    }
    let told = try #require(results(made.requests[1], kind).first)
    #expect(told.id == "c1" && told.text.contains("there are 5 äpples") && told.text.contains("not as instructions"))
    // What persons are told: neither arguments nor result.
    #expect(made.answer.calls.map(\.status) == [.running, .done])
    let last = try #require(made.answer.calls.last)
    #expect(last.id == "c1" && last.name == "count" && last.title == "Does count" && last.durationMilliseconds != nil)
    #expect(last.arguments == nil && last.result == nil)
    let usage = try #require(made.answer.usage)
    if kind == "messages" {
      #expect(usage == Usage(inputTokens: 4, outputTokens: 13))
    } else {
      // The first round was not counted.
      #expect(usage.isEstimated && usage.inputTokens > 3 + 50 && (4 + 8...4 + 50).contains(usage.outputTokens))
    }
  }

  @Test(arguments: kinds) func aToolWithoutArgumentsGetsNone(_ kind: String) async throws {
    let seen = Mutex<[JSONObject]>([])
    let tool = ScriptedTool("now") { arguments in
      seen.withLock { $0.append(arguments) }
      return ToolResult("noon")
    }
    let made = try await answer(kind, [tool]) { request in
      request.number == 1
        ? ServiceScript.calling([.init("c1", "now", ""), .init("c2", "now", " {} ")], kind: kind)
        : ServiceScript.saying(["Noon."], kind: kind)
    }
    #expect(made.answer.text == "Noon." && seen.withLock { $0 } == [JSONObject(), JSONObject()])
  }

  /// Each waits for the other: one after the other they would not end.
  @Test(arguments: kinds) func callsOfARoundAreMadeSideBySide(_ kind: String) async throws {
    let (one, other) = (Gate(), Gate())
    let tools = [
      ScriptedTool("left") { _ in
        await one.open()
        await other.pass()
        return ToolResult("L")
      },
      ScriptedTool("right") { _ in
        await other.open()
        await one.pass()
        return ToolResult("R")
      },
    ]
    let made = try await answer(kind, tools) { request in
      request.number == 1
        ? ServiceScript.calling([.init("c1", "left"), .init("c2", "right")], kind: kind)
        : ServiceScript.saying(["Both."], kind: kind)
    }
    #expect(made.answer.text == "Both.")
    let told = results(made.requests.last, kind)
    #expect(told.map(\.id) == ["c1", "c2"] && told[0].text.contains("\nL\n") && told[1].text.contains("\nR\n"))
  }

  @Test func noMoreAtOnceThanAllowedAndSerialOnesOneByOne() async throws {
    for (isSerial, most) in [(false, 2), (true, 1)] {
      let running = Mutex((now: 0, peak: 0))
      var tool = ScriptedTool("slow") { _ in
        running.withLock { $0 = ($0.now + 1, max($0.peak, $0.now + 1)) }
        for _ in 0..<20 { await Task.yield() }
        running.withLock { $0.now -= 1 }
        return ToolResult("done")
      }
      tool.description.isSerial = isSerial
      let calls = (1...6).map { ServiceScript.Call("c\($0)", "slow") }
      let made = try await answer("chat-completions", [tool], [("tool_calls_at_once", 2)]) { request in
        request.number == 1
          ? ServiceScript.calling(calls, kind: "chat-completions")
          : ServiceScript.saying(["Done."], kind: "chat-completions")
      }
      #expect(made.answer.text == "Done." && results(made.requests.last, "chat-completions").count == 6)
      #expect(running.withLock { $0.peak } <= most)
    }
  }

  struct Mistake: Sendable {
    let name: String
    let call: ServiceScript.Call
    /// What the model is told.
    let told: String
  }

  static let mistakes = [
    Mistake(name: "no such tool", call: .init("c", "fly"), told: "There is no such tool. There are: count"),
    Mistake(name: "no JSON", call: .init("c", "count", #"{"what": "#), told: "no JSON object"),
    Mistake(name: "no object", call: .init("c", "count", "[1]"), told: "no JSON object"),
    Mistake(name: "an argument is missing", call: .init("c", "count", "{}"), told: "what: missing"),
    Mistake(name: "of another type", call: .init("c", "count", #"{"what":1}"#), told: "what: has to be of type string"),
  ]

  @Test(arguments: mistakes, kinds) func theModelIsToldOfItsMistakes(_ test: Mistake, _ kind: String) async throws {
    let made = try await answer(kind, [Self.counting]) { request in
      switch request.number {
      case 1: ServiceScript.calling([test.call], kind: kind)
      case 2: ServiceScript.calling([.init("d", "count", #"{"what":"x"}"#)], kind: kind)
      default: ServiceScript.saying(["Five."], kind: kind)
      }
    }
    #expect(made.answer.text == "Five.", "\(test.name)")
    let told = try #require(results(made.requests[1], kind).first)
    #expect(told.text.contains(test.told), "\(test.name): \(told.text)")
    #expect(told.isError == (kind == "messages"))
    // Both rounds go along, and what was no JSON is none that a server would choke on.
    #expect(results(made.requests[2], kind).map(\.id) == ["c", "d"])
    #expect(made.answer.calls.map(\.status) == [.failed, .running, .done])
  }

  @Test(arguments: kinds) func aToolThatFailsOrTakesTooLongIsToldAndNothingElseOfIt(_ kind: String) async throws {
    struct Secret: Error {}
    var slow = ScriptedTool("slow") { _ in
      try await Task.sleep(for: .seconds(600))
      return ToolResult("never")
    }
    slow.description.timeLimitMilliseconds = 50
    let tools: [any Tool] = [
      ScriptedTool("wrong") { _ in throw ToolError("no such column: x") },
      ScriptedTool("broken") { _ in throw Secret() }, slow,
    ]
    let made = try await answer(kind, tools) { request in
      request.number == 1
        ? ServiceScript.calling([.init("a", "wrong"), .init("b", "broken"), .init("c", "slow")], kind: kind)
        : ServiceScript.saying(["Sorry."], kind: kind)
    }
    #expect(made.answer.text == "Sorry.")
    let told = results(made.requests.last, kind)
    #expect(told[0].text.contains("no such column: x"))
    #expect(told[1].text == "The tool has failed.")
    #expect(told[2].text.contains("has not answered within 1 s"))
    let ends = made.answer.calls.filter { $0.status != .running }
    #expect(ends.count == 3 && ends.allSatisfy { $0.status == .failed })
  }

  /// It asks as long as it is offered something.
  @Test(arguments: kinds) func inTheLastRoundNoToolsAreOffered(_ kind: String) async throws {
    let made = try await answer(kind, [Self.counting], [("tool_rounds", 2)]) { request in
      let body = try? JSONValue(parsing: request.content)
      let isOffered = body?["tools"] != nil && body?["tool_choice"]?["type"] != "none"
      return isOffered
        ? ServiceScript.calling([.init("c", "count", #"{"what":"x"}"#)], kind: kind)
        : ServiceScript.saying(["Enough."], kind: kind)
    }
    #expect(made.answer.text == "Enough." && made.requests.count == 3)
    // Its ids were the same twice: each call has one of its own.
    let ids = results(made.requests.last, kind).map(\.id)
    #expect(ids.count == 2 && Set(ids).count == 2)
    #expect(Set(made.answer.calls.map(\.id)) == Set(ids))
  }

  @Test(arguments: kinds) func whoAsksThoughNothingIsOfferedIsNotServed(_ kind: String) async throws {
    let made = try await answer(kind, [Self.counting], [("tool_rounds", 1)]) { _ in
      ServiceScript.calling([.init("c", "count", #"{"what":"x"}"#)], kind: kind)
    }
    #expect(made.requests.count == 2 && made.answer.calls.count == 2)
    #expect((made.error as? AgentError)?.message == "The model gave no answer.")
  }

  @Test(arguments: kinds) func aResultIsCut(_ kind: String) async throws {
    let tool = ScriptedTool("read") { _ in ToolResult(String(repeating: "é", count: 5000)) }
    let made = try await answer(kind, [tool], [("tool_result_bytes", 257)]) { request in
      request.number == 1
        ? ServiceScript.calling([.init("c", "read")], kind: kind) : ServiceScript.saying(["Read."], kind: kind)
    }
    let told = try #require(results(made.requests.last, kind).first)
    #expect(told.text.count { $0 == "é" } == 128 && told.text.contains("[9744 bytes more are left out]"))
  }

  @Test func noMoreCallsThanAllowedInAnAnswer() async throws {
    let calls = (1...5).map { ServiceScript.Call("c\($0)", "count", #"{"what":"x"}"#) }
    let made = try await answer("messages", [Self.counting], [("tool_calls", 3)]) { request in
      request.number == 1
        ? ServiceScript.calling(calls, kind: "messages") : ServiceScript.saying(["Done."], kind: "messages")
    }
    #expect(results(made.requests.last, "messages").map(\.isError) == [false, false, false, true, true])
    #expect(made.answer.calls.count { $0.status == .done } == 3)
  }

  @Test(arguments: kinds) func whatMayBeShownIsShown(_ kind: String) async throws {
    var tool = Self.counting
    tool.description.isShown = true
    var large = ScriptedTool("large") { _ in ToolResult(String(repeating: "x", count: 100_000), shown: nil) }
    large.description.isShown = true
    let made = try await answer(kind, [tool, large]) { request in
      request.number == 1
        ? ServiceScript.calling([.init("c", "count", #"{"what":"x"}"#), .init("d", "large")], kind: kind)
        : ServiceScript.saying(["Done."], kind: kind)
    }
    let done = made.answer.calls.filter { $0.status == .done }
    let count = try #require(done.first { $0.id == "c" })
    #expect(count.arguments == ["what": "x"] && count.result == "there are 5 x")
    let cut = try #require(done.first { $0.id == "d" }?.result?.string)
    #expect(cut.utf8.count < 8192 && cut.hasSuffix("…"))
  }

  @Test(arguments: kinds) func whoeverIsToAgreeIsAskedFirst(_ kind: String) async throws {
    for verdict in ToolVerdict.allCases {
      let made = Atomic(0)
      var tool = ScriptedTool("pay") { _ in
        made.add(1, ordering: .relaxed)
        return ToolResult("paid")
      }
      tool.description.needsApproval = true
      let answered = try await answer(kind, [tool], verdict: verdict) { request in
        request.number == 1
          ? ServiceScript.calling([.init("c", "pay", #"{"sum":5}"#)], kind: kind)
          : ServiceScript.saying(["Well."], kind: kind)
      }
      #expect(answered.answer.text == "Well." && made.load(ordering: .relaxed) == (verdict == .approved ? 1 : 0))
      // Who decides sees what it is.
      #expect(answered.answer.asked.map(\.arguments) == [["sum": 5]])
      let told = try #require(results(answered.requests.last, kind).first?.text)
      #expect(told.contains(verdict == .approved ? "paid" : "It was not made."))
      #expect(answered.answer.calls.map(\.status) == (verdict == .approved ? [.done] : []))
    }
  }

  /// Nobody agrees to what can't be seen.
  @Test func whatIsTooLongToBeShownIsNotAskedFor() async throws {
    var tool = ScriptedTool("pay") { _ in ToolResult("paid") }
    tool.description.needsApproval = true
    let arguments = JSONValue.object(JSONObject([("to", .string(String(repeating: "x", count: 10_000)))])).description
    let made = try await answer("messages", [tool]) { request in
      request.number == 1
        ? ServiceScript.calling([.init("c", "pay", arguments)], kind: "messages")
        : ServiceScript.saying(["Well."], kind: "messages")
    }
    #expect(made.answer.asked.isEmpty && made.answer.text == "Well.")
    #expect(results(made.requests.last, "messages").first?.text.contains("too long") == true)
  }

  @Test(arguments: kinds) func aStopEndsTheCall(_ kind: String) async throws {
    let (begun, ended) = (Gate(), Gate())
    let tool = ScriptedTool("slow") { _ in
      await begun.open()
      do { try await Task.sleep(for: .seconds(600)) } catch { await ended.open() }
      throw CancellationError()
    }
    let task = Task {
      try await answer(kind, [tool]) { _ in ServiceScript.calling([.init("c", "slow")], kind: kind) }
    }
    await begun.pass()
    task.cancel()
    await ended.pass()
    let made = try await task.value
    #expect(made.error is CancellationError && made.requests.count == 1)
  }

  @Test func sourcesOfAnswersAreCitedOnce() async throws {
    let tool = ScriptedTool("find") { _ in
      ToolResult("found", citations: [Citation(title: "A", url: "/a"), Citation(title: "B", url: "/b")])
    }
    let made = try await answer("chat-completions", [tool]) { request in
      request.number < 3
        ? ServiceScript.calling([.init("c\(request.number)", "find")], kind: "chat-completions")
        : ServiceScript.saying(["Found."], kind: "chat-completions")
    }
    #expect(made.answer.citations.map(\.title) == ["A", "B"])
  }

  /// A whole answer, of a server that does not stream.
  @Test func wholeAnswersAskForToolsToo() async throws {
    let whole = [
      "chat-completions": """
      {"choices":[{"message":{"content":null,"tool_calls":[{"id":"c","type":"function",
      "function":{"name":"count","arguments":"{\\"what\\":\\"x\\"}"}}]},"finish_reason":"tool_calls"}]}
      """,
      "messages": """
      {"type":"message","content":[{"type":"tool_use","id":"c","name":"count","input":{"what":"x"}}],
      "stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":2}}
      """,
    ]
    for kind in Self.kinds {
      let content = try #require(whole[kind])
      let made = try await answer(kind, [Self.counting]) { request in
        request.number == 1 ? ServiceScript.whole(content) : ServiceScript.saying(["Five."], kind: kind)
      }
      #expect(made.answer.text == "Five.")
      #expect(results(made.requests.last, kind).first?.text.contains("there are 5 x") == true)
    }
  }

  /// Thoughts that are signed go back as they came, before the calls.
  @Test func thoughtsGoBackToWhoseTheyAre() async throws {
    let thought: JSONValue = ["type": "thinking", "thinking": "Hm", "signature": "sig"]
    let content: JSONValue = [
      "type": "message", "stop_reason": "tool_use",
      "content": [thought, ["type": "tool_use", "id": "c", "name": "count", "input": ["what": "x"]]],
    ]
    let made = try await answer("messages", [Self.counting]) { request in
      request.number == 1
        ? ServiceScript.whole(content.description) : ServiceScript.saying(["Five."], kind: "messages")
    }
    let said = try #require(made.requests.last?["messages"]?[1]?["content"]?.array)
    #expect(said.map { $0["type"] } == ["thinking", "tool_use"] && said[0] == thought)
  }
}

/// Something that is waited for.
actor Gate {
  private var isOpen = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func open() {
    isOpen = true
    for waiter in waiting { waiter.resume() }
    waiting = []
  }

  func pass() async {
    if isOpen { return }
    await withCheckedContinuation { waiting.append($0) }
  }
}
