import Conversation
import HTTPWire
import JSONWire
import Log
import Postgres
import Store
import Transport

extension Route {
  /// A session as a file.
  static let export: [Route] = [
    Route(.get, "/v1/sessions/{id}/export", .sessions(.read)) { shard, call throws(Problem) in
      try await shard.exportSession(call)
    }
  ]
}

/// How a session is written.
private enum ExportFormat: String, CaseIterable {
  case json, markdown, ndjson

  var mediaType: StaticString {
    switch self {
    case .json: "application/json"
    case .markdown: "text/markdown; charset=utf-8"
    case .ndjson: "application/x-ndjson"
    }
  }
}

extension Shard {
  /// The longest file that a request is given; `skein export` writes any.
  private static let mostExportBytes = 32 << 20

  fileprivate func exportSession(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let (caller, id) = (try call.acting(), try call.session)
    let format = try call.word("format", ExportFormat.self) ?? .json
    let rows = try await read(.session, [.text(id.text)], for: caller)
    guard rows.count > 0 else { throw Problem(.noSession) }
    try await note(.exported, of: "session:\(id)", for: call, details: [("format", .string(format.rawValue))])
    var file = try reading { () throws(PostgresError) in try ExportFile(format, rows) }
    var after: Int64 = 0
    while true {
      let page = try await read(.messages, Self.parameters(of: id, after: after, limit: 200), for: caller)
      let last = try reading { () throws(PostgresError) in try file.add(page) }
      guard let last else { break }
      after = last
      guard file.count <= Self.mostExportBytes else {
        throw Problem(.contentTooLarge, "too_large", "the session is too long for one answer: ask for its messages")
      }
    }
    var head = HTTPResponseHead(.ok)
    head.add("Content-Type", format.mediaType)
    head.add("Cache-Control", "no-store")
    let ending = format == .markdown ? "md" : format.rawValue
    try? head.add("Content-Disposition", text: "attachment; filename=\"\(id.text).\(ending)\"")
    log.info("session exported", ["session": id, "request": call.id, "from": call.address ?? "unknown"])
    return HTTPResponse(head, content: file.finished())
  }
}

/// A file in the making.
private struct ExportFile {
  private var content: [UInt8] = []
  private let format: ExportFormat
  private let agent: String
  private var json = JSONWriter()

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
    json.beginObject()
    if format == .ndjson {
      json.key("type")
      json.string("session")
    }
    try json.wholeSessionMembers(rows, 0)
    if format == .json {
      json.key("messages")
      json.beginArray()
    } else {
      json.endObject()
      content = json.bytes + [UInt8(ascii: "\n")]
    }
  }

  /// - Parameter rows: of `RequestStatement.messages`, oldest first.
  /// - Returns: the place of the last of them; nil where there is none.
  mutating func add(_ rows: PostgresRows) throws(PostgresError) -> Int64? {
    var last: Int64?
    for row in 0..<rows.count where !rows.isNull(row, 2) {
      let message = try rows.message(row, from: 2)
      last = message.createdVersion
      switch format {
      case .markdown: content += TranscriptMarkdown.part(message, agent: agent).utf8
      case .json:
        json.message(message, content: message.content.span.bytes, length: message.content.count)
      case .ndjson:
        var line = JSONWriter()
        line.beginObject()
        line.key("type")
        line.string("message")
        line.key("message")
        line.message(message, content: message.content.span.bytes, length: message.content.count)
        line.endObject()
        content += line.bytes + [UInt8(ascii: "\n")]
      }
    }
    return last
  }

  mutating func finished() -> [UInt8] {
    guard format == .json else { return content }
    json.endArray()
    json.endObject()
    return json.bytes + [UInt8(ascii: "\n")]
  }

  /// How long it is so far.
  var count: Int { format == .json ? json.bytes.count : content.count }
}
