import JSONWire

extension TransferRecord {
  /// The line, with its line feed.
  package var line: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    switch self {
    case .session(let session): Self.write(session, to: &json)
    case .message(let message): Self.write(message, to: &json)
    }
    json.endObject()
    return json.bytes + [UInt8(ascii: "\n")]
  }

  private static func write(_ session: TransferSession, to json: inout JSONWriter) {
    json.key("type")
    json.string("session")
    json.key("id")
    json.string(session.id.text)
    json.key("site")
    json.string(session.site)
    json.key("agent")
    json.string(session.agent)
    json.key("owner")
    json.string(hexadecimal(session.owner))
    json.key("visitor")
    json.beginObject()
    json.optional("name", session.visitor.name)
    json.optional("email", session.visitor.email)
    json.optional("locale", session.visitor.locale)
    json.optional("page", session.visitor.page)
    json.optional("referrer", session.visitor.referrer)
    json.endObject()
    json.key("version")
    json.int(session.version)
    json.key("title")
    json.nullable(session.title)
    json.key("title_set")
    json.bool(session.isTitleSet)
    json.key("description")
    json.nullable(session.description)
    json.key("context")
    json.raw(session.context)
    json.key("metadata")
    json.raw(session.metadata)
    json.key("status")
    json.string(session.status)
    json.key("message_count")
    json.int(session.messageCount)
    json.key("started_at")
    json.string(MicroTime.text(session.startedAt))
    json.key("last_activity_at")
    json.string(MicroTime.text(session.lastActivityAt))
    json.key("ended_at")
    json.nullable(session.endedAt.map(MicroTime.text))
  }

  private static func write(_ exported: TransferMessage, to json: inout JSONWriter) {
    let message = exported.message
    json.key("type")
    json.string("message")
    json.key("session")
    json.string(exported.session.text)
    json.key("stored_at")
    json.string(MicroTime.text(exported.createdAt))
    json.optional("comment", exported.comment)
    if let rated = message.ratedVersion {
      json.key("rated_version")
      json.int(rated)
    }
    if let cost = message.usage?.cost {
      json.key("cost")
      json.beginObject()
      json.key("amount")
      json.string(cost.amount)
      json.key("currency")
      json.string(cost.currency)
      json.endObject()
    }
    json.key("message")
    json.message(message, content: message.content.span.bytes, length: message.content.count)
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

extension TransferRecord {
  /// The longest line that is read: an answer of any size that is usual, escaped, and its fields.
  package static let mostBytes = 64 << 20

  /// Reads a line.
  /// - Parameters:
  ///   - line: without its line feed.
  ///   - number: of the line, for the error.
  package init(line: [UInt8], number: Int) throws(TransferError) {
    do throws(TransferError) {
      let value: JSONValue
      do throws(JSONError) { value = try JSONValue(parsing: line, maxDepth: 64) } catch {
        throw TransferError("not JSON: \(error.description)")
      }
      let fields = TransferFields(value)
      switch try fields.text("type") {
      case "session": self = .session(try TransferSession(fields))
      case "message": self = .message(try TransferMessage(fields))
      default: throw TransferError("type: session or message")
      }
    } catch {
      throw TransferError(line: number, error.message)
    }
  }
}

extension TransferSession {
  fileprivate init(_ fields: TransferFields) throws(TransferError) {
    guard let id = SessionID(try fields.text("id")) else { throw TransferError("id: 16 to 64 of A-Z a-z 0-9 _ -") }
    guard let owner = Self.bytes(try fields.text("owner")), owner.count == 32 else {
      throw TransferError("owner: 64 hexadecimal digits")
    }
    let status = try fields.text("status")
    guard SessionStatus(rawValue: status) != nil else {
      throw TransferError("status: active, inactive or ended")
    }
    self.init(
      id: id, site: try fields.text("site"), agent: try fields.text("agent"), owner: owner,
      version: try fields.count("version"), context: try fields.object("context"),
      metadata: try fields.object("metadata"), status: status, messageCount: try fields.count("message_count"),
      startedAt: try fields.time("started_at"), lastActivityAt: try fields.time("last_activity_at"))
    title = try fields.optionalText("title")
    isTitleSet = try fields.bool("title_set")
    description = try fields.optionalText("description")
    if try fields.optionalText("ended_at") != nil { endedAt = try fields.time("ended_at") }
    let person = TransferFields(fields.value["visitor"] ?? .object(JSONObject()))
    visitor.name = try person.optionalText("name")
    visitor.email = try person.optionalText("email")
    visitor.locale = try person.optionalText("locale")
    visitor.page = try person.optionalText("page")
    visitor.referrer = try person.optionalText("referrer")
  }

  private static func bytes(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8).map { byte -> UInt8? in
      switch byte {
      case 0x30...0x39: byte - 0x30
      case 0x61...0x66: byte - 0x61 + 10
      default: nil
      }
    }
    guard digits.count % 2 == 0, !digits.contains(where: { $0 == nil }) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { (digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0) }
  }
}

extension Cost {
  fileprivate init(_ fields: TransferFields) throws(TransferError) {
    let (amount, currency) = (try fields.text("amount"), try fields.text("currency"))
    guard let picos = Self.scaled(amount, places: Self.places), Self.isCurrency(currency) else {
      throw TransferError("cost: an amount and a currency")
    }
    self.init(picos: picos, currency: currency)
  }
}

