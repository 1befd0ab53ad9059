import Conversation
import EmbeddedPostgres
import Glibc
import JSONWire
import SkeinTestKit
import Testing

/// An answer of a model whose server is killed goes on on another, from what was shown.
@Suite(.timeLimit(.minutes(5))) struct TakeoverTests {
  private static let words = (0..<300).map { "word\($0) " }
  private static let whole = words.joined()

  /// What a model says that was given the beginning of its answer: the rest, word by word. Asked at first, it says a
  /// part, and no more.
  private static func steps(_ content: [UInt8]) -> [ServiceStep] {
    let messages = (try? JSONValue(parsing: content))?["messages"]?.array ?? []
    let last = messages.last
    let begun = last?["role"]?.string == "assistant" ? last?["content"]?.string ?? "" : ""
    guard whole.hasPrefix(begun) else { return ServiceScript.whole(400, "{}") }
    let rest = whole.dropFirst(begun.count).split(separator: " ", omittingEmptySubsequences: false)
    let texts = rest.enumerated().map { $0.offset == 0 ? String($0.element) : " \($0.element)" }
    let events = ServiceScript.messages(texts.filter { !$0.isEmpty })
    return begun.isEmpty ? ServiceScript.stream(Array(events.prefix(60)), end: .wait) : ServiceScript.stream(events)
  }

  @Test func anAnswerOfAModelGoesOnWhereItsServerWasKilled() async throws {
    let service = try await ScriptedService { Self.steps($0.content) }
    let postgres = try PrivatePostgres()
    let url = try await postgres.database()
    let made = try await Program.run(
      "agent", "create", "claude", "--kind", "messages", "--url", service.url, "--model", "m", "--database-url", url)
    #expect(made.code == 0, "\(made.errors)")
    let serve = ["serve", "--port", "0", "--database-url", url]
    let (first, second) = (try Program(serve), try Program(serve))
    let identity = Identity.random()
    let client = try await ChatClient.connect(to: first.port())
    try await client.hello(identity, agent: "claude")
    await client.say("Tell me all of them.")
    try await client.until({ ($0.from("assistant").last?.content.count ?? 0) > 200 }, within: 120_000)
    let other = try await second.port()

    first.signal(SIGKILL)
    #expect(try await first.end().code == 128 + SIGKILL)
    let seen = await client.transcript
    let again = try await ChatClient.connect(to: other, transcript: seen)
    #expect(try await again.hello(identity, resumes: true)["resumed"] == true)
    try await again.until({ $0.from("assistant").last?.status == "complete" }, within: 120_000)

    // The same message, behind what was shown of it, and nothing said twice.
    let answers = await again.transcript.from("assistant")
    #expect(answers.map(\.id) == seen.from("assistant").map(\.id))
    #expect(answers.map(\.text) == [Self.whole])
    let requests = await service.requests
    #expect(requests.count == 2)
    let last = try JSONValue(parsing: try #require(requests.last).content)["messages"]?.array?.last
    let prefix = try #require(last?["content"]?.string)
    #expect(last?["role"] == "assistant" && Self.whole.hasPrefix(prefix) && prefix.utf8.count > 150)
    // So it is stored.
    await again.drop()
    second.signal(SIGTERM)
    _ = try await second.end()
    try await TestServer.with(url: url) { server in
      let stored = try await server.stored(identity.session)
      #expect(stored.last { $0.role == "assistant" }?.content.elementsEqual(answers[0].content) == true)
    }
    await service.close()
    try postgres.server.stop()
  }
}
