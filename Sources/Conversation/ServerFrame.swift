import Calendar
import JSONWire

/// The server's frames, each as the bytes of one text message.
package enum ServerFrame {
  package static func error(_ error: ProtocolError) -> [UInt8] {
    frame("error", ref: error.ref) { json in
      json.key("code")
      json.string(error.code.rawValue)
      json.key("message")
      json.string(error.message)
      if let retryAfter = error.retryAfter {
        json.key("retry_after_ms")
        json.int(retryAfter)
      }
    }
  }

  /// - Parameter reconnectAfter: in milliseconds after the close that follows.
  package static func drain(reconnectAfter: Int64) -> [UInt8] {
    frame("drain") { json in
      json.key("reconnect_after_ms")
      json.int(reconnectAfter)
    }
  }

  package static func pong(nonce: String?, ref: String?) -> [UInt8] {
    frame("pong", ref: ref) { json in
      if let nonce {
        json.key("nonce")
        json.string(nonce)
      }
    }
  }

  static func accepted(
    id: MessageID, version: Int64, duplicate: Bool, createdAt: Int64, ref: String?
  ) -> [UInt8] {
    frame("message.accepted", ref: ref) { json in
      json.key("id")
      json.id(id)
      json.key("version")
      json.int(version)
      json.key("duplicate")
      json.bool(duplicate)
      json.key("created_at")
      json.timestamp(createdAt)
    }
  }

  static func created(_ message: Message) -> [UInt8] {
    frame("message.created") { json in
      json.key("version")
      json.int(message.version)
      json.key("message")
      json.message(message, content: message.content.span.bytes, length: message.content.count)
    }
  }

  /// - Parameter version: the one that it is told for.
  static func completed(_ message: Message, version: Int64) -> [UInt8] {
    frame("message.completed") { json in
      json.key("version")
      json.int(version)
      json.key("message")
      json.id(message.id)
      json.key("status")
      json.string(message.status.rawValue)
      json.optional("reason", message.reason?.rawValue)
      json.key("length")
      json.int(message.content.count)
      json.key("usage")
      json.usage(message.usage)
      json.key("processing_ms")
      json.int(message.processingMilliseconds ?? 0)
      json.key("citations")
      json.list(message.citations)
      if !message.tools.isEmpty {
        json.key("tools")
        json.raw(message.tools)
      }
      json.reasoning(message.reasoning)
      if let error = message.error {
        json.key("error")
        json.answerError(error)
      }
    }
  }

  /// - Parameter call: JSON.
  static func tool(_ call: [UInt8], of message: MessageID, version: Int64, ref: String? = nil) -> [UInt8] {
    frame("message.tool", ref: ref) { json in
      json.key("version")
      json.int(version)
      json.key("message")
      json.id(message)
      json.key("tool")
      json.raw(call)
    }
  }

  /// - Parameter thought: JSON.
  static func reasoning(_ thought: [UInt8], of message: MessageID, version: Int64) -> [UInt8] {
    frame("message.reasoning") { json in
      json.key("version")
      json.int(version)
      json.key("message")
      json.id(message)
      json.key("reasoning")
      json.raw(thought)
    }
  }

  /// What may change of a message, whole: of an answer that is being made, its calls of tools and what was thought.
  static func updated(_ message: Message, version: Int64, ref: String? = nil) -> [UInt8] {
    updated(message.id, version: version, ref: ref) { json in
      if message.status == .streaming {
        json.key("tools")
        json.list(message.tools)
        return json.reasoning(message.reasoning)
      }
      json.key("replaced_by")
      json.nullable(message.replacedBy)
      json.key("feedback")
      json.nullable(message.feedback)
    }
  }

  /// - Parameter fields: writes what has changed.
  static func updated(
    _ message: MessageID, version: Int64, ref: String? = nil, _ fields: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    frame("message.updated", ref: ref) { json in
      json.key("version")
      json.int(version)
      json.key("message")
      json.beginObject()
      json.key("id")
      json.id(message)
      json.key("version")
      json.int(version)
      fields(&json)
      json.endObject()
    }
  }

  /// A frame of as much of `text` as fits in `limit` bytes; tells how many bytes of it that are.
  package static func delta(
    message: MessageID, offset: Int, text: RawSpan, limit: Int
  ) -> (frame: [UInt8], consumed: Int) {
    var consumed = 0
    let bytes = frame("message.delta") { json in
      // The names, the id, the largest offset, and a little for escapes.
      json.bytes.reserveCapacity(160 + min(text.byteCount, limit))
      json.key("message")
      json.id(message)
      json.key("offset")
      json.int(offset)
      json.key("text")
      // What the object's end and the quotes take.
      consumed = json.string(prefixOf: text, limit: limit - json.bytes.count - 3)
    }
    return (bytes, consumed)
  }

  static func sessionUpdated(
    version: Int64, title: String?, description: String?, context: SessionContext, ref: String?
  ) -> [UInt8] {
    frame("session.updated", ref: ref) { json in
      json.key("version")
      json.int(version)
      json.key("title")
      json.nullable(title)
      json.optional("description", description)
      json.key("context")
      context.object.write(to: &json)
    }
  }

  /// What is told to who has deleted a session; those who read it are told an error.
  static func sessionDeleted(_ session: SessionID, ref: String?) -> [UInt8] {
    frame("session.deleted", ref: ref) { json in
      json.key("session")
      json.string(session.text)
    }
  }

  static func typing(role: Role, isActive: Bool) -> [UInt8] {
    frame("typing") { json in
      json.key("role")
      json.string(role.rawValue)
      json.key("active")
      json.bool(isActive)
    }
  }

  static func stopping(message: MessageID?, ref: String?) -> [UInt8] {
    frame("run.stopping", ref: ref) { json in
      json.key("message")
      json.nullable(message)
    }
  }

  /// The type of a frame that was made here: each begins with it.
  package static func type(of frame: [UInt8]) -> ArraySlice<UInt8> {
    let start = min(#"{"type":""#.utf8.count, frame.count)
    return frame[start...].prefix { $0 != UInt8(ascii: "\"") }
  }

  /// A server frame up to its own members; the caller ends the object.
  /// - Parameter size: about how long the frame will be, in bytes.
  static func begin(_ type: String, ref: String?, reserving size: Int = 256) -> JSONWriter {
    var json = JSONWriter()
    json.bytes.reserveCapacity(size)
    json.beginObject()
    json.key("type")
    json.string(type)
    json.optional("ref", ref)
    return json
  }

  static func frame(_ type: String, ref: String? = nil, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var json = begin(type, ref: ref)
    body(&json)
    json.endObject()
    return json.bytes
  }
}
