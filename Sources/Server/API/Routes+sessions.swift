import Conversation
import HTTPWire
import JSONWire
import Log
import Postgres
import Store
import Transport

extension Route {
  /// Sessions as resources.
  static let sessions: [Route] = [
    Route(.get, "/v1/sessions", .owner) { shard, call throws(Problem) in try await shard.listSessions(call) },
    Route(.post, "/v1/sessions", .owner, content: .json) { shard, call throws(Problem) in
      try await shard.makeSession(call)
    },
    Route(.get, "/v1/sessions/{id}", .owner) { shard, call throws(Problem) in try await shard.getSession(call) },
    Route(.patch, "/v1/sessions/{id}", .owner, content: .json) { shard, call throws(Problem) in
      try await shard.changeSession(call)
    },
    Route(.delete, "/v1/sessions/{id}", .owner) { shard, call throws(Problem) in try await shard.deleteSession(call) },
    Route(.get, "/v1/sessions/{id}/messages", .owner) { shard, call throws(Problem) in
      try await shard.listMessages(call)
    },
    Route(.put, "/v1/sessions/{id}/messages/{message}/feedback", .owner, content: .json) {
      shard, call throws(Problem) in try await shard.rateMessage(call)
    },
    Route(.get, "/v1/search", .owner) { shard, call throws(Problem) in try await shard.search(call) },
    Route(.delete, "/v1/me/data", .owner) { shard, call throws(Problem) in try await shard.forgetCaller(call) },
  ]
}

extension APICall {
  /// The session that the path names.
  var session: SessionID {
    get throws(Problem) {
      guard let id = SessionID(value("id")) else { throw .badField("session: 16 to 64 of A-Z a-z 0-9 _ -") }
      return id
    }
  }

  /// A parameter of the query that PostgreSQL can store, of at most so many characters.
  func text(_ name: String, characters: Int) throws(Problem) -> String? {
    guard let text = head.queryValue(name), !text.isEmpty else { return nil }
    guard text.unicodeScalars.count <= characters, !text.utf8.contains(0) else {
      throw .badField("\(name): at most \(characters) characters, without U+0000")
    }
    return text
  }

  /// The place to go on from; nil for the beginning.
  func cursor(of list: PageCursor.List, count: Int) throws(Problem) -> PageCursor? {
    guard let text = head.queryValue("cursor") else { return nil }
    guard let cursor = PageCursor(text, of: list, count: count) else {
      throw .badField("cursor: as a page has told it")
    }
    return cursor
  }

  /// The content as the frame of a WebSocket that would ask for the same.
  func frame(_ type: String, _ limits: Limits) throws(Problem) -> ClientFrame.Body {
    do throws(ProtocolError) {
      return try ClientFrame(decoding: request.content.span.bytes, as: type, limits: limits).body
    } catch {
      throw Problem(error)
    }
  }
}

extension Shard {
  // MARK: Reading

  /// Reads what a caller may see.
  func read(
    _ statement: RequestStatement, _ parameters: [PostgresValue], for caller: Caller
  ) async throws(Problem) -> PostgresRows {
    do throws(StoreError) {
      return try await requests.read(statement, parameters, as: caller.acting)
    } catch {
      throw error == .unavailable ? .unavailable : .internal
    }
  }

  /// Makes an answer of rows.
  func reading<Value>(_ body: () throws(PostgresError) -> Value) throws(Problem) -> Value {
    do throws(PostgresError) {
      return try body()
    } catch {
      log.error("a row can't be read", ["error": error])
      throw .internal
    }
  }

  /// The rows of a page of sessions, as the query asks for it; there may be one more than its limit.
  func sessionRows(_ call: APICall) async throws(Problem) -> (rows: PostgresRows, limit: Int) {
    let caller = try call.acting()
    let limit = try call.int("limit", in: 1...100, otherwise: 20)
    let cursor = try call.cursor(of: .sessions, count: 2)
    let status = try call.word("status", SessionStatus.self)
    let agent = try call.text("agent", characters: 64)
    let question = try call.text("q", characters: 500)
    let rows = try await read(
      .sessions,
      [
        cursor.map { .timestamptz($0.numbers[0]) } ?? .null, cursor.map { .int8($0.numbers[1]) } ?? .null,
        agent.map { .text($0) } ?? .null, status.map { .text($0.rawValue) } ?? .null,
        question.map { .text($0) } ?? .null, .int8(Int64(limit + 1)),
      ], for: caller)
    return (rows, limit)
  }

