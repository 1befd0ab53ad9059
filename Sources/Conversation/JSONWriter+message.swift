import Calendar
import JSONWire

/// The parts that several frames share.
extension JSONWriter {
  /// A message's id.
  package mutating func id(_ id: MessageID) { string(id.text.span.bytes) }

  mutating func nullable(_ id: MessageID?) {
    if let id { self.id(id) } else { null() }
  }

  mutating func optional(_ name: StaticString, _ id: MessageID?) {
    guard let id else { return }
    key(name)
    self.id(id)
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
    if let cost = usage.cost {
      key("cost")
      beginObject()
      key("amount")
      string(cost.amount)
      key("currency")
      string(cost.currency)
      endObject()
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
    beginObject()
    key("id")
    id(message.id)
    key("version")
    int(message.version)
    key("created_version")
    int(message.createdVersion)
    key("role")
    string(message.role.rawValue)
    key("status")
    string(message.status.rawValue)
    key("content")
    let written = string(prefixOf: content, limit: limit)
    if offset > 0 {
      key("offset")
      int(offset)
    }
    key("length")
    int(length)
    key("created_at")
    timestamp(message.createdAt)
    optional("reply_to", message.replyTo)
    optional("replaced_by", message.replacedBy)
    optional("reason", message.reason?.rawValue)
    if let error = message.error {
      key("error")
      answerError(error)
    }
    key("tools")
    list(message.tools)
    reasoning(message.reasoning)
    key("citations")
    list(message.citations)
    key("usage")
    usage(message.usage)
    key("processing_ms")
    if let milliseconds = message.processingMilliseconds { int(milliseconds) } else { null() }
    key("feedback")
    nullable(message.feedback)
    key("metadata")
    object(message.metadata)
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
