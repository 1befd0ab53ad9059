import Conversation
import HTTPWire
import JSONWire
import Postgres

/// How a session is written to a file.
enum ExportFormat: String, CaseIterable {
  case json, markdown, ndjson

  var mediaType: StaticString {
    switch self {
    case .json: "application/json"
    case .markdown: "text/markdown; charset=utf-8"
    case .ndjson: "application/x-ndjson"
    }
  }

  /// What files' names end with.
  var ending: String { self == .markdown ? "md" : rawValue }
}

/// A file in the making, of which the finished part is taken away piece by piece.
struct ExportFile {
  private var content: [UInt8] = []
  private let format: ExportFormat
  private let agent: String
  private var needsComma = false

  /// - Parameter rows: of `RequestStatement.session`.
  init(_ format: ExportFormat, _ rows: PostgresRows) throws(PostgresError) {
    self.format = format
    agent = try rows.text(0, 10)
    if format == .markdown {
      content = Array(
        TranscriptMarkdown.head(
          title: try rows.optional(0, 2, rows.text), agent: agent, startedAt: try rows.timestamp(0, 6)
        ).utf8)
      return
    }
    var json = JSONWriter()
    json.beginObject()
    if format == .ndjson {
      json.key("type")
      json.string("session")
    }
    try json.wholeSessionMembers(rows, 0)
    if format == .json {
      json.key("messages")
      json.beginArray()
      content = json.bytes
    } else {
      json.endObject()
      content = json.bytes + [UInt8(ascii: "\n")]
    }
  }

  /// The messages come in their order.
  mutating func add(_ message: Message) {
    switch format {
    case .markdown: content += TranscriptMarkdown.part(message, agent: agent).utf8
    case .json:
      if needsComma { content.append(UInt8(ascii: ",")) }
      needsComma = true
      var json = JSONWriter(appendingTo: take())
      json.message(message, content: message.content.span.bytes, length: message.content.count)
      content = json.bytes
    case .ndjson:
      var line = JSONWriter(appendingTo: take())
      line.beginObject()
      line.key("type")
      line.string("message")
      line.key("message")
      line.message(message, content: message.content.span.bytes, length: message.content.count)
      line.endObject()
      content = line.bytes
      content.append(UInt8(ascii: "\n"))
    }
  }

  /// No message follows.
  mutating func finish() {
    if format == .json { content += "]}\n".utf8 }
  }

  /// What was written since this was called last.
  mutating func take() -> [UInt8] {
    defer { content = [] }
    return content
  }
}
