import Conversation
import HTTPClient
import JSONWire
import SkeinTestKit
import Synchronization
import Testing

@testable import Agents

/// Answers with calls whose server dies, wherever that is: after each thing that is stored once. The next server tells the
/// model the same conversation, nothing is said or done twice, and the text is the one that was to be.
@Suite struct ToolTakeoverTests {
  /// What a model says, by how many results it was told; the last one only says.
  private static let rounds: [(text: String, calls: [ServiceScript.Call])] = [
    ("Let me look.", [.init("a", "pay", #"{"sum":1}"#), .init("b", "look", "{}")]),
    ("", [.init("c", "order", #"{"sum":2}"#)]),
    ("Nearly\n", [.init("d", "fly"), .init("e", "pay", #"{"sum":"x"}"#), .init("f", "fail")]),
    ("All is", []),
  ]
  private static let end = " done, é漢👋🏽."
  private static let whole = "Let me look.\n\nNearly\nAll is done, é漢👋🏽."

  /// How often each tool was called, and with what.
  private final class Shop: Sendable {
    let calls = Mutex<[String]>([])
    /// Whether a person has to agree to each call, and none may be made twice.
    let isStrict = Mutex(false)

    var tools: [any Tool] {
      let names = ["pay", "look", "order", "fail"]
      return names.map { name in
        var tool = ToolLoopTests.ScriptedTool(name, properties: ["sum": ["type": "integer"]]) { arguments in
          self.calls.withLock { $0.append("\(name) \(arguments["sum"]?.int ?? 0)") }
          if name == "fail" { throw ToolError("It is broken.") }
          return ToolResult("did \(name)", citations: [Citation(title: name, url: "/\(name)")])
        }
        let isStrict = isStrict.withLock { $0 }
        tool.description.needsApproval = isStrict || name == "order"
        (tool.description.mayRepeat, tool.description.isShown) = (!isStrict && name == "look", name == "pay")
        return tool
      }
    }

    func count(_ call: String) -> Int { calls.withLock { $0.count { $0 == call } } }
  }

  /// The messages of a request behind the system's.
  private static func messages(_ request: ServiceRequest) -> [JSONValue] {
    let messages = (try? JSONValue(parsing: request.content))?["messages"]?.array ?? []
    return messages.filter { $0["role"] != "system" }
  }

  private static func results(in messages: [JSONValue]) -> Int {
    messages.reduce(0) { count, message in
      count + (message["role"] == "tool" ? 1 : 0)
        + (message["content"]?.array ?? []).count { $0["type"] == "tool_result" }
    }
  }

  /// What the model says next, whoever asks: what it was given the beginning of, it goes on with.
  private static func reply(_ request: ServiceRequest, _ kind: String) -> [ServiceStep] {
    let messages = messages(request)
    let place = [0: 0, 2: 1, 3: 2, 6: 3][results(in: messages)] ?? 0
    var text = rounds[place].text
    let begun = messages.last?["role"] == "assistant" ? messages.last?["content"]?.string ?? "" : ""
    let whole = place == 3 ? text + end : text
    guard whole.hasPrefix(begun) else { return ServiceScript.whole(400, "{}") }
    guard place == 3 else {
      text = String(text.dropFirst(begun.count))
      return ServiceScript.calling(rounds[place].calls, saying: text, kind: kind)
    }
    let texts = begun.isEmpty ? [text, end] : [String(whole.dropFirst(begun.count))]
    return ServiceScript.saying(texts, kind: kind)
  }

  private struct World {
    let kind: String
    let shop = Shop()
    let service: ScriptedService
    let clients: HTTPClients

    init(_ kind: String) async throws {
      self.kind = kind
      service = try await ScriptedService { ToolTakeoverTests.reply($0, kind) }
      clients = HTTPClients([try TestLoop.shared()])
    }

    /// A server works on the answer, until it has ended or the server has died.
    func work(on answer: DyingAnswer) async throws {
      let members = JSONObject([("url", .string(service.url)), ("model", "m"), ("retries", 0)])
      let configuration = try ModelConfiguration(try #require(ModelFormat(rawValue: kind)), members)
      let agent = ModelAgent(configuration, clients: clients, sources: [FixedTools(shop.tools)])
      let (begun, steps) = answer.state.withLock { ($0.text, $0.steps) }
      var request = AgentRequest(
        session: try #require(SessionID("session_of_a_test")), question: "Buy", context: [], begun: begun
      ) { _ in [] }
      if !steps.isEmpty { request.loadSteps = { steps } }
      try await agent.answer(request, into: answer)
    }

    func close() async {
      await clients.close()
      await service.close()
    }
  }

  /// Calls of a round are made side by side, in any order.
  private static func ends(_ state: DyingAnswer.State) -> [String] {
    state.calls.map { "\($0.id) \($0.status)" }.sorted()
  }

  @Test(arguments: ToolLoopTests.kinds) func whereverTheServerDiesTheAnswerIsTheSame(_ kind: String) async throws {
    let steady = try await World(kind)
    let unbroken = DyingAnswer()
    try await steady.work(on: unbroken)
    let expected = unbroken.state.withLock { $0 }
    #expect(expected.text == Self.whole)
    #expect(Self.ends(expected) == ["a done", "b done", "c done", "d failed", "e failed", "f failed"])
    #expect(expected.citations.map(\.title) == ["pay", "look", "order"])
    // Each text, each step and each note of it was something that could be the last.
    #expect(expected.stored > 20)
    await steady.close()

    var (continued, unknown, repeated) = (0, 0, 0)
    for most in 0..<expected.stored {
      let world = try await World(kind)
      let first = DyingAnswer(most: most)
      do {
        try await world.work(on: first)
        // What came at once was stored at once.
        #expect(most == expected.stored - 1)
        await world.close()
        continue
      } catch is CancellationError {}
      let before = first.state.withLock { $0 }
      let asked = await world.service.requests.count
      let second = DyingAnswer(before)
      do {
        try await world.work(on: second)
        continued += 1
      } catch is CannotContinue {
        // Chat completions have no word for the middle of a text; nothing is done where it can't go on.
        let isInText = !before.text.isEmpty && (before.steps.last?.offset ?? 0) < before.text.utf8.count
        #expect(kind == "chat-completions" && isInText, "\(most)")
        #expect(await world.service.requests.count == asked)
        #expect(second.state.withLock { $0.text } == before.text)
        await world.close()
        continue
      }
      let after = second.state.withLock { $0 }
      #expect(after.text == Self.whole, "\(most)")
      #expect(after.calls.map(\.id).sorted() == ["a", "b", "c", "d", "e", "f"], "\(most)")
      for call in ["pay 1", "order 2", "fail 0"] { #expect(world.shop.count(call) <= 1, "\(most): \(call)") }
      #expect((1...2).contains(world.shop.count("look 0")), "\(most)")
      repeated += world.shop.count("look 0") - 1
      // Each call stands as the model was told of it.
      let requests = await world.service.requests.map { Self.messages($0) }
      let told = requests.last?.description ?? ""
      let wasUnknown = told.contains("is not known")
      if wasUnknown { unknown += 1 }
      #expect(after.calls.allSatisfy { $0.status != .running && $0.status != .waiting }, "\(most)")
      if !wasUnknown {
        #expect(Self.ends(after) == Self.ends(expected), "\(most)")
        #expect(after.citations == expected.citations, "\(most)")
        for call in ["pay 1", "order 2", "fail 0"] { #expect(world.shop.count(call) == 1, "\(most): \(call)") }
      }
      // What the second server tells the model begins with what the first one told it, word for word.
      let (old, new) = (requests[..<asked].last ?? [], try #require(requests[asked...].first))
      #expect(Array(new.prefix(old.count)) == old, "\(most)")
      await world.close()
    }
    #expect(continued > 15 && unknown >= 3 && repeated >= 1)
  }

  /// What operators may change between two servers.
  enum Turn: CaseIterable {
    case stricter, laxer, laxerAfterRefusals
  }

  /// Nothing is done without the approval that the second server asks for, nothing that somebody has refused, and nothing
  /// twice that must not be now.
  @Test(arguments: ToolLoopTests.kinds, Turn.allCases)
  func theConfigurationCountsAsItIsNow(_ kind: String, _ turn: Turn) async throws {
    // What is made of which call.
    let made = ["a": "pay 1", "b": "look 0", "c": "order 2", "f": "fail 0"]
    var (askedAnew, unknown, refused) = (0, 0, 0)
    for most in 0..<60 {
      let world = try await World(kind)
      let verdict = turn == .laxerAfterRefusals ? ToolVerdict.rejected : .approved
      let first = DyingAnswer(most: most, verdict: verdict)
      world.shop.isStrict.withLock { $0 = turn != .stricter }
      do {
        try await world.work(on: first)
        await world.close()
        break
      } catch is CancellationError {}
      let before = first.state.withLock { $0 }
      let done = made.mapValues { world.shop.count($0) }
      world.shop.isStrict.withLock { $0 = turn == .stricter }
      let second = DyingAnswer(before)
      do {
        try await world.work(on: second)
      } catch is CannotContinue {
        await world.close()
        continue
      }
      let after = second.state.withLock { $0 }
      #expect(after.text == Self.whole, "\(most)")
      #expect(after.calls.allSatisfy { $0.status != .running && $0.status != .waiting }, "\(most)")
      let told = await world.service.requests.last.map { Self.messages($0).description } ?? ""
      if told.contains("is not known") { unknown += 1 }
      for (id, call) in made {
        let (count, old) = (world.shop.count(call), done[id] ?? 0)
        if turn == .stricter {
          if count > old { #expect(after.verdicts[id] == .approved, "\(most): \(call)") }
          if before.calls.contains(where: { $0.id == id && $0.status == .running }), before.verdicts[id] == nil,
            after.verdicts[id] != nil
          {
            askedAnew += 1
          }
        }
        if turn != .laxerAfterRefusals, turn == .stricter || id != "b" { #expect(count <= 1, "\(most): \(call)") }
        if before.verdicts[id] == .rejected {
          refused += 1
          #expect(count == 0 && after.calls.contains { $0.id == id && $0.status == .rejected }, "\(most): \(call)")
        }
      }
      await world.close()
    }
    switch turn {
    case .stricter: #expect(askedAnew > 0 && unknown > 0)
    case .laxer: #expect(unknown > 0)
    case .laxerAfterRefusals: #expect(refused > 0)
    }
  }

  /// What is missing from the steps can't be made up.
  @Test func withoutItsStepsAnAnswerDoesNotGoOn() async throws {
    let world = try await World("messages")
    for content in ["", "{", #"{"later":1}"#] {
      let answer = DyingAnswer()
      answer.state.withLock { $0.steps = [AgentStep(offset: 0, content: Array(content.utf8))] }
      await #expect(throws: CannotContinue.self) { try await world.work(on: answer) }
    }
    #expect(await world.service.requests.isEmpty && world.shop.calls.withLock { $0.isEmpty })
    await world.close()
  }

  @Test func stepsAreReadAsTheyWereWritten() {
    var call = ToolCall(id: "c", name: "n", title: "T\u{0}", status: .done, durationMilliseconds: 5)
    (call.arguments, call.result) = (["a": [1, 2.5]], "é\u{0}")
    let steps: [ToolStep] = [
      .round(
        .init(
          text: "x\u{0}\n", thoughts: [["type": "thinking", "signature": "s"]],
          calls: [ModelCall(id: "c", name: "n", arguments: "{\"broken")], repeatable: ["c"],
          usage: Usage(
            inputTokens: 3, outputTokens: 4, cachedTokens: 2, cost: Cost(picos: 1_234_567, currency: "EUR")))
      ),
      .round(
        .init(
          text: "", thoughts: [], calls: [], usage: Usage(inputTokens: 3, outputTokens: 4, isEstimated: true))),
      .round(.init(text: "", thoughts: [], calls: [], usage: nil)), .begun("c"),
      .ended(
        ToolEnd(
          call: call, result: ModelResult("r", isError: true),
          citations: [Citation(title: "t"), Citation(title: "u", url: "/u", excerpt: "e")], shown: 7)),
    ]
    for step in steps { #expect(ToolStep(step.json.bytes) == step) }
  }
}
