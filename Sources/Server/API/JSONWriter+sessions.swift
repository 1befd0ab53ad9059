import Conversation
import JSONWire
import Postgres

/// Sessions and messages as resources have them.
extension JSONWriter {
  mutating func session(_ rows: PostgresRows, _ row: Int) throws(PostgresError) {
    beginObject()
    try sessionMembers(rows, row)
    endObject()
  }

  /// The columns of a session as it is listed.
  mutating func sessionMembers(_ rows: PostgresRows, _ row: Int) throws(PostgresError) {
    key("id")
    string(try rows.text(row, 0))
    key("version")
    int(try rows.int(row, 1))
    key("title")
    nullable(try rows.optional(row, 2, rows.text))
    key("description")
    nullable(try rows.optional(row, 3, rows.text))
    key("status")
    string(try rows.text(row, 4))
    key("message_count")
    int(try rows.int(row, 5))
    key("started_at")
    timestamp(try rows.timestamp(row, 6) / 1000)
    key("last_activity_at")
    timestamp(try rows.timestamp(row, 7) / 1000)
    key("ended_at")
    if let ended = try rows.optional(row, 8, rows.timestamp) { timestamp(ended / 1000) } else { null() }
    key("agent")
    beginObject()
    key("slug")
    string(try rows.text(row, 9))
    key("name")
    string(try rows.text(row, 10))
    endObject()
  }

  /// The columns of `RequestStatement.session`.
  mutating func wholeSessionMembers(_ rows: PostgresRows, _ row: Int) throws(PostgresError) {
    try sessionMembers(rows, row)
    key("context")
    raw(try rows.bytes(row, 11))
    key("metadata")
    raw(try rows.bytes(row, 12))
  }

  mutating func page(_ page: MessagePage) {
    key("messages")
    beginArray()
    for message in page.messages {
      self.message(message, content: message.content.span.bytes, length: message.content.count)
    }
    endArray()
    key("before")
    nullable(page.before)
    key("after")
    nullable(page.after)
    key("has_more")
    bool(page.hasMore)
  }

  /// A row of `RequestStatement.search`.
  mutating func finding(_ rows: PostgresRows, _ row: Int) throws(PostgresError) {
    beginObject()
    key("session")
    string(try rows.text(row, 0))
    key("title")
    nullable(try rows.optional(row, 1, rows.text))
    key("message")
    if let id = try rows.optional(row, 2, rows.uuid) { self.id(MessageID(high: id.high, low: id.low)) } else { null() }
    key("role")
    nullable(try rows.optional(row, 3, rows.text))
    key("created_version")
    if let place = try rows.optional(row, 4, rows.int) { int(place) } else { null() }
    key("created_at")
    timestamp(try rows.timestamp(row, 5) / 1000)
    key("snippet")
    beginArray()
    for part in Snippet.parts(of: try rows.text(row, 6)) {
      beginObject()
      key("text")
      string(part.text)
      key("match")
      bool(part.isMatch)
      endObject()
    }
    endArray()
    endObject()
  }
}
