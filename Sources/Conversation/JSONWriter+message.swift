import Calendar
import JSONWire

/// The parts that several frames share.
extension JSONWriter {
  /// A message's id.
  package mutating func id(_ id: MessageID) { string(id.text.span.bytes) }

  mutating func nullable(_ id: MessageID?) {
    if let id { self.id(id) } else { null() }
  }

  /// A time in milliseconds since 1970.
  package mutating func timestamp(_ milliseconds: Int64) {
    string(Timestamp.rfc3339(milliseconds: milliseconds).span.bytes)
  }

  /// A list that is JSON already, or empty.
  mutating func list(_ json: [UInt8]) {
    if json.isEmpty { raw("[]") } else { raw(json) }
  }

  /// An object that is JSON already, or empty.
  mutating func object(_ json: [UInt8]) {
    if json.isEmpty { raw("{}") } else { raw(json) }
  }

  /// A text, or null.
  package mutating func nullable(_ text: String?) {
    if let text { string(text) } else { null() }
  }

  package mutating func optional(_ name: StaticString, _ text: String?) {
    guard let text else { return }
    key(name)
    string(text)
  }

  /// What was counted, but not what it has cost: that is the operator's, and this is shown to visitors.
  mutating func usage(_ usage: Usage?) {
    guard let usage else { return null() }
    beginObject()
    key("input_tokens")
    int(usage.inputTokens)
    key("output_tokens")
    int(usage.outputTokens)
    if usage.cachedTokens > 0 {
      key("cached_tokens")
      int(usage.cachedTokens)
    }
    if usage.isEstimated {
      key("estimated")
      bool(true)
    }
    endObject()
  }

  mutating func answerError(_ error: AnswerError) {
    beginObject()
    key("code")
    string(error.code)
    key("message")
    string(error.message)
    endObject()
  }

  /// The member `reasoning`, where there is any.
  mutating func reasoning(_ json: [UInt8]) {
    guard !json.isEmpty else { return }
    key("reasoning")
    raw(json)
  }

  /// A message object of the protocol.
  /// - Parameters:
  ///   - content: what is shown of the message's content.
  ///   - offset: the byte at which that begins in the whole.
  ///   - length: the length of the whole in bytes.
  ///   - limit: the most bytes that the content may take when escaped.
  /// - Returns: how many bytes of the content were written.
  @discardableResult
  package mutating func message(
    _ message: Message, content: RawSpan, offset: Int = 0, length: Int, limit: Int = .max
  ) -> Int {
    // Pages are mostly this: what every message has is written as the text that it is.
    room(256, thenComma: false) { json in
      json.text("{\"id\":")
      json.quoted(message.id.text.span.bytes)
      json.text(",\"version\":")
      json.int(message.version)
      json.text(",\"created_version\":")
      json.int(message.createdVersion)
      json.text(",\"role\":")
      json.quoted(message.role.rawValue)
      json.text(",\"status\":")
      json.quoted(message.status.rawValue)
      json.text(",\"content\":")
    }
    let written = string(prefixOf: content, limit: limit)
    room(256, thenComma: true) { json in
      if offset > 0 {
        json.text("\"offset\":")
        json.int(Int64(offset))
        json.text(",")
      }
      json.text("\"length\":")
      json.int(Int64(length))
      json.text(",\"created_at\":")
      json.quoted(Timestamp.rfc3339(milliseconds: message.createdAt).span.bytes)
      if let question = message.replyTo {
        json.text(",\"reply_to\":")
        json.quoted(question.text.span.bytes)
      }
      if let answer = message.replacedBy {
        json.text(",\"replaced_by\":")
        json.quoted(answer.text.span.bytes)
      }
    }
    optional("reason", message.reason?.rawValue)
    if let error = message.error {
      key("error")
      answerError(error)
    }
    // Most have none of these.
    if message.tools.isEmpty, message.reasoning.isEmpty, message.citations.isEmpty, message.usage == nil {
      raw(#""tools":[],"citations":[],"usage":null"#)
    } else {
      key("tools")
      list(message.tools)
      reasoning(message.reasoning)
      key("citations")
      list(message.citations)
      key("usage")
      usage(message.usage)
    }
    key("processing_ms")
    if let milliseconds = message.processingMilliseconds { int(milliseconds) } else { null() }
    if message.feedback == nil, message.metadata.isEmpty {
      raw(#""feedback":null,"metadata":{}"#)
    } else {
      key("feedback")
      nullable(message.feedback)
      key("metadata")
      object(message.metadata)
    }
    endObject()
    return written
  }
}

extension Message {
  /// How many bytes its object takes at most beside its content: what is left of a frame is the content's.
  var fieldBytes: Int {
    var json = JSONWriter()
    json.message(self, content: content.span.bytes, offset: .max, length: .max, limit: 0)
    return json.bytes.count
  }
}
