import Conversation
package import HTTPWire
import JSONWire

/// Chat completions as they are streamed by OpenAI, Azure, Ollama, vLLM, llama.cpp, LM Studio and whoever speaks like
/// them, and whole ones of servers that do not stream.
package struct ChatCompletionsDecoder: ModelDecoder {
  private var tags: ThinkTags
  private var calls = CallPieces()

  /// - Parameter goesOn: whether the answer was begun before.
  package init(goesOn: Bool = false) { tags = goesOn ? .past : ThinkTags() }

  package mutating func decode(_ event: EventStreamEvent) -> [ModelEvent] {
    if event.data.elementsEqual("[DONE]".utf8) { return finish() + [.done] }
    // Text that is no UTF-8 is mended, not refused.
    guard let value = (try? JSONValue(parsing: event.data)) ?? (try? JSONValue(parsing: event.text)) else {
      return [.failure(ModelFailure(.garbled))]
    }
    if let error = value["error"], !error.isNull { return [.failure(ModelFailure(error))] }
    if event.type == "error" || value["object"]?.string == "error" { return [.failure(ModelFailure(value))] }
    var events: [ModelEvent] = []
    for choice in value["choices"]?.array ?? [] where choice["index"]?.int ?? 0 == 0 {
      let delta = choice["delta"] ?? choice["message"]
      if let thought = delta?["reasoning_content"]?.string ?? delta?["reasoning"]?.string, !thought.isEmpty {
        events.append(.reasoning(thought))
      }
      for text in [Self.text(delta?["content"]), Self.text(delta?["refusal"])] where !text.isEmpty {
        append(tags.split(text), to: &events)
      }
      if let pieces = delta?["tool_calls"]?.array, !pieces.isEmpty {
        calls.take(pieces)
        events.append(.asking)
      }
      if let reason = choice["finish_reason"]?.string {
        events += finish()
        events.append(.end(Self.end(reason)))
      }
    }
    if let usage = value["usage"], let input = usage["prompt_tokens"]?.int {
      // DeepSeek's has a name of its own.
      let cached = usage["prompt_tokens_details"]?["cached_tokens"]?.int ?? usage["prompt_cache_hit_tokens"]?.int
      events.append(
        .usage(
          Usage(
            inputTokens: input, outputTokens: usage["completion_tokens"]?.int ?? 0, cachedTokens: max(0, cached ?? 0))))
    }
    return events
  }

  package mutating func finish() -> [ModelEvent] {
    var events: [ModelEvent] = []
    append(tags.finish(), to: &events)
    return events + calls.finish()
  }

  private func append(_ parts: (text: String, reasoning: String), to events: inout [ModelEvent]) {
    if !parts.reasoning.isEmpty { events.append(.reasoning(parts.reasoning)) }
    if !parts.text.isEmpty { events.append(.text(parts.text)) }
  }

  /// A text, or the texts of a list of parts.
  private static func text(_ content: JSONValue?) -> String {
    if let text = content?.string { return text }
    return (content?.array ?? []).compactMap { $0["text"]?.string }.joined()
  }

  private static func end(_ reason: String) -> ModelEnd {
    switch reason {
    case "length": .length
    case "tool_calls", "function_call": .tools
    case "content_filter": .filter
    default: .stop
    }
  }
}