extension TransferMessage {
  fileprivate init(_ fields: TransferFields) throws(TransferError) {
    guard let session = SessionID(try fields.text("session")) else { throw TransferError("session: an id") }
    guard let object = fields.value["message"] else { throw TransferError("message: missing") }
    let message = TransferFields(object)
    func word<Word: RawRepresentable<String>>(_ name: String) throws(TransferError) -> Word {
      guard let word = Word(rawValue: try message.text(name)) else { throw TransferError("\(name): unknown") }
      return word
    }
    func id(_ name: String) throws(TransferError) -> MessageID? {
      guard let text = try message.optionalText(name) else { return nil }
      guard let id = MessageID(text) else { throw TransferError("\(name): a lower-case UUID") }
      return id
    }
    guard let own = try id("id") else { throw TransferError("id: missing") }
    let status: MessageStatus = try word("status")
    guard status != .streaming else { throw TransferError("status: it is not final") }
    let createdAt = try fields.time("stored_at")
    var read = Message(
      id: own, version: try message.count("version"), createdVersion: try message.count("created_version"),
      role: try word("role"), status: status, content: Array(try message.text("content").utf8),
      createdAt: createdAt / 1000)
    guard read.createdVersion > 0, read.version >= read.createdVersion else {
      throw TransferError("created_version: from 1 to version")
    }
    read.replyTo = try id("reply_to")
    read.replacedBy = try id("replaced_by")
    if try message.optionalText("reason") != nil { read.reason = try word("reason") }
    if let error = object["error"], !error.isNull {
      let error = TransferFields(error)
      read.error = AnswerError(code: try error.text("code"), message: try error.text("message"))
    }
    read.tools = try message.list("tools")
    if object["reasoning"] != nil { read.reasoning = try message.list("reasoning") }
    read.citations = try message.list("citations")
    if let usage = object["usage"], !usage.isNull {
      let usage = TransferFields(usage)
      read.usage = Usage(
        inputTokens: try usage.count("input_tokens"), outputTokens: try usage.count("output_tokens"),
        cachedTokens: usage.value["cached_tokens"] == nil ? 0 : try usage.count("cached_tokens"),
        cost: try fields.value["cost"].map { cost throws(TransferError) in try Cost(TransferFields(cost)) },
        isEstimated: usage.value["estimated"] == nil ? false : try usage.bool("estimated"))
    }
    if let milliseconds = object["processing_ms"], !milliseconds.isNull {
      read.processingMilliseconds = try message.count("processing_ms")
    }
    read.feedback = try message.optionalText("feedback")
    guard [nil, "up", "down"].contains(read.feedback) else { throw TransferError("feedback: up or down") }
    let metadata = try message.object("metadata")
    read.metadata = metadata.elementsEqual("{}".utf8) ? [] : metadata
    if fields.value["rated_version"] != nil { read.ratedVersion = try fields.count("rated_version") }
    self.init(
      session: session, message: read, createdAt: createdAt, comment: try fields.optionalText("comment"))
  }
}

/// The members of an object, each checked when it is asked for. U+0000, which PostgreSQL can't keep, is in none.
private struct TransferFields {
  let value: JSONValue

  init(_ value: JSONValue) { self.value = value }

  func optionalText(_ name: String) throws(TransferError) -> String? {
    guard let member = value[name], !member.isNull else { return nil }
    guard let text = member.string, !text.utf8.contains(0) else {
      throw TransferError("\(name): a text without U+0000")
    }
    return text
  }

  func text(_ name: String) throws(TransferError) -> String {
    guard let text = try optionalText(name) else { throw TransferError("\(name): missing") }
    return text
  }

  func bool(_ name: String) throws(TransferError) -> Bool {
    guard let flag = value[name]?.bool else { throw TransferError("\(name): true or false") }
    return flag
  }

  /// A counter below 2^53.
  func count(_ name: String) throws(TransferError) -> Int64 {
    guard let number = value[name]?.int, (0...(1 << 53 - 1)).contains(number) else {
      throw TransferError("\(name): a whole number, not negative")
    }
    return number
  }

  func time(_ name: String) throws(TransferError) -> Int64 {
    guard let time = MicroTime.microseconds(try text(name)) else {
      throw TransferError("\(name): a time such as 2026-01-31T12:00:00.000000Z")
    }
    return time
  }

  /// An object's JSON.
  func object(_ name: String) throws(TransferError) -> [UInt8] {
    guard case .object(let object)? = value[name] else { throw TransferError("\(name): an object") }
    return try checked(JSONValue.object(object), name)
  }

  /// A list's JSON; empty for an empty list.
  func list(_ name: String) throws(TransferError) -> [UInt8] {
    guard case .array(let list)? = value[name] else { throw TransferError("\(name): a list") }
    return list.isEmpty ? [] : try checked(JSONValue.array(list), name)
  }

  private func checked(_ value: JSONValue, _ name: String) throws(TransferError) -> [UInt8] {
    if value.holdsNUL { throw TransferError("\(name): holds U+0000") }
    return value.bytes
  }
}
