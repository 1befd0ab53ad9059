import JSONWire

/// What a load knows a session by: made from a number, so that it can be made again.
package struct ChatIdentity: Sendable, Equatable {
  package let session: String
  package let token: String

  /// - Parameters:
  ///   - run: sets this load's sessions apart from those of others on the same database.
  ///   - index: the session's number in it.
  ///   - owner: the number of the visitor whose it is; nil: it has a visitor of its own.
  package init(run: UInt64, index: Int, owner: Int? = nil) {
    session = "bench_" + Self.hex(run) + Self.hex(UInt64(index))
    let name = Self.hex(run) + Self.hex(UInt64(owner ?? index))
    token = name + String(repeating: "A", count: 43 - name.utf8.count)
  }

  static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// The frames that a client of the protocol sends, as the text of one message each.
package enum ChatFrames {
  /// `hello`.
  /// - Parameters:
  ///   - version: the position to resume from; nil for a fresh page.
  ///   - history: how many messages that page may have.
  package static func hello(_ identity: ChatIdentity, agent: String, version: Int64? = nil, history: Int = 50)
    -> [UInt8]
  {
    var json = JSONWriter()
    json.beginObject()
    json.key("type")
    json.string("hello")
    json.key("session")
    json.string(identity.session)
    json.key("token")
    json.string(identity.token)
    json.key("agent")
    json.string(agent)
    json.key("history")
    json.int(history)
    if let version {
      json.key("position")
      json.beginObject()
      json.key("version")
      json.int(version)
      json.endObject()
    }
    json.endObject()
    return json.bytes
  }

  /// `message.send`.
  /// - Parameter number: the message's, unique in its session; its id is made from it.
  package static func message(_ number: UInt64, content: String) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("type")
    json.string("message.send")
    json.key("id")
    json.string(messageID(number))
    json.key("content")
    json.string(content)
    json.endObject()
    return json.bytes
  }

  /// The id that a message has by its number.
  package static func messageID(_ number: UInt64) -> String {
    let digits = ChatIdentity.hex(number)
    return "00000000-0000-4000-8\(digits.prefix(3))-\(digits.suffix(12))"
  }
}

/// What a load reads of a server's frame.
package enum ServerFrameKind: Sendable {
  case welcome, accepted, created, delta, completed, error, other

  /// The kind of the frame, from its first member `type`; nil where it is no frame.
  package init?(_ frame: UnsafeRawBufferPointer) {
    guard let kind = try? Self.read(frame) else { return nil }
    self = kind
  }

  private static func read(_ frame: UnsafeRawBufferPointer) throws(JSONError) -> ServerFrameKind? {
    var reader = JSONReader(frame.bytes)
    try reader.beginObject()
    while let key = try reader.nextKey() {
      guard key == "type" else {
        try reader.skipValue()
        continue
      }
      let range = try reader.skipValue()
      let name = UnsafeRawBufferPointer(rebasing: frame[range].dropFirst().dropLast())
      return kind(name)
    }
    return nil
  }

  private static func kind(_ name: UnsafeRawBufferPointer) -> ServerFrameKind {
    if name.elementsEqual("message.delta".utf8) { return .delta }
    if name.elementsEqual("message.created".utf8) { return .created }
    if name.elementsEqual("message.accepted".utf8) { return .accepted }
    if name.elementsEqual("message.completed".utf8) { return .completed }
    if name.elementsEqual("welcome".utf8) { return .welcome }
    return name.elementsEqual("error".utf8) ? .error : .other
  }
}

/// Members of a server's frame.
package enum ServerFrameFields {
  /// A whole number of the frame's object; nil where it has none of that name.
  package static func integer(_ name: StaticString, in frame: UnsafeRawBufferPointer) -> Int64? {
    do throws(JSONError) {
      var reader = JSONReader(frame.bytes)
      try reader.beginObject()
      while let key = try reader.nextKey() {
        if key == name { return try reader.readInt() }
        try reader.skipValue()
      }
    } catch {
      return nil
    }
    return nil
  }

  /// A `message.delta`'s place and text, which must hold no escapes; nil where it is none.
  package static func delta(_ frame: UnsafeRawBufferPointer) -> (offset: Int, text: UnsafeRawBufferPointer)? {
    do throws(JSONError) {
      var reader = JSONReader(frame.bytes)
      try reader.beginObject()
      var offset: Int64?
      var text: Range<Int>?
      while let key = try reader.nextKey() {
        if key == "offset" {
          offset = try reader.readInt()
        } else if key == "text" {
          text = try reader.skipValue()
        } else {
          try reader.skipValue()
        }
      }
      guard let offset, let text, text.count >= 2 else { return nil }
      return (Int(offset), UnsafeRawBufferPointer(rebasing: frame[text].dropFirst().dropLast()))
    } catch {
      return nil
    }
  }
}
