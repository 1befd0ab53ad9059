package import Accounts
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
  package var service: ServiceSettings
  package var model: String
  /// What the model is told beforehand.
  package var system: String
  /// The longest answer, in tokens.
  package var maxTokens: Int64?
  package var temperature: Double?
  /// Whether it can go on with an answer that was begun elsewhere; nil: as is usual with the interface.
  package var continues: Bool?
  /// Whether it is asked to tell shortly of the turns for which there is no room.
  package var summarises: Bool
  /// What its tokens cost; nil: nobody has said it.
  package var prices: ModelPrices?
  /// The tools that it may ask for.
  package var tools: ToolSettings
  /// Further members of each request, as they are; null takes out one that would be there.
  package var extra = JSONObject()

  /// Its members as they are stored and shown.
  static let members = ServiceSettings.members.union(ToolSettings.members).union([
    "model", "system", "max_tokens", "temperature", "continues", "summaries", "prices", "extra",
  ])

  /// Reads a configuration; strict, so that a slip is told at once.
  /// - Parameter secrets: what is stored behind its marks, by their places.
  package init(
    _ format: ModelFormat, _ object: JSONObject, secrets: [String: SecretText] = [:]
  ) throws(ConfigurationError) {
    self.format = format
    let members = ConfigurationMembers(object, secrets: secrets)
    try members.allow(Self.members)
    service = try ServiceSettings(members, retries: 3)
    model = try members.text("model", 1...200) ?? ""
    // In Azure's addresses it is part of the path.
    guard !model.isEmpty || format == .chatCompletions else { throw ConfigurationError("model: missing") }
    system = try members.text("system", 0...65_536) ?? ""
    maxTokens = try members.int("max_tokens", 1...1_000_000)
    temperature = try members.number("temperature", 0...2)
    continues = try members.bool("continues")
    summarises = try members.bool("summaries") ?? true
    prices = try object["prices"].flatMap { $0.isNull ? nil : $0 }.map { value throws(ConfigurationError) in
      try ModelPrices(value)
    }
    tools = try ToolSettings(members, object["tools"])
    if let value = object["extra"] {
      guard let members = value.object, value.bytes.count <= 16 * 1024, value.canBeStored else {
        throw ConfigurationError("extra: a JSON object of up to 16 KiB")
      }
      extra = members
    }
  }

  /// The address of the interface (its path is appended where it is not there yet).
  package var endpoint: String {
    let path = format == .chatCompletions ? "/chat/completions" : "/v1/messages"
    let parts = service.url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var base = String(parts[0])
    while base.hasSuffix("/") { base.removeLast() }
    if !base.hasSuffix(path) {
      base += format == .messages && base.hasSuffix("/v1") ? "/messages" : path
    }
    return parts.count > 1 ? "\(base)?\(parts[1])" : base
  }
}
