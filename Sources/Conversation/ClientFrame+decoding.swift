import JSONWire

extension ClientFrame {
  /// Decodes one text message of a client.
  /// - Parameters:
  ///   - bytes: valid UTF-8.
  ///   - limits: the server's bounds.
  /// - Throws: what the answering `error` frame says, with the frame's `ref` where that could be read.
  package init(decoding bytes: RawSpan, limits: Limits) throws(ProtocolError) {
    let fields = try FrameFields(bytes)
    guard let type = try? fields.string(.type, storable: false), !type.isEmpty else {
      let ref = try? fields.string(.ref, atMost: 64, storable: false)
      throw ProtocolError(.badFrame, "no type", ref: ref ?? nil)
    }
    try self.init(fields, type, limits)
  }

  /// Decodes the content of a request over plain HTTP: the members of a frame whose type the path tells.
  /// - Parameter bytes: of any kind.
  /// - Throws: what the answering problem says.
  package init(decoding bytes: RawSpan, as type: String, limits: Limits) throws(ProtocolError) {
    do throws(JSONError) {
      _ = try JSONReader(validating: bytes)
    } catch {
      throw ProtocolError(.badFrame, error.description)
    }
    let fields = try FrameFields(bytes)
    try self.init(fields, type, limits)
  }

  private init(_ fields: borrowing FrameFields, _ type: String, _ limits: Limits) throws(ProtocolError) {
    let ref = try fields.string(.ref, atMost: 64, storable: false)
    do {
      self.init(ref: ref, body: try Self.body(type, fields, limits))
    } catch var error {
      error.ref = ref
      throw error
    }
  }

  private static func body(
    _ type: String, _ fields: borrowing FrameFields, _ limits: Limits
  ) throws(ProtocolError) -> Body {
    switch type {
    case "hello": .hello(try hello(fields, withToken: true))
    case "session.new": .newSession(try hello(fields, withToken: false))
    case "message.send": .send(try send(fields, limits))
    case "run.stop":
      .stop(Stop(message: try fields.messageID(.message), queued: try fields.bool(.queued) ?? false))
    case "run.retry": .retry(try retry(fields))
    case "history.load": .loadHistory(try loadHistory(fields))
    case "session.update": .updateSession(try updateSession(fields))
    case "message.feedback": .rate(try rate(fields))
    case "tool.approve": .decide(try decide(fields, .approved))
    case "tool.reject": .decide(try decide(fields, .rejected))
    case "typing": .typing(isActive: try typing(fields))
    case "ping": .ping(nonce: try fields.string(.nonce, atMost: 256, storable: false))
    // Scalars and not characters: one of those can be as long as the frame.
    default: throw ProtocolError(.unknownType, "no frame type \"\(String(type.unicodeScalars.prefix(64)))\"")
    }
  }

  private static func hello(_ fields: borrowing FrameFields, withToken: Bool) throws(ProtocolError) -> Hello {
    var hello = Hello()
    if let text = try fields.string(.session) {
      guard let session = SessionID(text) else {
        throw .badField("session: 16 to 64 of A-Z a-z 0-9 _ -")
      }
      hello.session = session
    }
    if withToken {
      hello.token = try fields.string(.token, atMost: 8192)
      hello.visitorToken = try fields.string(.visitorToken, atMost: 128)
    }
    hello.agent = try fields.string(.agent, atMost: 64)
    hello.position = try fields.position()
    hello.history = Int(try fields.integer(.history, 0...200) ?? Int64(Binding.usual))
    hello.visitor = try fields.visitor()
    return hello
  }

  private static func send(_ fields: borrowing FrameFields, _ limits: Limits) throws(ProtocolError) -> Send {
    guard let id = try fields.messageID(.id) else { throw .badField("id: missing") }
    guard let content = try fields.utf8(.content) else { throw .badField("content: missing") }
    guard !content.isEmpty else { throw .badField("content: empty") }
    guard content.count <= limits.messageBytes else {
      throw ProtocolError(.tooLarge, "content: at most \(limits.messageBytes) bytes")
    }
    var send = Send(id: id, content: content)
    if let text = try fields.string(.whenBusy) {
      guard let whenBusy = WhenBusy(rawValue: text) else { throw .badField("when_busy: queue, interrupt or reject") }
      send.whenBusy = whenBusy
    }
    if let metadata = try fields.object(.metadata, atMost: 4096) { send.metadata = metadata }
    return send
  }

  private static func retry(_ fields: borrowing FrameFields) throws(ProtocolError) -> Retry {
    guard let message = try fields.messageID(.message) else { throw .badField("message: missing") }
    guard let id = try fields.messageID(.id) else { throw .badField("id: missing") }
    return Retry(message: message, id: id)
  }

  private static func loadHistory(_ fields: borrowing FrameFields) throws(ProtocolError) -> LoadHistory {
    guard let before = HistoryCursor(try fields.string(.before) ?? "") else {
      throw .badField("before: a cursor of this session's")
    }
    return LoadHistory(before: before, limit: Int(try fields.integer(.limit, 1...200) ?? 50))
  }

  private static func updateSession(_ fields: borrowing FrameFields) throws(ProtocolError) -> UpdateSession {
    var update = UpdateSession()
    update.title = try newText(.title, characters: 200, fields)
    update.description = try newText(.description, characters: 2000, fields)
    update.context = try object(.context, fields)
    update.metadata = try object(.metadata, fields)
    guard !update.isEmpty else { throw .badField("title, description, context or metadata: missing") }
    return update
  }

  private static func newText(
    _ name: FrameFields.Name, characters: Int, _ fields: borrowing FrameFields
  ) throws(ProtocolError) -> UpdateSession.NewText? {
    if fields.isNull(name) { return .clear }
    return try fields.string(name, characters: characters).map { .set($0) }
  }

  private static func object(
    _ name: FrameFields.Name, _ fields: borrowing FrameFields
  ) throws(ProtocolError) -> SessionContext? {
    guard let json = try fields.object(name, atMost: SessionContext.maximumBytes) else { return nil }
    guard case .object(let object)? = try? JSONValue(parsing: json) else { throw .badField("\(name.key): an object") }
    return SessionContext(object)
  }

  private static func rate(_ fields: borrowing FrameFields) throws(ProtocolError) -> Rate {
    guard let message = try fields.messageID(.message) else { throw .badField("message: missing") }
    guard let rating = Feedback(rawValue: try fields.string(.rating) ?? "") else {
      throw .badField("rating: up, down or none")
    }
    return Rate(message: message, rating: rating, comment: try fields.string(.comment, characters: 2000))
  }

  private static func decide(
    _ fields: borrowing FrameFields, _ verdict: ToolVerdict
  ) throws(ProtocolError) -> Decide {
    guard let message = try fields.messageID(.message) else { throw .badField("message: missing") }
    guard let tool = try fields.string(.tool, atMost: 256), !tool.isEmpty else {
      throw .badField("tool: the id of a call")
    }
    return Decide(id: try fields.messageID(.id), message: message, tool: tool, verdict: verdict)
  }

  private static func typing(_ fields: borrowing FrameFields) throws(ProtocolError) -> Bool {
    guard let isActive = try fields.bool(.active) else { throw .badField("active: missing") }
    return isActive
  }
}
