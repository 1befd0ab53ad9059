import Conversation
package import HTTPClient
import JSONWire

extension ModelConfiguration {
  /// Whether an answer that was begun elsewhere can be gone on with. Chat completions have no word for it, though some
  /// servers go on with a last message that is the assistant's.
  package var goesOn: Bool { continues ?? (format == .messages) }

  /// What asks the model.
  /// - Throws: where its key is not there.
  package func request(for prompt: ModelPrompt) throws(ModelFailure) -> HTTPClientRequest {
    let keyField = format == .messages ? "x-api-key" : "Authorization"
    var request = try service.request(to: endpoint, body(for: prompt), keyField: keyField)
    request.setField("Accept", "text/event-stream")
    if format == .messages, !service.headers.contains(where: { $0.name.lowercased() == "anthropic-version" }) {
      request.setField("anthropic-version", "2023-06-01")
    }
    return request
  }

  /// The content of a request.
  package func body(for prompt: ModelPrompt) -> [UInt8] {
    var body = JSONObject()
    if !model.isEmpty { body["model"] = .string(model) }
    var turns = prompt.turns.map { Self.turn($0.role == .user ? "user" : "assistant", $0.text) }
    turns += self.turns(of: prompt.rounds)
    // Anthropic's refuses a beginning that ends with white space.
    if !prompt.begun.isEmpty { turns.append(Self.turn("assistant", prompt.prefix)) }
    offer(prompt, in: &body)
    switch format {
    case .chatCompletions:
      body["messages"] = .array([Self.turn("system", prompt.system)] + turns)
      body["stream_options"] = ["include_usage": true]
      if let maxTokens { body["max_tokens"] = .int(maxTokens) }
    case .messages:
      body["system"] = .string(prompt.system)
      body["messages"] = .array(turns)
      // Which it wants to be told.
      body["max_tokens"] = .int(maxTokens ?? 4096)
    }
    body["stream"] = true
    if let temperature { body["temperature"] = .double(temperature) }
    for member in extra.members { body[member.key] = member.value.isNull ? .none : .some(member.value) }
    return JSONValue.object(body).bytes
  }

  static func turn(_ role: String, _ text: String) -> JSONValue {
    .object(JSONObject([("role", .string(role)), ("content", .string(text))]))
  }
}

extension ModelPrompt {
  /// The answer's beginning without the white space at its end.
  var prefix: String { String(begun.reversed().drop(while: \.isWhitespace).reversed()) }

  /// The white space that `prefix` lacks, which a model will write again, or not.
  var tail: Substring { begun.dropFirst(prefix.count) }
}
