import Conversation
import HTTPClient
import JSONWire
import SkeinTestKit
import Testing

@testable import Agents

/// Answers that go on with what was begun on a server that is gone.
@Suite struct ModelAgentTests {
  private func answer(
    _ begun: String, kind: String = "messages", _ steps: [ServiceStep], settings: [(String, JSONValue)] = []
  ) async throws -> (text: String, request: JSONValue) {
    let service = try await ScriptedService { _ in steps }
    let clients = HTTPClients([try TestLoop.shared()])
    let agent = try AgentKind.make(
      kind, JSONObject([("url", .string(service.url)), ("model", "m")] + settings),
      using: AgentResources(clients: clients))
    let session = try #require(SessionID("session_of_a_test"))
    let request = AgentRequest(session: session, question: "Go on", context: [], begun: begun) { _ in [] }
    let recorded = RecordedAnswer()
    do {
      try await agent.answer(request, into: recorded)
    } catch {
      await clients.close()
      await service.close()
      throw error
    }
    let body = try JSONValue(parsing: try #require(await service.requests.first).content)
    await clients.close()
    await service.close()
    return (recorded.text, body)
  }

  @Test func theBeginningGoesAlongAndIsNotSaidAgain() async throws {
    let (text, request) = try await answer("Once upon ", ServiceScript.stream(ServiceScript.messages([" a", " time"])))
    #expect(text == "a time")
    let last = try #require(request["messages"]?.array?.last)
    #expect(last["role"] == "assistant" && last["content"] == "Once upon")
  }

  @Test func nothingMoreMayBeToSay() async throws {
    let (text, _) = try await answer("All said.", ServiceScript.stream(ServiceScript.messages([])))
    #expect(text.isEmpty)
  }

  @Test func whoRefusesDoesNotGoOn() async throws {
    let refusal = ServiceScript.whole(
      400, "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no prefill\"}}")
    await #expect(throws: CannotContinue.self) { _ = try await answer("Once", refusal) }
    await #expect(throws: CannotContinue.self) { _ = try await answer(" \n", refusal) }
  }

  /// In the middle of a text; what nobody has begun to answer is asked of every model.
  @Test func whetherOneCanIsSaidByTheConfiguration() async throws {
    let rest = ServiceScript.stream(ServiceScript.chat([" upon a time"]))
    await #expect(throws: CannotContinue.self) { _ = try await answer("Once", kind: "chat-completions", rest) }
    let (text, request) = try await answer("Once", kind: "chat-completions", rest, settings: [("continues", true)])
    #expect(text == " upon a time" && request["messages"]?.array?.last?["content"] == "Once")
    await #expect(throws: CannotContinue.self) { _ = try await answer("Once", rest, settings: [("continues", false)]) }
    #expect(try await answer("", kind: "chat-completions", rest).text == " upon a time")
  }
}
