import Conversation
package import HTTPWire
import JSONWire

/// Messages as Anthropic's interface streams them, and whole ones.
package struct MessagesDecoder: ModelDecoder {
  private var usage = Usage(inputTokens: 0, outputTokens: 0)
  /// The blocks that are under way and not text, by their index.
  private var blocks: [Int64: Block] = [:]
  private static let mostBlocks = 256

  /// A block that is told once it is whole.
  private struct Block {
    /// As it began.
    var value: JSONObject
    /// What its pieces were, of each kind.
    var json = ""
    var thinking = ""
    var signature = ""
  }

  package init() {}

  package mutating func decode(_ event: EventStreamEvent) -> [ModelEvent] {
    guard let value = (try? JSONValue(parsing: event.data)) ?? (try? JSONValue(parsing: event.text)) else {
      return [.failure(ModelFailure(.garbled))]
    }
    switch value["type"]?.string ?? event.type {
    case "message_start": return count(value["message"]?["usage"])
    case "content_block_start": return begin(value["index"]?.int ?? 0, value["content_block"])
    case "content_block_delta": return goOn(value["index"]?.int ?? 0, value["delta"])
    case "content_block_stop": return end(value["index"]?.int ?? 0)
    case "message_delta": return count(value["usage"]) + Self.end(value["delta"]?["stop_reason"])
    case "message_stop": return [.done]
    case "error": return [.failure(ModelFailure(value["error"] ?? value))]
    case "message":
      var events: [ModelEvent] = []
      for part in value["content"]?.array ?? [] { events += begin(0, part) + end(0) }
      return events + count(value["usage"]) + Self.end(value["stop_reason"]) + [.done]
    // `ping`, and what comes in later versions.
    default: return []
    }
  }

  package mutating func finish() -> [ModelEvent] { [] }

  private mutating func begin(_ index: Int64, _ part: JSONValue?) -> [ModelEvent] {
    guard let object = part?.object, blocks.count < Self.mostBlocks else { return [] }
    switch object["type"]?.string {
    case "tool_use", "thinking", "redacted_thinking":
      blocks[index] = Block(
        value: object, thinking: object["thinking"]?.string ?? "", signature: object["signature"]?.string ?? "")
    default: blocks[index] = nil
    }
    return Self.content(part)
  }

  private mutating func goOn(_ index: Int64, _ delta: JSONValue?) -> [ModelEvent] {
    if let piece = delta?["partial_json"]?.string, let block = blocks[index] {
      // What is cut here is no JSON, which the model is told.
      if block.json.utf8.count < ModelCall.mostBytes { blocks[index]?.json += piece }
      return piece.isEmpty ? [] : [.asking]
    }
    blocks[index]?.thinking += delta?["thinking"]?.string ?? ""
    blocks[index]?.signature += delta?["signature"]?.string ?? ""
    return Self.content(delta)
  }

  /// A block is whole. Thoughts are wanted back with their signature, without which they are refused.
  private mutating func end(_ index: Int64) -> [ModelEvent] {
    guard var block = blocks.removeValue(forKey: index) else { return [] }
    switch block.value["type"]?.string {
    case "tool_use":
      let input = block.value["input"]
      let given = input?.object?.isEmpty == false ? input?.description ?? "" : ""
      return [
        .call(
          ModelCall(
            id: block.value["id"]?.string ?? "", name: block.value["name"]?.string ?? "",
            arguments: block.json.isEmpty ? given : block.json))
      ]
    case "thinking" where !block.signature.isEmpty:
      block.value["thinking"] = .string(block.thinking)
      block.value["signature"] = .string(block.signature)
      return [.thought(.object(block.value))]
    case "redacted_thinking": return [.thought(.object(block.value))]
    default: return []
    }
  }

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
    if let cached = told["cache_read_input_tokens"]?.int { usage.cachedTokens = max(usage.cachedTokens, cached) }
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
