import Agents
import Conversation
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

/// Conversations that are longer than a model is told: their older turns are summarised, once, and kept.
@Suite struct SummaryTests {
  /// What a request tells the model beforehand, and the texts of its turns.
  private struct Told {
    let system: String
    let turns: [String]
    var isSummary: Bool { system.hasPrefix("You keep the memory of a conversation") }

    init(_ request: ServiceRequest) throws {
      let messages = try #require(try JSONValue(parsing: request.content)["messages"]?.array)
      system = messages.first?["content"]?.string ?? ""
      turns = messages.dropFirst().compactMap { $0["content"]?.string }
    }
  }

  private static func respond(_ request: ServiceRequest, summary: [ServiceStep]?) -> [ServiceStep] {
    guard let told = try? Told(request) else { return [.reset] }
    if told.isSummary {
      return summary ?? ServiceScript.stream(ServiceScript.chat(["They spoke of number \(told.turns.count)."]))
    }
    return ServiceScript.stream(ServiceScript.chat(["I see \(told.turns.last?.prefix(8) ?? "")"]))
  }

  private func question(_ number: Int) -> String { "asked \(100 + number) " + String(repeating: "word ", count: 30) }

  @Test func olderTurnsAreSummarisedOnceAndKept() async throws {
    let service = try await ScriptedService { Self.respond($0, summary: nil) }
    try await withTwoNodes { a, b in
      let slug = try await ModelFixture.agent(
        on: a, kind: "chat-completions", url: service.url, [("history_tokens", 600)])
      let identity = Identity.random()
      let client = try await a.client(identity, agent: slug)
      for number in 0..<20 { #expect(try await client.ask(question(number)).status == "complete") }
      await client.drop()
      // Another server knows it too.
      let there = try await b.client(identity, agent: slug)
      #expect(try await there.ask(question(20)).status == "complete")
      let told = try await service.requests.map { try Told($0) }
      let answers = told.filter { !$0.isSummary }
      let summaries = told.count { $0.isSummary }
      #expect(answers.count == 21 && summaries > 0 && summaries < 10)
      #expect(answers.last?.system.contains("They spoke of number") == true)
      // No question is lost: it is told as it is, or was told to whoever summarised.
      for number in 0...20 {
        #expect(told.contains { $0.isSummary == (number < 5) && $0.turns.joined().contains("asked \(100 + number) ") })
      }
      for answer in answers { #expect(answer.turns.reduce(0) { $0 + $1.utf8.count } < 600 * 3 + 400) }
      let rows = try await a.query(
        "SELECT count(*), min(k.through), max(s.version) FROM session_summaries k JOIN sessions s ON s.id = k.session_id"
      )
      #expect(try rows.int(0, 0) == 1 && rows.int(0, 1) > 0 && rows.int(0, 1) < rows.int(0, 2))
    }
    await service.close()
  }

  @Test func whereItCanNotBeMadeTheConversationGoesOn() async throws {
    let server = try await TestServer.shared()
    for isOn in [true, false] {
      let service = try await ScriptedService { Self.respond($0, summary: ServiceScript.whole(400, "{}")) }
      let slug = try await ModelFixture.agent(
        on: server, kind: "chat-completions", url: service.url, [("history_tokens", 300), ("summaries", .bool(isOn))])
      let client = try await server.client(Identity.random(), agent: slug)
      for number in 0..<8 { #expect(try await client.ask(question(number)).status == "complete") }
      let told = try await service.requests.map { try Told($0) }
      #expect(told.contains { $0.isSummary } == isOn)
      #expect(told.last?.turns.first?.hasPrefix("asked ") == true && (told.last?.turns.count ?? 0) < 15)
      await service.close()
    }
  }
}
