import Accounts
import Agents
import Glibc
import HTTPWire
import JSONWire
import Postgres
import SkeinTestKit
import Testing

/// Agents that others wrote, through the whole server.
@Suite struct RemoteAgentTests {
  private static func agui(_ events: [JSONValue], end: ServiceStep? = nil) -> [ServiceStep] {
    ServiceScript.stream(events.map { "data: \($0)\n\n" }, end: end)
  }

  private static let run: [JSONValue] = [
    ["type": "RUN_STARTED"], ["type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "search"],
    ["type": "TOOL_CALL_RESULT", "toolCallId": "c", "content": "secret"],
    ["type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "Hello é"], ["type": "RUN_FINISHED"],
  ]

  static let cases: [(name: String, kind: String, steps: [ServiceStep], status: String, text: String, error: String?)] =
    [
      ("AG-UI", "ag-ui", agui(run), "complete", "Hello é", nil),
      (
        "AG-UI, cut", "ag-ui", agui(Array(run.prefix(4)), end: .reset), "failed", "Hello é",
        "The agent's answer broke off."
      ),
      (
        "AG-UI, an error", "ag-ui", agui([["type": "RUN_ERROR", "message": "secret"]]), "failed", "",
        "The agent's service has a fault at the moment; please try again."
      ),
      (
        "text", "remote", ServiceScript.stream(Array("Hello é漢".utf8).map { [$0] }, type: "text/plain"), "complete",
        "Hello é漢", nil
      ),
      (
        "text, cut", "remote", ServiceScript.stream([Array("So far".utf8)], type: "text/plain", end: .close), "failed",
        "So far", "The agent's answer broke off."
      ),
      (
        "no text", "remote", ServiceScript.whole(200, "", type: "text/plain"), "failed", "", "The agent gave no answer."
      ),
      (
        "not asked twice", "remote", ServiceScript.whole(503, ""), "failed", "",
        "The agent's service has a fault at the moment; please try again."
      ),
    ]

  @Test(arguments: cases.indices) func whatAServiceSaysIsStored(_ index: Int) async throws {
    let test = Self.cases[index]
    let service = try await ScriptedService { _ in test.steps }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(on: server, kind: test.kind, url: service.url + "/run", model: nil)
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    let answer = try await client.ask("What is it?")
    #expect(answer.status == test.status && answer.text == test.text, "\(test.name)")
    #expect(try await server.stored(identity.session) == client.transcript.asStored)
    #expect(await service.requests.count == 1, "\(test.name)")
    let row = try await server.query(
      """
      SELECT m.error_message, coalesce(m.tools::text, '') FROM messages m JOIN sessions s ON s.id = m.session_id
      WHERE s.public_id = $1 AND m.role = 'assistant'
      """, [.text(identity.session)])
    #expect(try row.optional(0, 0, row.text) == test.error, "\(test.name)")
    #expect(try !row.text(0, 1).contains("secret"))
    if test.name == "AG-UI" { #expect(try row.text(0, 1).contains("search")) }
    await service.close()
  }

  @Test(arguments: ["ag-ui", "remote"]) func aRequestIsSignedAndHoldsTheConversation(_ kind: String) async throws {
    let service = try await ScriptedService { _ in
      kind == "ag-ui" ? Self.agui(Self.run) : ServiceScript.whole(200, "Hello é", type: "text/plain")
    }
    let server = try await TestServer.shared()
    let slug = try await ModelFixture.agent(
      on: server, kind: kind, url: service.url + "/run", model: nil, [("secret_env", "HOME")])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: slug)
    try await client.ask("one")
    try await client.ask("two")
    let request = try #require(await service.requests.last)
    let secret = try #require(getenv("HOME").map { String(cString: $0) })
    let signature = try #require(request.head.fields["skein-signature"])
    let seconds = try #require(Int64(signature.dropFirst(2).prefix { $0 != "," }))
    #expect(signature == RequestSignature.value(request.content, secret: secret, now: seconds))
    #expect(abs(seconds - Int64(time(nil))) < 3600 && request.head.path == "/run")
    let body = try JSONValue(parsing: request.content)
    #expect(body[kind == "ag-ui" ? "threadId" : "session"]?.string == identity.session)
    let messages = try #require(body["messages"]?.array)
    #expect(messages.map { $0["content"]?.string } == ["one", "Hello é", "two"])
    #expect(messages.map { $0["role"]?.string } == ["user", "assistant", "user"])
    await service.close()
  }
}
