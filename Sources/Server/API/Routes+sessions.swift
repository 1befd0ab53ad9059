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
    Route(.get, "/v1/sessions", .sessions(.read)) { shard, call throws(Problem) in
      try await shard.listSessions(call)
    },
    Route(.post, "/v1/sessions", .owner, content: .json, makes: true) { shard, call throws(Problem) in
      try await shard.makeSession(call)
    },
    Route(.get, "/v1/sessions/{id}", .sessions(.read)) { shard, call throws(Problem) in
      try await shard.getSession(call)
    },
    Route(.patch, "/v1/sessions/{id}", .sessions(.change), content: .json) { shard, call throws(Problem) in
      try await shard.changeSession(call)
    },
    Route(.delete, "/v1/sessions/{id}", .sessions(.change)) { shard, call throws(Problem) in
      try await shard.deleteSession(call)
    },
    Route(.get, "/v1/sessions/{id}/messages", .sessions(.read)) { shard, call throws(Problem) in
      try await shard.listMessages(call)
    },
    Route(.put, "/v1/sessions/{id}/messages/{message}/feedback", .owner, content: .json) {
      shard, call throws(Problem) in try await shard.rateMessage(call)
    },
    Route(.delete, "/v1/me/data", .owner) { shard, call throws(Problem) in try await shard.forgetCaller(call) },
  ]
}

extension Shard {
  // MARK: Reading

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
      try .page("sessions", count: min(limit, rows.count), next: try Self.next(rows, limit)) {
        json, row throws(PostgresError) in try json.session(rows, row)
      }
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
    let results = try await read(steps, as: caller.acting)
    guard results[0].count > 0 else { throw Problem(.noSession) }
    return try reading { () throws(PostgresError) in
      let version = try results[0].int(0, 1)
      var json = JSONWriter()
      json.beginObject()
      try json.wholeSessionMembers(results[0], 0)
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

  static func parameters(
    of id: SessionID, before: Int64? = nil, after: Int64? = nil, limit: Int
  ) -> [PostgresValue] {
    [
      .text(id.text), before.map { .int8($0) } ?? .null, after.map { .int8($0) } ?? .null, .int8(Int64(limit + 1)),
      .int8(pageBytes),
    ]
  }

  // MARK: Changing

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
    let creation = creation(
      of: id, on: caller.site.id, agent.id, for: owner, caller.bearer, hello.visitor, address: call.address)
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
    try await change(id, .update(update), as: try call.acting().acting)
    return try await present(id, call)
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
    try await change(id, .rate(rate), as: try call.acting().acting)
    return .done
  }
}
