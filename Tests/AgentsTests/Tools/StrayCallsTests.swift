import Conversation
import HTTPClient
import HTTPWire
import JSONWire
import SkeinTestKit
import Synchronization
import Testing

@testable import Agents

/// Tools that take no notice when nobody waits for them any more.
@Suite struct StrayCallsTests {
  /// Answers once the gate is open, whatever becomes of its task.
  private struct DeafTool: Tool {
    let begun: Gate
    let gate: Gate
    var description = ToolDescription(
      name: "deaf", title: "Hears nothing", purpose: "For tests.", schema: JSONObject([("type", "object")]))

    func call(_ arguments: JSONObject, for request: AgentRequest) async throws -> ToolResult {
      await begun.open()
      await gate.pass()
      return ToolResult("much too late")
    }
  }

  private let begun = Gate()
  private let gate = Gate()

  /// Has an agent with the tool answer.
  private func answer(
    _ strays: StrayCalls, within milliseconds: UInt64, script: @escaping @Sendable (ServiceRequest) -> [ServiceStep]
  ) async throws -> (answer: TimedAnswer, requests: [String], error: (any Error)?) {
    let service = try await ScriptedService(script)
    let clients = HTTPClients([try TestLoop.shared()])
    let members = JSONObject([("url", .string(service.url)), ("model", "m"), ("retries", 0)])
    var tool = DeafTool(begun: begun, gate: gate)
    tool.description.timeLimitMilliseconds = milliseconds
    let agent = ModelAgent(
      try ModelConfiguration(.messages, members), clients: clients, sources: [FixedTools([tool])], strays: strays)
    let session = try #require(SessionID("session_of_a_test"))
    let answer = TimedAnswer()
    var failure: (any Error)?
    do {
      try await agent.answer(AgentRequest(session: session, question: "?", context: []) { _ in [] }, into: answer)
    } catch {
      failure = error
    }
    let requests = await service.requests.map { String(decoding: $0.content, as: UTF8.self) }
    await clients.close()
    await service.close()
    return (answer, requests, failure)
  }

  private func until(_ strays: StrayCalls, are count: Int) async throws {
    #expect(await comesTrue { strays.count == count })
  }

  @Test func aStopEndsTheRoundThoughTheToolGoesOn() async throws {
    let strays = StrayCalls()
    let task = Task {
      try await answer(strays, within: 600_000) { _ in ServiceScript.calling([.init("c", "deaf")], kind: "messages") }
    }
    await begun.pass()
    #expect(strays.count == 0)
    task.cancel()
    // It returns though the gate is closed.
    let made = try await task.value
    #expect(made.error is CancellationError && made.requests.count == 1)
    #expect(strays.count == 1)
    await gate.open()
    try await until(strays, are: 0)
  }

  @Test func aTimeLimitEndsTheRoundAndWhatIsLeftIsBounded() async throws {
    let strays = StrayCalls(most: 2)
    let made = try await answer(strays, within: 50) { request in
      request.number <= 2
        ? ServiceScript.calling([.init("a\(request.number)", "deaf"), .init("b", "deaf")], kind: "messages")
        : ServiceScript.saying(["Sorry."], kind: "messages")
    }
    #expect(made.error == nil && made.answer.text == "Sorry.")
    #expect(made.requests[1].matches(of: /has not answered within 1 s/).count == 2)
    // Two are left: no third one is begun.
    #expect(made.requests[2].matches(of: /Earlier calls of deaf have not ended/).count == 2)
    #expect(strays.count == 2)
    #expect(made.answer.calls.filter { $0.status != .running }.allSatisfy { $0.status == .failed })
    await gate.open()
    try await until(strays, are: 0)
    // What came too late is nowhere, and the tool is there again.
    #expect(!made.requests.contains { $0.contains("too late") })
    let again = try await answer(strays, within: 60_000) { request in
      request.number == 1
        ? ServiceScript.calling([.init("c", "deaf")], kind: "messages")
        : ServiceScript.saying(["Well."], kind: "messages")
    }
    #expect(again.answer.text == "Well." && again.requests.last?.contains("much too late") == true)
    #expect(strays.count == 0)
  }

  private final class Count: Sendable {
    let value = Atomic(0)
  }

  /// Calls that somebody waits for are not limited, and all of them may be left.
  @Test func whatIsUnderWayIsNotBounded() async throws {
    let (strays, count) = (StrayCalls(most: 2), Count())
    let call: @Sendable () async throws -> Int = { [strays, count, begun, gate] in
      try await strays.wait(for: "deaf") {
        if count.value.add(1, ordering: .relaxed).newValue == 5 { await begun.open() }
        await gate.pass()
        return 1
      }
    }
    let calls = (0..<5).map { _ in Task { try await call() } }
    await begun.pass()
    #expect(strays.count == 0)
    for task in calls { task.cancel() }
    for call in calls { await #expect(throws: CancellationError.self) { try await call.value } }
    try await until(strays, are: 5)
    await #expect(throws: ToolError.self) { try await call() }
    // Another tool is another matter.
    #expect(try await strays.wait(for: "other") { 2 } == 2)
    await gate.open()
    try await until(strays, are: 0)
    #expect(try await call() == 1)
  }
}