  /// The cursor behind a page of sessions; nil where it is the last.
  static func next(_ rows: PostgresRows, _ limit: Int) throws(PostgresError) -> String? {
    guard rows.count > limit else { return nil }
    return PageCursor([try rows.timestamp(limit - 1, 11), try rows.int(limit - 1, 12)]).text(of: .sessions)
  }

  fileprivate func listSessions(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let (rows, limit) = try await sessionRows(call)
    return try reading { () throws(PostgresError) in
      var json = JSONWriter()
      json.beginObject()
      json.key("sessions")
      json.beginArray()
      for row in 0..<min(limit, rows.count) { try json.session(rows, row) }
      json.endArray()
      json.key("next")
      json.nullable(try Self.next(rows, limit))
      json.endObject()
      return .json(.ok, json.bytes)
    }
  }

  /// `?messages=N` has the latest of them with it.
  fileprivate func getSession(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let messages = try call.int("messages", in: 0...200, otherwise: 0)
    return try await present(try call.session, call, messages: messages)
  }

  private func present(
    _ id: SessionID, _ call: APICall, messages: Int = 0, _ status: HTTPStatus = .ok
  ) async throws(Problem) -> HTTPResponse {
    let caller = try call.acting()
    var steps: [(RequestStatement, [PostgresValue])] = [(.session, [.text(id.text)])]
    if messages > 0 { steps.append((.messages, Self.parameters(of: id, limit: messages))) }
    let results: [PostgresRows]
    do throws(StoreError) {
      results = try await requests.read(steps, as: caller.acting)
    } catch {
      throw error == .unavailable ? .unavailable : .internal
    }
    guard results[0].count > 0 else { throw Problem(.noSession) }
    return try reading { () throws(PostgresError) in
      let version = try results[0].int(0, 1)
      var json = JSONWriter()
      json.beginObject()
      try json.sessionMembers(results[0], 0)
      json.key("context")
      json.raw(try results[0].bytes(0, 11))
      json.key("metadata")
      json.raw(try results[0].bytes(0, 12))
      if messages > 0 { json.page(try MessagePage(results[1], limit: messages, isForward: false)) }
      json.endObject()
      return call.answer(.json(status, json.bytes), EntityTag("v\(version)"))
    }
  }

  /// A page of messages, as the query asks for it.
  func messagePage(_ call: APICall) async throws(Problem) -> MessagePage {
    let caller = try call.acting()
    let limit = try call.int("limit", in: 1...200, otherwise: 50)
    func place(_ name: String) throws(Problem) -> Int64? {
      guard let text = call.head.queryValue(name) else { return nil }
      guard let cursor = HistoryCursor(text) else { throw .badField("\(name): as a page has told it") }
      return cursor.createdVersion
    }
    let (before, after) = (try place("before"), try place("after"))
    guard before == nil || after == nil else { throw .badField("before or after, not both") }
    let parameters = Self.parameters(of: try call.session, before: before, after: after, limit: limit)
    let rows = try await read(.messages, parameters, for: caller)
    guard rows.count > 0 else { throw Problem(.noSession) }
    return try reading { () throws(PostgresError) in
      try MessagePage(rows, limit: limit, isForward: after != nil)
    }
  }

  fileprivate func listMessages(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let page = try await messagePage(call)
    return .json { json in
      json.beginObject()
      json.key("version")
      json.int(page.version)
      json.page(page)
      json.endObject()
    }
  }

  /// A page holds so many bytes of messages at most, or one message.
  private static let pageBytes: Int64 = 1 << 20

  private static func parameters(
    of id: SessionID, before: Int64? = nil, after: Int64? = nil, limit: Int
  ) -> [PostgresValue] {
    [
      .text(id.text), before.map { .int8($0) } ?? .null, after.map { .int8($0) } ?? .null, .int8(Int64(limit + 1)),
      .int8(pageBytes),
    ]
  }

