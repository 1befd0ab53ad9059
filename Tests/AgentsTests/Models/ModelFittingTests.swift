import Conversation
import HTTPClient
import HTTPWire
import JSONWire
import SeededRandom
import SkeinTestKit
import Testing

@testable import Agents

/// What of tools' results a model is told where there is no room for all of it.
@Suite struct ModelFittingTests {
  private func tokens(_ prompt: ModelPrompt) -> Int {
    prompt.history.reduce(prompt.summary.isEmpty ? 0 : ModelPrompt.tokens(prompt.summary)) {
      $0 + ModelPrompt.tokens($1.text)
    } + prompt.rounds.reduce(0) { $0 + $1.tokens }
  }

  private func round(_ number: Int, _ sizes: [Int]) -> ModelRound {
    let calls = sizes.indices.map { ModelCall(id: "c\(number)-\($0)", name: "read", arguments: "{}") }
    return ModelRound(
      text: "", calls: calls,
      results: sizes.map { ModelResult(String(repeating: "é", count: $0 / 2), before: "mark\n", behind: "\nmark") })
  }

  @Test func theOldestResultsGiveWay() {
    let history = (1...10).map { number in
      Turn(role: number % 2 == 1 ? .user : .assistant, text: String(repeating: "x", count: 888))
    }
    var prompt = ModelPrompt(instructions: "", history: history, question: "?", now: 0)
    #expect(prompt.fitted(to: 1) == prompt, "without results there is nothing to do")
    prompt.rounds = [round(1, [3000]), round(2, [3000])]
    // All of it fits.
    #expect(prompt.fitted(to: 6000) == prompt)
    // The conversation gives way before a result does.
    let small = prompt.fitted(to: 4500)
    #expect(small.rounds == prompt.rounds && small.history == Array(history.suffix(8)))
    // Half of the budget is the conversation's, from a person's turn on, and of the results the latest is whole.
    let smaller = prompt.fitted(to: 3000)
    #expect(smaller.history == Array(history.suffix(4)) && smaller.rounds[1] == prompt.rounds[1])
    let short = smaller.rounds[0].results[0].text
    #expect(short.hasPrefix("mark\né") && short.contains("é\nmark\n[") && short.hasSuffix(" bytes more are left out]"))
    // At last there are marks alone.
    let least = prompt.fitted(to: 100)
    #expect(least.history.isEmpty)
    #expect(
      least.rounds.flatMap(\.results).allSatisfy { $0.text == "[3000 bytes are left out, for which there is no room]" })
    #expect(least.rounds.flatMap(\.calls) == prompt.rounds.flatMap(\.calls))
  }

  @Test func resultsOfARoundShareTheRoom() {
    var prompt = ModelPrompt(instructions: "", question: "?", now: 0)
    prompt.rounds = [round(1, [30_000, 300, 30_000])]
    let results = prompt.fitted(to: 2000).rounds[0].results.map(\.text.utf8.count)
    #expect(results[1] > 300 && abs(results[0] - results[2]) <= 60 && results[0] > 2000)
  }

  /// However much there is, it stays within the budget, and no call is without its result.
  @Test func staysWithinTheBudget() {
    var random = SeededGenerator("fitted prompts")
    for _ in 0..<500 {
      let history = (0..<Int.random(in: 0...10, using: &random)).map { number in
        Turn(
          role: Bool.random(using: &random) ? .user : .assistant,
          text: String(repeating: "x", count: Int.random(in: 0...2000, using: &random)))
      }
      var prompt = ModelPrompt(
        instructions: "", summary: Bool.random(using: &random) ? "What was said." : "", history: history,
        question: "?", now: 0)
      prompt.rounds = (0..<Int.random(in: 1...6, using: &random)).map { number in
        round(
          number, (0..<Int.random(in: 1...4, using: &random)).map { _ in Int.random(in: 0...20_000, using: &random) })
      }
      // What can't be left out fits.
      let budget = Int.random(in: 1600...8000, using: &random)
      let fitted = prompt.fitted(to: budget)
      #expect(tokens(fitted) <= budget)
      #expect(fitted.rounds.map(\.calls) == prompt.rounds.map(\.calls))
      #expect(fitted.rounds.map(\.results.count) == prompt.rounds.map(\.results.count))
      #expect(fitted.history == Array(history.suffix(fitted.history.count)))
    }
  }

  /// A tool that always gives back as much as it may.
  private struct Flood: Tool {
    let description = ToolDescription(
      name: "flood", title: "Floods", purpose: "For tests.", schema: JSONObject([("type", "object")]))

    func call(_ arguments: JSONObject, for request: AgentRequest) async throws -> ToolResult {
      ToolResult(String(repeating: "word ", count: 20_000))
    }
  }

  @Test(arguments: ["chat-completions", "messages"]) func aRequestStaysWithinTheBudget(_ kind: String) async throws {
    let service = try await ScriptedService { request in
      request.number <= 6
        ? ServiceScript.calling([.init("c\(request.number)", "flood")], kind: kind)
        : ServiceScript.saying(["Done."], kind: kind)
    }
    let clients = HTTPClients([try TestLoop.shared()])
    let members = JSONObject([("url", .string(service.url)), ("model", "m"), ("history_tokens", 3000)])
    let agent = ModelAgent(
      try ModelConfiguration(try #require(ModelFormat(rawValue: kind)), members), clients: clients,
      sources: [FixedTools([Flood()])])
    let turns = (1...20).map { number in
      Turn(
        role: number % 2 == 1 ? .user : .assistant, text: String(repeating: "turn ", count: 80), place: Int64(number))
    }
    let session = try #require(SessionID("session_of_a_test"))
    let answer = TimedAnswer()
    try await agent.answer(
      AgentRequest(session: session, question: "?", context: []) { Array(turns.suffix($0)) }, into: answer)
    #expect(answer.text == "Done.")
    let requests = await service.requests
    #expect(requests.count == 7)
    for request in requests {
      let messages = try #require(try JSONValue(parsing: request.content)["messages"]?.array)
      // The system's text is beside the budget, and the members' names cost a little.
      #expect(messages.reduce(0) { $0 + $1.bytes.count } < 3 * 3000 + 2500)
      let blocks = messages.flatMap { [$0] + ($0["content"]?.array ?? []) }
      let calls = blocks.flatMap { block in
        block["type"] == "tool_use" ? [block["id"]] : (block["tool_calls"]?.array ?? []).map { $0["id"] }
      }
      let results = blocks.compactMap { $0["tool_use_id"] ?? $0["tool_call_id"] }
      #expect(calls == results.map { Optional($0) } && calls.count == request.number - 1)
    }
    #expect(String(decoding: requests[6].content, as: UTF8.self).contains("for which there is no room"))
    #expect(String(decoding: requests[6].content, as: UTF8.self).contains("bytes more are left out"))
    await clients.close()
    await service.close()
  }
}
