import Conversation
package import HTTPWire
import JSONWire

/// Messages as Anthropic's interface streams them, and whole ones.
package struct MessagesDecoder: ModelDecoder {
  private var usage = Usage(inputTokens: 0, outputTokens: 0)

  package init() {}

  package mutating func decode(_ event: EventStreamEvent) -> [ModelEvent] {
    guard let value = (try? JSONValue(parsing: event.data)) ?? (try? JSONValue(parsing: event.text)) else {
      return [.failure(ModelFailure(.garbled))]
    }
    switch value["type"]?.string ?? event.type {
    case "message_start": return count(value["message"]?["usage"])
    case "content_block_start": return Self.content(value["content_block"])
    case "content_block_delta": return Self.content(value["delta"])
    case "message_delta": return count(value["usage"]) + Self.end(value["delta"]?["stop_reason"])
    case "message_stop": return [.done]
    case "error": return [.failure(ModelFailure(value["error"] ?? value))]
    case "message":
      let content = (value["content"]?.array ?? []).flatMap { Self.content($0) }
      return content + count(value["usage"]) + Self.end(value["stop_reason"]) + [.done]
    // `ping`, `content_block_stop`, and what comes in later versions.
    default: return []
    }
  }

  package mutating func finish() -> [ModelEvent] { [] }

  /// A block of content, or a piece of one. Signatures, citations and what tools are given are no text.
  private static func content(_ part: JSONValue?) -> [ModelEvent] {
    switch part?["type"]?.string {
    case "text", "text_delta":
      if let text = part?["text"]?.string, !text.isEmpty { return [.text(text)] }
    case "thinking", "thinking_delta":
      if let thought = part?["thinking"]?.string, !thought.isEmpty { return [.reasoning(thought)] }
    default: break
    }
    return []
  }

  /// Counts grow: what is told later counts, and what is not told stays.
  private mutating func count(_ told: JSONValue?) -> [ModelEvent] {
    guard let told, told.object != nil else { return [] }
    let input = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"].compactMap { told[$0]?.int }
    if !input.isEmpty { usage.inputTokens = max(usage.inputTokens, input.reduce(0, +)) }
    if let output = told["output_tokens"]?.int { usage.outputTokens = max(usage.outputTokens, output) }
    return [.usage(usage)]
  }

  private static func end(_ reason: JSONValue?) -> [ModelEvent] {
    switch reason?.string {
    case nil: []
    case "max_tokens", "model_context_window_exceeded": [.end(.length)]
    case "tool_use": [.end(.tools)]
    case "refusal": [.end(.filter)]
    default: [.end(.stop)]
    }
  }
}
