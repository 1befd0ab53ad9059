import Accounts
import Conversation
import Databases
import HTTPWire
import JSONWire
import Postgres
import Store
import Transport

extension Route {
  /// The databases of users, and which of them a session is connected to.
  static let databases: [Route] = [
    Route(.get, "/v1/databases", .owner) { shard, call throws(Problem) in
      let rows = try await shard.ownDatabases(of: call)
      let list = try shard.reading { () throws(PostgresError) in
        try (0..<rows.count).map { row throws(PostgresError) in try rows.database(row) }
      }
      return .json(.ok, JSONValue.object([("databases", .array(list))]).bytes)
    },
    Route(.post, "/v1/databases", .owner, content: .json) { shard, call throws(Problem) in
      let form = try DatabaseForm(call.request.object(), DatabaseForm.own)
      return .json(.created, try await shard.store(form, try DatabaseUser(call, shard), call).bytes)
    },
    Route(.get, "/v1/databases/{database}", .owner) { shard, call throws(Problem) in
      .json(.ok, try await shard.ownDatabase(call.value("database"), of: try DatabaseUser(call, shard)).bytes)
    },
    Route(.post, "/v1/databases/{database}/test", .owner) { shard, call throws(Problem) in
      try await shard.testDatabase(call)
    },
    Route(.delete, "/v1/databases/{database}", .owner) { shard, call throws(Problem) in
      try await shard.deleteDatabase(call)
    },
    Route(.get, "/v1/sessions/{id}/database", .owner) { shard, call throws(Problem) in
      .json(.ok, try await shard.connection(of: try call.session, try DatabaseUser(call, shard)).bytes)
    },
    Route(.put, "/v1/sessions/{id}/database", .owner, content: .json) { shard, call throws(Problem) in
      let (session, user) = (try call.session, try DatabaseUser(call, shard))
      let database = try call.request.object().needed("database")
      try await shard.connect(session, to: database, user)
      return .json(.ok, try await shard.connection(of: session, user).bytes)
    },
    Route(.delete, "/v1/sessions/{id}/database", .owner) { shard, call throws(Problem) in
      _ = try await shard.disconnect(try call.session, try DatabaseUser(call, shard))
      return .done
    },
  ]
}

/// Whose databases a request is about.
struct DatabaseUser {
  let owner: [UInt8]
  let bearer: Bearer?
  let site: Directory.Site

  /// Whoever bears the request's credential, where that may have databases.
  init(_ call: APICall, _ shard: isolated Shard) throws(Problem) {
    let caller = try call.acting()
    guard let bearer = caller.bearer else { throw .noToken }
    try self.init(bearer.owner, bearer, caller.site, shard)
  }

  /// - Parameter bearer: nil for one who has a session by its id alone.
  init(_ owner: [UInt8], _ bearer: Bearer?, _ site: Directory.Site, _ shard: isolated Shard) throws(Problem) {
    // Who needs no token since the request comes from the server's own machine is at home there.
    let isKnown = bearer.map { $0.kind != .anonymous } ?? (site.bareIDs == .loopback)
    switch shard.node.settings.userDatabases {
    case .visitors: break
    case .users where isKnown: break
    case .users: throw .forbidden("databases are for those who have logged in")
    case .off: throw .forbidden("databases can't be used here")
    }
    self.owner = owner
    self.bearer = bearer
    self.site = site
  }

  /// What the database shows it: its own alone, however far it sees elsewhere.
  var acting: Acting { Acting(site: site.id, owner: owner) }
}

/// The fields of a database that is to be stored, under the names of one interface or another.
struct DatabaseForm {
  /// The names of an interface.
  struct Names {
    let kind, host, port, database, user, password: String
  }

  static let own = Names(
    kind: "type", host: "host", port: "port", database: "database", user: "user", password: "password")
  static let foreign = Names(
    kind: "db_type", host: "host", port: "port", database: "database_name", user: "username", password: "db_password")

  let target: DatabaseTarget
  let name: String
  let password: String
  let sharesSamples: Bool

  init(_ object: JSONObject, _ names: Names) throws(Problem) {
    guard let engine = DatabaseEngine(named: try object.text(names.kind, 1...20) ?? "postgresql") else {
      throw .badField("\(names.kind): \(DatabaseEngine.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let port = try object.int(names.port, 1...65_535) ?? engine.port
    let database = try object.needed(names.database, 1...63)
    do throws(DatabaseError) {
      target = try DatabaseTarget(
        engine: engine, host: try Self.field(object, names.host, 253), port: UInt16(clamping: port), database: database,
        user: try Self.field(object, names.user, 63), tls: try Self.tls(object))
    } catch {
      throw Problem(error)
    }
    name = try object.text("name", 1...100) ?? database
    password = try object.text(names.password, 0...1000) ?? ""
    sharesSamples = try object.bool("samples") ?? false
  }

  private static func field(_ object: JSONObject, _ name: String, _ most: Int) throws(DatabaseError) -> String {
    do throws(Problem) { return try object.needed(name, 1...most) } catch {
      throw DatabaseError(.badField, error.detail)
    }
  }

  private static func tls(_ object: JSONObject) throws(DatabaseError) -> DatabaseTLS {
    do throws(Problem) { return try object.word("tls", DatabaseTLS.self) ?? .prefer } catch {
      throw DatabaseError(.badField, error.detail)
    }
  }
}

extension PostgresRows {
  /// A row of `RequestStatement.databases`; of the password there is nothing in it.
  func database(_ row: Int) throws(PostgresError) -> JSONValue {
    .object([
      ("id", .string(try text(row, 0))), ("name", .string(try text(row, 1))), ("type", .string(try text(row, 2))),
      ("host", .string(try text(row, 3))), ("port", .int(try int(row, 4))), ("database", .string(try text(row, 5))),
      ("user", .string(try text(row, 6))), ("tls", .string(try text(row, 7))),
      ("samples", .bool(try bool(row, 9))), ("created_at", .time(try timestamp(row, 8) / 1000)),
    ])
  }
}
