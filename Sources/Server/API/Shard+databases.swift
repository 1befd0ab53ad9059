import Accounts
import Conversation
import Databases
import HTTPWire
import JSONWire
import Log
import Postgres
import Store
import Transport

/// What is done with users' databases. Nobody's but the asker's own can be named: row-level security, and the owner in
/// every statement that changes something.
extension Shard {
  private var book: DatabaseBook { DatabaseBook(books.client, sealer: node.settings.sealer) }

  /// All of the asker's, the oldest first.
  func ownDatabases(of call: APICall) async throws(Problem) -> PostgresRows {
    try await read([(.databases, [.null])], as: try DatabaseUser(call, self).acting)[0]
  }

  /// One by its id, or by its name where none has that id.
  func ownDatabase(_ name: String, of user: DatabaseUser) async throws(Problem) -> JSONValue {
    guard !name.utf8.contains(0) else { throw .noDatabase }
    let rows = try await read([(.databases, [.text(name)])], as: user.acting)[0]
    guard rows.count > 0 else { throw .noDatabase }
    return try reading { () throws(PostgresError) in try rows.database(0) }
  }

  func store(_ form: DatabaseForm, _ user: DatabaseUser, _ call: APICall) async throws(Problem) -> JSONValue {
    let id = "db_" + SessionID.random(using: &random).text.filter { $0.isLetter || $0.isNumber }.prefix(20)
    let target = form.target
    let database = NewDatabase(
      name: form.name, kind: target.engine.rawValue, host: target.host, port: target.port, database: target.database,
      user: target.user,
      password: form.password, tls: target.tls.rawValue, sharesSamples: form.sharesSamples)
    let (owner, bearer, site) = (user.owner, user.bearer, user.site.id)
    try await inBook { try await $0.add(database, id: id, for: owner, bearer, on: site) }
    log.info("a database was stored", ["database": id, "host": target.host, "request": call.id])
    return try await ownDatabase(id, of: user)
  }

  /// Whether it answers, and as what; else why not.
  func testDatabase(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let user = try DatabaseUser(call, self)
    let access = try await access(to: call.value("database"), user)
    do throws(DatabaseError) {
      let version = try await desk().test(access)
      return .json(.ok, JSONValue.object([("reachable", true), ("version", .string(version))]).bytes)
    } catch {
      return .json(.ok, JSONValue.object([("reachable", false), ("error", .string(error.message))]).bytes)
    }
  }

  func deleteDatabase(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let user = try DatabaseUser(call, self)
    let (id, owner, site) = (call.value("database"), user.owner, user.site.id)
    guard !id.utf8.contains(0) else { throw .noDatabase }
    guard let sessions = try await inBook({ try await $0.delete(id, of: owner, on: site) }) else {
      throw .noDatabase
    }
    for session in sessions { await node.desk?.leave(session.text) }
    log.info("a database was deleted", ["database": id, "request": call.id])
    return .done
  }

  // MARK: Sessions

  /// Connects a session, where the database lets itself be reached.
  /// - Parameter name: the database's id, or its name.
  func connect(_ session: SessionID, to name: String, _ user: DatabaseUser) async throws(Problem) {
    guard case .string(let id)? = try await ownDatabase(name, of: user)["id"] else { throw .noDatabase }
    let access = try await access(to: id, user)
    do throws(DatabaseError) { _ = try await desk().test(access) } catch { throw Problem(error) }
    let (owner, site) = (user.owner, user.site.id)
    guard try await inBook({ try await $0.connect(session, to: id, of: owner, on: site) }) else {
      throw Problem(.noSession)
    }
    log.info("a session was connected to a database", ["session": session, "database": id])
  }

  /// `{session_id, connected, database, connected_at}`.
  func connection(of session: SessionID, _ user: DatabaseUser) async throws(Problem) -> JSONValue {
    let rows = try await read([(.connection, [.text(session.text)])], as: user.acting)[0]
    guard rows.count > 0 else { throw Problem(.noSession) }
    return try reading { () throws(PostgresError) in
      let isConnected = !rows.isNull(0, 0)
      return .object([
        ("session_id", .string(session.text)), ("connected", .bool(isConnected)),
        ("database", isConnected ? try rows.database(0) : .null),
        ("connected_at", isConnected ? .time(try rows.timestamp(0, 10) / 1000) : .null),
      ])
    }
  }

  /// Disconnects a session, and closes what it has open.
  /// - Returns: whether it was connected.
  func disconnect(_ session: SessionID, _ user: DatabaseUser) async throws(Problem) -> Bool {
    // One that is not there, or another's, looks alike.
    _ = try await connection(of: session, user)
    let (owner, site) = (user.owner, user.site.id)
    let wasConnected = try await inBook { try await $0.disconnect(session, of: owner, on: site) }
    await node.desk?.leave(session.text)
    return wasConnected
  }

  // MARK: From errors to problems

  private func desk() throws(DatabaseError) -> DatabaseDesk {
    guard let desk = node.desk else { throw DatabaseError(.forbidden, "databases can't be used here") }
    return desk
  }

  private func access(to id: String, _ user: DatabaseUser) async throws(Problem) -> DatabaseDesk.Access {
    let (owner, site) = (user.owner, user.site.id)
    guard !id.utf8.contains(0), let stored = try await inBook({ try await $0.access(to: id, of: owner, on: site) })
    else { throw .noDatabase }
    do throws(DatabaseError) { return try DatabaseDesk.Access(stored) } catch { throw Problem(error) }
  }

  private func inBook<Value: Sendable>(_ body: (DatabaseBook) async throws -> Value) async throws(Problem) -> Value {
    try await keeping {
      do {
        return try await body(self.book)
      } catch let failure as DatabaseBook.Failure {
        switch failure {
        case .noKey: throw Problem.conflict("this server has no SKEIN_SECRET_KEY to seal passwords with")
        case .tooMany: throw Problem.conflict("at most \(DatabaseBook.most) databases: delete one of yours")
        case .lost: throw Problem.conflict("its password can't be opened any more: delete it, and store it again")
        }
      }
    }
  }
}
