import Calendar
import JSONWire

/// The parts that several frames share.
extension JSONWriter {
  mutating func nullable(_ text: String?) {
    if let text { string(text) } else { null() }
  }

  mutating func optional(_ name: StaticString, _ text: String?) {
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

  /// A message object of the protocol.
  /// - Parameters:
  ///   - offset: the byte at which the content shown begins.
  ///   - length: the length of the whole content in bytes; the content's own where it is all there.
  ///   - limit: the most bytes that the content may take when escaped.
  /// - Returns: how many bytes of the content were written.
  @discardableResult
  mutating func message(
    _ message: Message, offset: Int = 0, length: Int? = nil, limit: Int = .max
  ) -> Int {
    beginObject()
    key("id")
    string(message.id.bytes)
    key("version")
    int(message.version)
    key("created_version")
    int(message.createdVersion)
    key("role")
    string(message.role.rawValue)
    key("status")
    string(message.status.rawValue)
    key("content")
    let written = string(prefixOf: message.content.span.bytes, limit: limit)
    if offset > 0 {
      key("offset")
      int(offset)
    }
    key("length")
    int(length ?? message.content.count)
    key("created_at")
    string(Timestamp.rfc3339(milliseconds: message.createdAt))
    optional("reply_to", message.replyTo?.description)
    optional("replaced_by", message.replacedBy?.description)
    optional("reason", message.reason?.rawValue)
    if let error = message.error {
      key("error")
      answerError(error)
    }
    key("tools")
    raw(message.tools)
    key("citations")
    raw(message.citations)
    key("usage")
    usage(message.usage)
    key("processing_ms")
    if let milliseconds = message.processingMilliseconds { int(milliseconds) } else { null() }
    key("feedback")
    nullable(message.feedback)
    key("metadata")
    raw(message.metadata)
    endObject()
    return written
  }
}

extension Message {
  /// How many bytes its object takes at most beside its content: what is left of a frame is the content's.
  var fieldBytes: Int {
    var json = JSONWriter()
    json.message(self, offset: .max, length: .max, limit: 0)
    return json.bytes.count
  }
}
