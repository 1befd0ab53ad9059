import Agents
import Conversation
import JSONWire
import Server
import SkeinTestKit
import Testing

/// The steps of an agent's work, for the server that goes on with its answer.
@Suite struct StepTests {
  /// Keeps two steps of 600 bytes and waits; whoever goes on tells how much there is of them.
  private struct KeepingAgent: Agent {
    let continues = true

    func answer(_ request: AgentRequest, into answer: any Answer) async throws {
      let steps = try await request.steps()
      guard steps.isEmpty else { return try await answer.write(steps.map { " \($0.content.count)" }.joined()) }
      for _ in 0..<2 { try await answer.keep(.string(String(repeating: "x", count: 598))) }
      try await answer.write("kept")
      while true { try await answer.pause(until: answer.now + 20) }
    }
  }

  /// Where there is no room for a step it is empty, and so are all behind it: nobody takes the rest for the whole.
  @Test(arguments: [(1200, "kept 600 600"), (1199, "kept 600 0"), (0, "kept 0 0")])
  func soMuchIsKeptOfThem(_ limit: Int, _ text: String) async throws {
    var server = try await TestServer(agents: ["keeping": KeepingAgent()]) { $0.limits.stepBytes = limit }
    let identity = Identity.random()
    let client = try await server.client(identity, agent: "keeping")
    await client.say("Keep")
    try await client.until { $0.from("assistant").last?.text == "kept" }
    server = try await server.restarted()
    let again = try await server.resume(identity, await client.transcript)
    try await again.until { $0.from("assistant").last?.status == "complete" }
    #expect(await again.transcript.from("assistant").last?.text == text)
    await server.stop()
  }
}
