import Agents
import Conversation
import JSONWire
import Server
import SkeinTestKit
import Synchronization
import Testing

/// Agents that take too long.
@Suite struct TimeLimitTests {
  struct Case {
    let question: String
    let limit: any WritableKeyPath<TimeLimits, UInt64> & Sendable
    let reason: String
    let text: String
  }

  static let cases = [
    Case(question: "never", limit: \.firstByte, reason: "did not begin to answer within 3 seconds", text: ""),
    Case(question: "trails off", limit: \.silence, reason: "wrote nothing for 3 seconds", text: "So far"),
    Case(question: "goes on and on", limit: \.total, reason: "did not end its answer within 3 seconds", text: "…"),
  ]

  @Test(arguments: cases) func anAnswerThatTakesTooLongFailsWithItsText(_ test: Case) async throws {
    let agent = SlowAgent()
    try await TestServer.with(agents: ["slow": agent]) {
      ($0.times.firstByte, $0.times.silence, $0.times.total) = (0, 0, 0)
      $0.times[keyPath: test.limit] = 3000
    } _: { server in
      let identity = Identity.random()
      let client = try await server.client(identity, agent: "slow")
      await client.say(test.question)
      let end = try await client.until("message.completed")
      #expect(end["status"] == "failed")
      #expect(end["error"]?["code"] == "agent_failed")
      #expect(end["error"]?["message"] == .string("The agent \(test.reason)."))
      let answer = try #require(await client.transcript.from("assistant").first)
      #expect(answer.text.hasPrefix(test.text) && answer.text.isEmpty == test.text.isEmpty)
      #expect(try await server.stored(identity.session) == client.transcript.asStored)
      // The agent is told, and the session goes on.
      await agent.untilCancelled(test.question)
      #expect(try await client.ask("quick").status == "complete")
    }
  }
}

/// Takes its time in the way that it is asked to.
private final class SlowAgent: Agent {
  private let cancelled = Mutex<Set<String>>([])

  func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    do {
      switch request.question {
      case "never": break
      case "trails off": try await answer.write("So far")
      case "goes on and on":
        while true {
          try await answer.write("…")
          try await answer.pause(until: answer.now + 20)
        }
      default: return try await answer.write("done")
      }
      while true { try await answer.pause(until: answer.now + 20) }
    } catch is CancellationError {
      cancelled.withLock { _ = $0.insert(request.question) }
      throw CancellationError()
    }
  }

  func untilCancelled(_ question: String) async {
    #expect(await comesTrue { cancelled.withLock { $0.contains(question) } })
  }
}
