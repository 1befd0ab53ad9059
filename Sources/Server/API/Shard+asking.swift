import Accounts
import Conversation
import Databases
import HTTPWire
import JSONWire
import Log
import Postgres
import Reactor
import Store
import Transport

/// Databases and questions in the words of other systems (`Route.aliases`): there a session is the one that its sender is
/// in, or an id that both places are given.
extension Shard {
  /// Stores a database.
  func addForeignDatabase(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let user = try DatabaseUser(call, self)
    let form = try DatabaseForm(call.request.object(), DatabaseForm.foreign)
    return .json(.created, (try await store(form, user, call)).asForeign(owner: user.bearer?.user).bytes)
  }

  func foreignDatabases(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let (rows, user) = (try await ownDatabases(of: call), try DatabaseUser(call, self))
    var list: [JSONValue] = []
    for row in 0..<rows.count {
      let database = try reading { () throws(PostgresError) in try rows.database(row) }
      list.append(database.asForeign(owner: user.bearer?.user))
    }
    return .json(.ok, JSONValue.array(list).bytes)
  }

  /// Connects the session that somebody is in.
  func connectCurrentSession(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let user = try DatabaseUser(call, self)
    let current = try await currentSession(of: call)
    try await connect(current.id, to: call.value("database"), user)
    let content: [(String, JSONValue)] = [
      ("message", "connected"), ("session_id", .string(current.id.text)),
      ("database_id", .string(call.value("database"))),
    ]
    return .json(.ok, JSONValue.object(content).bytes)
  }

  func currentConnection(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let user = try DatabaseUser(call, self)
    let current = try await currentSession(of: call)
    let connection = try await connection(of: current.id, user)
    let database = connection["database"] ?? .null
    let content: [(String, JSONValue)] = [
      ("session_id", .string(current.id.text)), ("thread_id", .string(current.id.text)),
      ("user_id", user.bearer?.user.map { .int($0) } ?? .null), ("has_db_connection", connection["connected"] ?? false),
      ("database", database.isNull ? .null : database.asForeign(owner: user.bearer?.user)),
    ]
    return .json(.ok, JSONValue.object(content).bytes)
  }

  func disconnectCurrentSession(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let user = try DatabaseUser(call, self)
    let current = try await currentSession(of: call)
    let wasConnected = try await disconnect(current.id, user)
    let content: [(String, JSONValue)] = [
      ("message", "disconnected"), ("session_id", .string(current.id.text)), ("was_connected", .bool(wasConnected)),
    ]
    return .json(.ok, JSONValue.object(content).bytes)
  }

  /// `{question}` in the session that somebody is in: its whole answer.
  func ask(_ visit: Visit) throws(Problem) {
    guard let site = visit.passport?.site else { throw .internal }
    let caller = try caller(of: visit.request.head, to: site, for: .owner)
    guard caller.bearer != nil else { throw .noToken }
    let question = try visit.request.object()["question"] ?? .null
    guard question.string != nil else { throw .badField("question: a string") }
    let call = APICall(
      request: visit.request, values: [:], caller: caller, id: visit.id, address: visit.connection.peer?.host)
    loop.task {
      do throws(Problem) {
        let session = try await self.currentSession(of: call).id
        try self.chat(
          visit, with: BuiltInAgents.sql,
          ChatForm(text: question, session: .string(session.text), reply: "answer"))
      } catch {
        self.finish(visit, error.response)
      }
    }
  }

  /// `{session_id?, database?}`: connects the session, which is made where it is not there, to one of the sender's
  /// databases, by id or name; to the only one where none is named. One that comes with the request, by its fields, is
  /// stored first.
  func selectDatabase(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let caller = try call.acting()
    let object = try call.request.object()
    let given = object["session_id"] ?? .null
    guard given.isNull || given.string != nil else { throw .badField("session_id: a string") }
    let name = given.string ?? SessionID.random(using: &random).text
    let session: SessionID
    let user: DatabaseUser
    if let bearer = caller.bearer {
      guard let id = SessionID(name) else { throw .badField("session_id: 16 to 64 of A-Z a-z 0-9 _ -") }
      session = id
      user = try DatabaseUser(bearer.owner, bearer, caller.site, self)
    } else {
      guard caller.site.takesBareIDs(call.head, from: call.address) else {
        throw .unauthenticated("a token is missing: Authorization: Bearer TOKEN (this site takes no bare session_id)")
      }
      let bare = try BareSession(name, on: caller.site)
      session = bare.id
      user = try DatabaseUser(bare.owner, nil, caller.site, self)
    }
    guard let agent = directory.agent(BuiltInAgents.sql, for: caller.site)?.profile else {
      throw .notFound("there is no such agent")
    }
    let creation = creation(
      of: session, on: caller.site.id, agent.id, for: user.owner, user.bearer, ClientFrame.Visitor(),
      address: call.address)
    do throws(ProtocolError) {
      _ = try await peers[session.home(of: peers.count)].make(creation, agent)
    } catch {
      throw Problem(error)
    }
    let database = try await selected(object, user, call)
    guard let id = database["id"]?.string else { throw .internal }
    try await connect(session, to: id, user)
    log.info("a database was selected", ["session": session, "given": !given.isNull, "request": call.id])
    let content: [(String, JSONValue)] = [
      ("status", "success"), ("session_id", .string(name)), ("database_id", .string(id)),
      ("database", database["name"] ?? .null),
    ]
    return .json(.ok, JSONValue.object(content).bytes)
  }

  /// The database that a request means.
  private func selected(
    _ object: JSONObject, _ user: DatabaseUser, _ call: APICall
  ) async throws(Problem) -> JSONValue {
    if object["host"] != nil { return try await store(try DatabaseForm(object, DatabaseForm.foreign), user, call) }
    if let name = try object.text("database", 1...200, takesNull: true) {
      return try await ownDatabase(name, of: user)
    }
    let rows = try await read([(.databases, [.null])], as: user.acting)[0]
    guard rows.count == 1 else { throw .badField("database: the id or the name of one of yours") }
    return try reading { () throws(PostgresError) in try rows.database(0) }
  }
}

extension JSONValue {
  /// A database under the names of the systems that Skein replaces.
  fileprivate func asForeign(owner: Int64?) -> JSONValue {
    let names = [
      ("id", "id"), ("db_type", "type"), ("host", "host"), ("port", "port"), ("database_name", "database"),
      ("username", "user"), ("name", "name"),
    ]
    var members: [(String, JSONValue)] = names.map { foreign, own in (foreign, self[own] ?? .null) }
    if let owner { members.append(("owner_id", .int(owner))) } else { members.append(("owner_id", .null)) }
    return .object(JSONObject(members))
  }
}
