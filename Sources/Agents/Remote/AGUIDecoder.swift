import HTTPWire
import JSONWire
import Redaction

/// The events of AG-UI, as far as they make an answer: texts of the assistant, reasoning, calls of tools by their names,
/// the end. State is the service's own.
struct AGUIDecoder: ModelDecoder {
  /// Messages that are somebody else's, whose texts are none of the answer's.
  private var foreign: Set<String> = []
  /// The message whose text came last: what another says begins a paragraph.
  private var current: String?
  private var hasText = false

  init() {}

  mutating func decode(_ event: EventStreamEvent) -> [ModelEvent] {
    guard let value = (try? JSONValue(parsing: event.data)) ?? (try? JSONValue(parsing: event.text)) else {
      return [.failure(ModelFailure(.garbled))]
    }
    let id = value["messageId"]?.string ?? current ?? ""
    switch value["type"]?.string {
    case "TEXT_MESSAGE_START":
      note(value["role"], of: id)
    case "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_CHUNK":
      note(value["role"], of: id)
      if let text = value["delta"]?.string, !text.isEmpty, !foreign.contains(id) { return [.text(joined(text, id))] }
    case "REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_CHUNK", "THINKING_TEXT_MESSAGE_CONTENT":
      return [.reasoning(value["delta"]?.string ?? "")]
    case "TOOL_CALL_START":
      guard let call = value["toolCallId"]?.string, let name = value["toolCallName"]?.string else { return [] }
      return [.tool(id: call, name: name)]
    case "TOOL_CALL_RESULT":
      return value["toolCallId"]?.string.map { [.toolEnded(id: $0)] } ?? []
    case "RUN_FINISHED": return [.end(.stop), .done]
    case "RUN_ERROR": return [.failure(ModelFailure(.fault, said: ForeignWord(value["code"]?.string ?? "")))]
    // Steps, states, what is custom, and what comes in later versions.
    default: break
    }
    return []
  }

  mutating func finish() -> [ModelEvent] { [] }

  private mutating func note(_ role: JSONValue?, of id: String) {
    if let role = role?.string, role != "assistant" { foreign.insert(id) }
  }

  private mutating func joined(_ text: String, _ id: String) -> String {
    defer { (current, hasText) = (id, true) }
    return hasText && current != id ? "\n\n" + text : text
  }
}
