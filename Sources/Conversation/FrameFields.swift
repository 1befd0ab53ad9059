import JSONWire

extension ProtocolError {
  static func badField(_ message: String) -> ProtocolError { ProtocolError(.badField, message) }
}

/// The members of a client's frame that the protocol knows, found in one walk; each is read, and its bounds checked, when
/// it is asked for. Of a key that comes twice the last counts.
struct FrameFields: ~Escapable {
  /// The known members' names.
  enum Name: Int, CaseIterable {
    case type, ref, session, token, visitorToken, agent, position, history, visitor
    case id, content, whenBusy, metadata, message, queued, before, limit, title, context, nonce
    case description, rating, comment, active, tool, decision
    case version, offset

    var key: StaticString {
      switch self {
      case .type: "type"
      case .ref: "ref"
      case .session: "session"
      case .token: "token"
      case .visitorToken: "visitor_token"
      case .agent: "agent"
      case .position: "position"
      case .history: "history"
      case .visitor: "visitor"
      case .id: "id"
      case .content: "content"
      case .whenBusy: "when_busy"
      case .metadata: "metadata"
      case .message: "message"
      case .queued: "queued"
      case .before: "before"
      case .limit: "limit"
      case .title: "title"
      case .context: "context"
      case .nonce: "nonce"
      case .description: "description"
      case .rating: "rating"
      case .comment: "comment"
      case .active: "active"
      case .tool: "tool"
      case .decision: "decision"
      case .version: "version"
      case .offset: "offset"
      }
    }

    /// By their lengths: few names are looked at for each key.
    private static let byLength: [[Name]] = {
      var names: [[Name]] = []
      for name in allCases {
        let length = name.key.utf8CodeUnitCount
        while names.count <= length { names.append([]) }
        names[length].append(name)
      }
      return names
    }()

    init?(_ key: borrowing JSONKey) {
      // What is escaped is longer than it looks.
      let length = key.raw.byteCount
      guard key.hasEscapes || length < Self.byLength.count else { return nil }
      let candidates = key.hasEscapes ? Self.allCases : Self.byLength[length]
      for name in candidates where key.matches(name.key) {
        self = name
        return
      }
      return nil
    }
  }

  private let reader: JSONReader
  private var values: [Range<Int>?]
  private var holdsNUL: UInt32 = 0
  private var holdsExtremeNumber: UInt32 = 0

