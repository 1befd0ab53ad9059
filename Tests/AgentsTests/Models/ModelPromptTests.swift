import Conversation
import HTTPClient
import JSONWire
import Testing

@testable import Agents

/// What a model is told.
@Suite struct ModelPromptTests {
  /// 2026-11-21.
  private static let now: Int64 = 1_795_219_200

  private func prompt(_ history: [Turn], begun: String = "", context: String = "") -> ModelPrompt {
    ModelPrompt(
      instructions: "Be kind.", history: history, question: "And now?", context: Array(context.utf8), begun: begun,
      now: Self.now)
  }

  private static let history = [
    Turn(role: .user, text: "One"), Turn(role: .assistant, text: "Two"), Turn(role: .user, text: "Three"),
    Turn(role: .assistant, text: "Four"),
  ]

  @Test func theConversationGoesAlong() {
    let prompt = prompt(Self.history, context: #"{"plan":"pro"}"#)
    #expect(prompt.turns == Self.history + [Turn(role: .user, text: "And now?")])
    #expect(prompt.system.hasPrefix("Be kind.\n\nToday is 2026-11-21 (UTC).\n\n"))
    #expect(prompt.system.hasSuffix(#"{"plan":"pro"}"#))
    #expect(!self.prompt([], context: "{}").system.contains("known"))
  }

  @Test func turnsTakeTurns() {
    let prompt = prompt([
      Turn(role: .user, text: "One"), Turn(role: .user, text: "Again"), Turn(role: .assistant, text: "Two"),
      Turn(role: .operator, text: "A person here"), Turn(role: .user, text: "Thanks"),
    ])
    #expect(
      prompt.turns == [
        Turn(role: .user, text: "One\n\nAgain"), Turn(role: .assistant, text: "Two\n\nA person here"),
        Turn(role: .user, text: "Thanks\n\nAnd now?"),
      ])
  }

  @Test func theHistoryIsCutBeforeAPersonsTurn() {
    let long = String(repeating: "word ", count: 600)
    let history = [
      Turn(role: .user, text: "first"), Turn(role: .assistant, text: long), Turn(role: .user, text: "second"),
      Turn(role: .assistant, text: "short"),
    ]
    func kept(_ budget: Int) -> [String] { Recollection.fitted(history, budget: budget).map(\.text) }
    #expect(kept(0) == [] && kept(100) == ["second", "short"])
    // The long answer would fit, its question would not: both stay away.
    let exact = history.dropFirst().map { ModelPrompt.tokens($0.text) }.reduce(0, +)
    #expect(kept(exact) == ["second", "short"] && kept(10_000).count == 4)
  }

  private func configuration(_ format: ModelFormat, _ members: JSONValue) throws -> ModelConfiguration {
    try ModelConfiguration(format, try #require(members.object))
  }

  @Test func chatCompletionsAreAskedFor() throws {
    let configuration = try configuration(
      .chatCompletions,
      [
        "url": "https://api.example.com/v1/", "model": "m-1", "max_tokens": 100, "temperature": 0.5,
        "headers": ["X-Team": "a"], "extra": ["stream_options": nil, "seed": 7],
      ])
    let request = try configuration.request(for: prompt(Self.history))
    #expect(request.url == "https://api.example.com/v1/chat/completions" && request.method == "POST")
    #expect(request.fields.contains { $0.name == "X-Team" && $0.value == "a" })
    #expect(!request.fields.contains { $0.name == "Authorization" })
    let body = try JSONValue(parsing: request.body)
    #expect(body["model"] == "m-1" && body["stream"] == true && body["max_tokens"] == 100 && body["seed"] == 7)
    #expect(body["temperature"]?.double == 0.5 && body["stream_options"] == nil)
    let messages = try #require(body["messages"]?.array)
    #expect(messages.map { $0["role"]?.string } == ["system", "user", "assistant", "user", "assistant", "user"])
    #expect(messages.last?["content"] == "And now?")
  }

  @Test func messagesAreAskedForAndGoneOnWith() throws {
    let configuration = try configuration(.messages, ["url": "https://api.anthropic.com", "model": "m-2"])
    let begun = prompt([], begun: "Once upon a \n")
    let body = try JSONValue(parsing: try configuration.request(for: begun).body)
    #expect(body["max_tokens"] == 4096 && body["system"]?.string?.hasPrefix("Be kind.") == true)
    let messages = try #require(body["messages"]?.array)
    // It may not end with white space, which is dropped from what follows instead.
    #expect(messages.last?["role"] == "assistant" && messages.last?["content"] == "Once upon a")
    #expect(begun.tail == " \n")
    #expect(configuration.goesOn)
  }

  static let endpoints: [(ModelFormat, String, String)] = [
    (.chatCompletions, "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/chat/completions"),
    (
      .chatCompletions, "https://a.example/openai/deployments/d/chat/completions?api-version=2024-10-21",
      "https://a.example/openai/deployments/d/chat/completions?api-version=2024-10-21"
    ),
    (
      .chatCompletions, "https://a.example/openai/deployments/d?api-version=1",
      "https://a.example/openai/deployments/d/chat/completions?api-version=1"
    ),
    (.messages, "https://a.example", "https://a.example/v1/messages"),
    (.messages, "https://a.example/v1/", "https://a.example/v1/messages"),
    (.messages, "https://a.example/x/v1/messages", "https://a.example/x/v1/messages"),
  ]

  @Test(arguments: endpoints.indices) func thePathIsAppended(_ index: Int) throws {
    let (format, url, endpoint) = Self.endpoints[index]
    #expect(try configuration(format, ["url": .string(url), "model": "m"]).endpoint == endpoint)
  }

  static let wrong: [(JSONValue, String)] = [
    ([:], "url"), (["url": "ftp://x"], "url"), (["url": "https://user@host/v1"], "url"), (["url": "https://"], "url"),
    (["url": "https://a b/"], "url"), (["url": "https://a", "modle": "x"], "modle"),
    (["url": "https://a", "max_tokens": 0], "max_tokens"), (["url": "https://a", "temperature": "hot"], "temperature"),
    (["url": "https://a", "headers": ["A": "b\nc"]], "headers"), (["url": "https://a", "extra": []], "extra"),
    (["url": "https://a", "key_env": "A", "key_file": "b"], "key_env"),
    (["url": "https://a", "retries": 11], "retries"),
  ]

  @Test(arguments: wrong.indices) func aSlipIsToldByName(_ index: Int) throws {
    let (members, name) = Self.wrong[index]
    let error = #expect(throws: ConfigurationError.self) { try configuration(.chatCompletions, members) }
    #expect(error?.description.hasPrefix(name) == true, "\(String(describing: error))")
  }
}