  fileprivate func search(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let caller = try call.acting()
    guard let question = try call.text("q", characters: 500) else { throw .badField("q: what to look for") }
    let limit = try call.int("limit", in: 1...50, otherwise: 20)
    let cursor = try call.cursor(of: .search, count: 3)
    let rows = try await read(
      .search,
      [
        .text(question), cursor.map { .timestamptz($0.numbers[0]) } ?? .null,
        cursor.map {
          .uuid(UUIDValue(high: UInt64(bitPattern: $0.numbers[1]), low: UInt64(bitPattern: $0.numbers[2])))
        } ?? .null, .int8(Int64(limit + 1)),
      ], for: caller)
    return try reading { () throws(PostgresError) in
      var json = JSONWriter()
      json.beginObject()
      json.key("results")
      json.beginArray()
      for row in 0..<min(limit, rows.count) { try json.finding(rows, row) }
      json.endArray()
      json.key("next")
      var next: String?
      if rows.count > limit {
        let id = try rows.uuid(limit - 1, 8)
        let numbers = [try rows.timestamp(limit - 1, 7), Int64(bitPattern: id.high), Int64(bitPattern: id.low)]
        next = PageCursor(numbers).text(of: .search)
      }
      json.nullable(next)
      json.endObject()
      return .json(.ok, json.bytes)
    }
  }

  // MARK: Changing

  /// Has something done at the session's home.
  private func change(_ id: SessionID, _ change: SessionCall, for caller: Caller) async throws(Problem) {
    do throws(ProtocolError) {
      let home = peers[id.home(of: peers.count)]
      _ = try await home.call(change, of: id, by: caller.acting)
    } catch {
      throw Problem(error)
    }
  }

  /// `{id?, agent?, visitor?}`: the session of that id, made where there is none.
  fileprivate func makeSession(_ call: APICall) async throws(Problem) -> HTTPResponse {
    var hello = ClientFrame.Hello()
    if !call.request.content.isEmpty {
      guard case .newSession(let asked) = try call.frame("session.new", node.settings.limits) else { throw .internal }
      hello = asked
      // As a resource has it.
      if hello.session == nil, let id = try call.request.object()["id"] {
        guard let session = SessionID(id.string ?? "") else { throw .badField("id: 16 to 64 of A-Z a-z 0-9 _ -") }
        hello.session = session
      }
    }
    let id = hello.session ?? SessionID.random(using: &random)
    let isNew = try await make(id, hello, for: call)
    var response = try await present(id, call, isNew ? .created : .ok)
    if isNew { try? response.head.add("Location", text: "/v1/sessions/\(id)") }
    return response
  }

  /// Makes a session where there is none of its id.
  /// - Returns: whether it was made now.
  func make(_ id: SessionID, _ hello: ClientFrame.Hello, for call: APICall) async throws(Problem) -> Bool {
    let caller = try call.acting()
    guard let agent = directory.agent(hello.agent, for: caller.site)?.profile, let owner = caller.owner else {
      throw .notFound("there is no such agent")
    }
    let creation = Change.Creation(
      id: id, site: caller.site.id, agent: agent.id, owner: owner, visitor: hello.visitor, address: call.address,
      createdAt: wallClock)
    do throws(ProtocolError) {
      return try await peers[id.home(of: peers.count)].make(creation, agent)
    } catch {
      throw Problem(error)
    }
  }

  fileprivate func changeSession(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let id = try call.session
    guard case .updateSession(let update) = try call.frame("session.update", node.settings.limits) else {
      throw .internal
    }
    if !call.head.fields.elements("if-match").isEmpty {
      let rows = try await read(.session, [.text(id.text)], for: try call.acting())
      guard rows.count > 0 else { throw Problem(.noSession) }
      let version = try reading { () throws(PostgresError) in try rows.int(0, 1) }
      try call.require(EntityTag("v\(version)"))
    }
    try await change(id, .update(update), for: try call.acting())
    return try await present(id, call)
  }

  /// `?now=true` leaves nothing of it; else its rows stay until they are purged.
  func deleteSession(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let id = try call.session
    let isAtOnce = try call.flag("now")
    try await change(id, .delete, for: try call.acting())
    if isAtOnce { try await storing { () async throws(StoreError) in try await store.purge([id]) } }
    log.info("session deleted", ["session": id, "request": call.id, "from": call.address ?? "unknown"])
    return .done
  }