  /// Walks the whole frame.
  /// - Throws: `bad_frame` where it is no JSON object, is nested deeper than 32, or holds a lone surrogate.
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) throws(ProtocolError) {
    var reader = JSONReader(bytes)
    values = Array(repeating: nil, count: Name.allCases.count)
    do throws(JSONError) {
      try reader.beginObject()
      while let key = try reader.nextKey() {
        let known = Name(key)
        let value = try reader.skipValue()
        guard let known else { continue }
        values[known.rawValue] = value
        let bit: UInt32 = 1 << UInt32(known.rawValue)
        holdsNUL = reader.heldNUL ? holdsNUL | bit : holdsNUL & ~bit
        holdsExtremeNumber = reader.heldExtremeNumber ? holdsExtremeNumber | bit : holdsExtremeNumber & ~bit
      }
      try reader.finish()
    } catch {
      throw ProtocolError(.badFrame, error.code == .kind ? "a frame is a JSON object" : error.description)
    }
    self.reader = reader
  }

  func isNull(_ name: Name) -> Bool { kind(name) == .null }

  /// The string's UTF-8; nil where the member is absent.
  /// - Parameter storable: whether U+0000, which PostgreSQL can't keep, is refused.
  func utf8(_ name: Name, storable: Bool = true) throws(ProtocolError) -> [UInt8]? {
    guard let range = try range(ofString: name, storable: storable) else { return nil }
    return read(range) { reader throws(JSONError) in try reader.readUTF8() }
  }

  private func range(ofString name: Name, storable: Bool) throws(ProtocolError) -> Range<Int>? {
    guard let range = values[name.rawValue] else { return nil }
    guard kind(name) == .string else { throw .badField("\(name.key): a string") }
    if storable, holdsNUL & (1 << UInt32(name.rawValue)) != 0 { throw .badField("\(name.key): holds U+0000") }
    return range
  }

  func string(
    _ name: Name, atMost bytes: Int = .max, characters: Int = .max, storable: Bool = true
  ) throws(ProtocolError) -> String? {
    guard let range = try range(ofString: name, storable: storable),
      let string = read(range, { reader throws(JSONError) in try reader.readString() })
    else { return nil }
    let count = string.utf8.count
    guard count <= bytes else { throw .badField("\(name.key): at most \(bytes) bytes") }
    guard count <= characters || string.unicodeScalars.count <= characters else {
      throw .badField("\(name.key): at most \(characters) characters")
    }
    return string
  }

  func bool(_ name: Name) throws(ProtocolError) -> Bool? {
    guard let range = values[name.rawValue] else { return nil }
    guard kind(name) == .bool else { throw .badField("\(name.key): true or false") }
    return read(range) { reader throws(JSONError) in try reader.readBool() }
  }

  func integer(_ name: Name, _ bounds: ClosedRange<Int64>) throws(ProtocolError) -> Int64? {
    guard let range = values[name.rawValue] else { return nil }
    guard kind(name) == .number, let value = read(range, { reader throws(JSONError) in try reader.readInt() }) ?? nil,
      bounds.contains(value)
    else { throw .badField("\(name.key): a whole number from \(bounds.lowerBound) to \(bounds.upperBound)") }
    return value
  }

  func messageID(_ name: Name) throws(ProtocolError) -> MessageID? {
    guard let text = try utf8(name) else { return nil }
    guard let id = MessageID(text) else { throw .badField("\(name.key): a lower-case UUID") }
    return id
  }

  /// An object's JSON as it stands in the frame.
  func object(_ name: Name, atMost bytes: Int) throws(ProtocolError) -> [UInt8]? {
    guard let range = try range(ofObject: name, atMost: bytes) else { return nil }
    return reader.bytes.extracting(range).withUnsafeBytes { Array($0) }
  }

  private func range(ofObject name: Name, atMost bytes: Int = .max) throws(ProtocolError) -> Range<Int>? {
    guard let range = values[name.rawValue] else { return nil }
    guard kind(name) == .object else { throw .badField("\(name.key): an object") }
    guard range.count <= bytes else { throw .badField("\(name.key): at most \(bytes) bytes") }
    if holdsNUL & (1 << UInt32(name.rawValue)) != 0 { throw .badField("\(name.key): holds U+0000") }
    if holdsExtremeNumber & (1 << UInt32(name.rawValue)) != 0 {
      throw .badField("\(name.key): holds a number that is too large, too small or too long")
    }
    return range
  }

  func position() throws(ProtocolError) -> Position? {
    guard let range = try range(ofObject: .position) else { return nil }
    let members = try FrameFields(reader.bytes.extracting(range))
    let counters: ClosedRange<Int64> = 0...(1 << 53 - 1)
    guard let version = try? members.integer(.version, counters) else {
      throw .badField("position: {version, message?, offset?}")
    }
    switch (members.kind(.message), members.kind(.offset)) {
    case (nil, nil): return Position(version: version)
    case (_?, _?):
      guard let id = try? members.messageID(.message), let offset = try? members.integer(.offset, counters) else {
        throw .badField("position: a message's id and an offset in bytes")
      }
      return Position(version: version, streaming: .init(message: id, offset: Int(offset)))
    default: throw .badField("position: message and offset go together")
    }
  }

  func visitor() throws(ProtocolError) -> ClientFrame.Visitor {
    var visitor = ClientFrame.Visitor()
    guard let object = try value(.visitor) else { return visitor }
    func text(_ key: String, _ characters: Int) throws(ProtocolError) -> String? {
      guard let value = object[key] else { return nil }
      guard let text = value.string, text.unicodeScalars.count <= characters else {
        throw .badField("visitor.\(key): a string of up to \(characters) characters")
      }
      return text
    }
    visitor.name = try text("name", 200)
    visitor.email = try text("email", 200)
    visitor.locale = try text("locale", 200)
    visitor.page = try text("page", 2000)
    visitor.referrer = try text("referrer", 2000)
    return visitor
  }

  private func value(_ name: Name) throws(ProtocolError) -> JSONObject? {
    guard let bytes = try object(name, atMost: .max) else { return nil }
    guard case .object(let object)? = try? JSONValue(parsing: bytes) else { throw .badField("\(name.key): an object") }
    return object
  }

  private func kind(_ name: Name) -> JSONKind? {
    guard let range = values[name.rawValue] else { return nil }
    return read(range) { reader throws(JSONError) in try reader.peekKind() }
  }

  /// Reads a value that was walked over already, so that no error is left to come.
  private func read<Value>(
    _ range: Range<Int>, _ body: (inout JSONReader) throws(JSONError) -> Value
  ) -> Value? {
    var value = reader.reader(of: range)
    return try? body(&value)
  }
}
