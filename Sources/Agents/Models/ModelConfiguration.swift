package import JSONWire

/// Why a configuration is none, in one sentence.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// Which interface a model speaks.
package enum ModelFormat: String, Sendable, CaseIterable {
  /// OpenAI's, and that of everything that speaks like it.
  case chatCompletions = "chat-completions"
  /// Anthropic's.
  case messages
}

/// How a model is asked, as an agent's configuration says it.
package struct ModelConfiguration: Sendable, Equatable {
  package var format: ModelFormat
  /// What the interface's path is appended to, or the whole address.
  package var url = ""
  package var model = ""
  /// What the model is told beforehand.
  package var system = ""
  package var key = ModelKey.none
  /// The field that the key goes into; nil: the interface's own.
  package var keyHeader: String?
  package var headers: [HeaderField] = []
  /// The longest answer, in tokens.
  package var maxTokens: Int64?
  package var temperature: Double?
  /// How much of the conversation goes with a question, in tokens as they are estimated.
  package var historyTokens = 8000
  package var connectSeconds: UInt64 = 10
  /// How long nothing may come of an answer; 0: as long as the server's own limits let it.
  package var silenceSeconds: UInt64 = 0
  /// How often a question is asked again that found nobody.
  package var retries = 3
  /// Whether it can go on with an answer that was begun elsewhere; nil: as is usual with the interface.
  package var continues: Bool?
  /// Further members of each request, as they are; null takes out one that would be there.
  package var extra = JSONObject()

  package struct HeaderField: Sendable, Equatable {
    package let name: String
    package let value: String
  }

  /// Its members as they are stored and shown.
  package static let members: Set<String> = [
    "url", "model", "system", "key_env", "key_file", "key_header", "headers", "max_tokens", "temperature",
    "history_tokens", "connect_seconds", "silence_seconds", "retries", "continues", "extra",
  ]

  /// Reads a configuration; strict, so that a slip is told at once.
  package init(_ format: ModelFormat, _ object: JSONObject) throws(ConfigurationError) {
    self.format = format
    let members = ConfigurationMembers(object)
    try members.allow(Self.members)
    url = try members.url("url")
    model = try members.text("model", 1...200) ?? ""
    // In Azure's addresses it is part of the path.
    guard !model.isEmpty || format == .chatCompletions else { throw ConfigurationError("model: missing") }
    system = try members.text("system", 0...65_536) ?? ""
    key = try ModelKey(members)
    keyHeader = try members.text("key_header", 1...100)
    headers = try members.headers("headers")
    maxTokens = try members.int("max_tokens", 1...1_000_000)
    temperature = try members.number("temperature", 0...2)
    historyTokens = Int(try members.int("history_tokens", 0...10_000_000) ?? 8000)
    connectSeconds = UInt64(try members.int("connect_seconds", 1...300) ?? 10)
    silenceSeconds = UInt64(try members.int("silence_seconds", 0...86_400) ?? 0)
    retries = Int(try members.int("retries", 0...10) ?? 3)
    continues = try members.bool("continues")
    if let value = object["extra"] {
      guard let members = value.object else { throw ConfigurationError("extra: a JSON object") }
      extra = members
    }
  }

  /// The address of the interface (its path is appended where it is not there yet).
  package var endpoint: String {
    let path = format == .chatCompletions ? "/chat/completions" : "/v1/messages"
    let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var base = String(parts[0])
    while base.hasSuffix("/") { base.removeLast() }
    if !base.hasSuffix(path) {
      base += format == .messages && base.hasSuffix("/v1") ? "/messages" : path
    }
    return parts.count > 1 ? "\(base)?\(parts[1])" : base
  }
}