  fileprivate func rateMessage(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let id = try call.session
    guard let message = MessageID(call.value("message")) else { throw .notFound("message: there is no such message") }
    var members = try call.request.object().members.filter { $0.key != "message" }.map { ($0.key, $0.value) }
    members.append(("message", .string(message.description)))
    let content = JSONValue.object(JSONObject(members)).bytes
    let rate: ClientFrame.Rate
    do throws(ProtocolError) {
      let frame = try ClientFrame(decoding: content.span.bytes, as: "message.feedback", limits: node.settings.limits)
      guard case .rate(let asked) = frame.body else { throw ProtocolError(.internal, "another frame") }
      rate = asked
    } catch {
      throw Problem(error)
    }
    try await change(id, .rate(rate), for: try call.acting())
    return .done
  }

  /// Deletes all that belongs to whoever asks, at once.
  fileprivate func forgetCaller(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let caller = try call.acting()
    guard let owner = caller.owner else { throw .unauthenticated("a token is missing: Authorization: Bearer TOKEN") }
    var count = 0
    while true {
      let rows: PostgresRows
      do throws(StoreError) {
        rows = try await requests.read(
          .sessions, [.null, .null, .null, .null, .null, .int8(100)], as: Acting(site: caller.site.id, owner: owner))
      } catch {
        throw error == .unavailable ? .unavailable : .internal
      }
      if rows.count == 0 { break }
      var ids: [SessionID] = []
      for row in 0..<rows.count {
        guard let id = SessionID(try reading { () throws(PostgresError) in try rows.text(row, 0) }) else { continue }
        // Whoever reads it is told. Somebody may have deleted it meanwhile.
        do throws(Problem) { try await change(id, .delete, for: caller) } catch  where error.status == .notFound {}
        ids.append(id)
      }
      guard !ids.isEmpty else { throw .internal }
      let purged = ids
      try await storing { () async throws(StoreError) in try await store.purge(purged) }
      count += ids.count
    }
    let site = caller.site.id
    try await storing { () async throws(StoreError) in try await store.forget(owner, of: site) }
    log.info("a visitor's data deleted", ["sessions": count, "request": call.id, "from": call.address ?? "unknown"])
    return .json { json in
      json.beginObject()
      json.key("sessions")
      json.int(count)
      json.endObject()
    }
  }

  private func storing(_ body: () async throws(StoreError) -> Void) async throws(Problem) {
    do throws(StoreError) {
      try await body()
    } catch {
      throw error == .unavailable ? .unavailable : .internal
    }
  }
}

/// Messages of a session, oldest first, and where to go on.
struct MessagePage {
  /// The session's.
  let version: Int64
  private(set) var messages: [Message] = []
  /// Whether there are more in the direction that was asked for.
  let hasMore: Bool
  /// The cursors for older and for newer messages.
  let before: String?
  let after: String?

  /// - Parameters:
  ///   - rows: of `RequestStatement.messages`, which was asked for one more than `limit`.
  ///   - isForward: whether they were asked for from a place on.
  init(_ rows: PostgresRows, limit: Int, isForward: Bool) throws(PostgresError) {
    version = try rows.int(0, 0)
    for row in 0..<rows.count where !rows.isNull(row, 2) { messages.append(try rows.message(row, from: 2)) }
    let candidates = messages.isEmpty ? 0 : Int(try rows.int(0, 1))
    if messages.count > limit { if isForward { messages.removeLast() } else { messages.removeFirst() } }
    hasMore = candidates > messages.count
    let hasOlder = isForward ? !messages.isEmpty : hasMore
    before = hasOlder ? messages.first.map { HistoryCursor(createdVersion: $0.createdVersion).text } : nil
    after = messages.last.map { HistoryCursor(createdVersion: $0.createdVersion).text }
  }
}

/// Where a session stands.
enum SessionStatus: String, CaseIterable {
  case active, inactive, ended
}

extension APICall {
  /// A parameter of the query that is true or false; absent: false.
  func flag(_ name: String) throws(Problem) -> Bool {
    switch head.queryValue(name) {
    case nil, "false": false
    case "true": true
    default: throw .badField("\(name): true or false")
    }
  }
}

extension JSONWriter {
  fileprivate mutating func session(_ rows: PostgresRows, _ row: Int) throws(PostgresError) {
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

  fileprivate mutating func page(_ page: MessagePage) {
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
  fileprivate mutating func finding(_ rows: PostgresRows, _ row: Int) throws(PostgresError) {
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
