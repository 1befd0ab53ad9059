import Conversation
import HTTPWire
import JSONWire
import Postgres
import Store
import Transport

extension Route {
  /// Sessions by the paths and names of the system of a personal assistant, at both places where that had them.
  static let assistant: [Route] = ["", "/api/v1/personal-assistant"].flatMap { prefix in
    [
      Route(.post, "\(prefix)/sessions/new", .owner, makes: true) { shard, call throws(Problem) in
        try await shard.newAssistantSession(call)
      },
      Route(.get, "\(prefix)/sessions", .sessions(.read)) { shard, call throws(Problem) in
        try await shard.assistantSessions(call)
      },
      Route(.get, "\(prefix)/sessions/{id}/messages", .sessions(.read)) { shard, call throws(Problem) in
        try await shard.assistantMessages(call)
      },
      Route(.delete, "\(prefix)/sessions/{id}", .sessions(.change)) { shard, call throws(Problem) in
        _ = try await shard.deleteSession(call)
        return .json { json in
          json.beginObject()
          json.key("session_id")
          json.string(call.value("id"))
          json.key("deleted")
          json.bool(true)
          json.endObject()
        }
      },
    ]
  }
}

extension Shard {
  fileprivate func newAssistantSession(_ call: APICall) async throws(Problem) -> HTTPResponse {
    // Its ids are UUIDs.
    let id = MessageID.random(using: &random).description
    guard let session = SessionID(id) else { throw .internal }
    _ = try await make(session, ClientFrame.Hello(), for: call)
    let rows = try await read(.session, [.text(id)], for: try call.acting())
    guard rows.count > 0 else { throw Problem(.noSession) }
    return try reading { () throws(PostgresError) in
      let started = try rows.timestamp(0, 6) / 1000
      return .json(.created) { json in
        json.beginObject()
        json.key("session_id")
        json.string(id)
        json.key("created_at")
        json.timestamp(started)
        json.endObject()
      }
    }
  }

  /// A page of sessions, as `GET /v1/sessions`.
  fileprivate func assistantSessions(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let (rows, limit) = try await sessionRows(call)
    return try reading { () throws(PostgresError) in
      try .page("sessions", count: min(limit, rows.count), next: try Self.next(rows, limit)) {
        json, row throws(PostgresError) in
        json.beginObject()
        json.key("session_id")
        json.string(try rows.text(row, 0))
        json.key("title")
        json.nullable(try rows.optional(row, 2, rows.text))
        json.key("description")
        json.nullable(try rows.optional(row, 3, rows.text))
        json.key("is_active")
        json.bool(try rows.text(row, 4) == "active")
        json.key("created_at")
        json.timestamp(try rows.timestamp(row, 6) / 1000)
        json.key("last_activity_at")
        json.timestamp(try rows.timestamp(row, 7) / 1000)
        json.endObject()
      }
    }
  }

  /// A page of messages, as `GET /v1/sessions/ID/messages`.
  fileprivate func assistantMessages(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let page = try await messagePage(call)
    var json = JSONWriter()
    json.beginObject()
    json.key("session_id")
    json.string(call.value("id"))
    json.key("messages")
    json.beginArray()
    for message in page.messages {
      json.beginObject()
      json.key("role")
      json.string(message.role.rawValue)
      json.key("content")
      json.string(message.content.span.bytes)
      json.key("tools_used")
      json.raw(message.tools.isEmpty ? Array("[]".utf8) : message.tools)
      json.key("processing_time_ms")
      if let milliseconds = message.processingMilliseconds { json.int(milliseconds) } else { json.null() }
      json.key("token_count")
      if let usage = message.usage { json.int(usage.inputTokens + usage.outputTokens) } else { json.null() }
      json.key("has_error")
      json.bool(message.error != nil)
      json.key("error_message")
      json.nullable(message.error?.message)
      json.key("message_metadata")
      json.raw(message.metadata.isEmpty ? Array("{}".utf8) : message.metadata)
      json.key("created_at")
      json.timestamp(message.createdAt)
      json.endObject()
    }
    json.endArray()
    json.key("before")
    json.nullable(page.before)
    json.key("after")
    json.nullable(page.after)
    json.endObject()
    return .json(.ok, json.bytes)
  }
}
