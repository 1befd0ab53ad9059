import Accounts
import Databases
import HTTPWire
import JSONWire
import Log
import Postgres
import ProxyWire
import SkeinTestKit
import Store
import Synchronization
import Testing

@testable import Server

/// Users' databases over HTTP: stored, connected to sessions, asked; by the product's own paths and by those of the
/// systems before it.
@Suite(.serialized) struct DatabaseRoutesTests {
  private static let counter = Atomic(0)

  /// A new database of the second PostgreSQL with a table of that many people.
  static func database(_ people: [String]) async throws -> String {
    let second = try SecondPostgres.shared()
    let name = "people_\(counter.add(1, ordering: .relaxed).newValue)"
    let loop = try TestLoop.shared()
    let rows = people.enumerated().map { "(\($0.offset + 1), '\($0.element)')" }.joined(separator: ", ")
    for (database, script) in [
      ("postgres", "CREATE DATABASE \(name)"),
      (name, "CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES \(rows)"),
    ] {
      let client = try PostgresClient(
        loop: loop, configuration: PostgresConfiguration(url: second.url(database: database)), log: TestServer.log)
      try await client.session { try await $0.script(script) }
      await client.close()
    }
    return name
  }

  static func withServer(
    _ users: UserDatabases = .visitors, _ change: (inout ServerSettings) -> Void = { _ in },
    _ body: (TestServer, HTTPTestClient) async throws -> Void
  ) async throws {
    try await TestServer.with { settings in
      settings.userDatabases = users
      settings.databaseNetworks = ["127.0.0.0/8"].compactMap(AddressRange.init)
      settings.allowsRegistration = true
      change(&settings)
    } _: { server in
      try await body(server, try await server.http())
    }
  }

  static func fields(_ database: String) throws -> JSONValue {
    [
      "host": "127.0.0.1", "port": .int(Int64(try SecondPostgres.shared().port)), "database": .string(database),
      "user": .string(SecondPostgres.user), "password": .string(SecondPostgres.password), "name": "shop",
    ]
  }

  static func foreign(_ database: String) throws -> JSONValue {
    [
      "db_type": "postgresql", "host": "127.0.0.1", "port": .int(Int64(try SecondPostgres.shared().port)),
      "database_name": .string(database), "username": .string(SecondPostgres.user),
      "db_password": .string(SecondPostgres.password), "owner_id": 1,
    ]
  }

  @Test func aDatabaseIsStoredConnectedAndDeleted() async throws {
    try await Self.withServer { server, http in
      let database = try await Self.database(["Ann", "Bob"])
      let (mine, other) = (Identity.random(), Identity.random())
      let made = try await http.ask("POST", "/v1/databases", try Self.fields(database), token: mine.token)
      #expect(made.status == 201 && made.json["name"] == "shop" && made.json["database"] == .string(database))
      #expect(!made.text.contains("secret") && made.json["password"] == nil)
      let id = try #require(made.json["id"]?.string)
      let listed = try await http.ask("GET", "/v1/databases", token: mine.token)
      #expect(listed.json["databases"]?.array?.count == 1 && !listed.text.contains("secret"))
      #expect(try await http.ask("GET", "/v1/databases", token: other.token).json["databases"] == .array([]))
      let tested = try await http.ask("POST", "/v1/databases/\(id)/test", token: mine.token)
      #expect(tested.json["reachable"] == true && tested.json["version"]?.string?.hasPrefix("PostgreSQL") == true)
      // Nobody else's, whatever is tried.
      for (method, path) in [("GET", ""), ("POST", "/test"), ("DELETE", "")] {
        let answer = try await http.ask(method, "/v1/databases/\(id)\(path)", token: other.token)
        let missing = try await http.ask(method, "/v1/databases/db_nothing\(path)", token: other.token)
        #expect(answer.status == 404 && answer.body == missing.body, "\(method) \(path)")
      }
      let rows = try await server.query("SELECT position('secret' IN encode(sealed_password, 'escape')) FROM databases")
      #expect(try rows.int(0, 0) == 0)

      // Sessions.
      for identity in [mine, other] {
        let content: JSONValue = ["id": .string(identity.session), "agent": "sql"]
        #expect(try await http.ask("POST", "/v1/sessions", content, token: identity.token).status == 201)
      }
      let place = "/v1/sessions/\(mine.session)/database"
      #expect(try await http.ask("GET", place, token: mine.token).json["connected"] == false)
      let connected = try await http.ask("PUT", place, ["database": "shop"], token: mine.token)
      #expect(connected.status == 200 && connected.json["database"]?["id"] == .string(id))
      #expect(try await http.ask("PUT", place, ["database": .string(id)], token: other.token).status == 404)
      let foreign = "/v1/sessions/\(other.session)/database"
      #expect(try await http.ask("PUT", foreign, ["database": .string(id)], token: other.token).status == 404)
      #expect(try await http.ask("PUT", foreign, ["database": .string(id)], token: mine.token).status == 404)
      #expect(try await http.ask("GET", place, token: other.token).status == 404)

      // Answers come over the socket as any others, with the call of the tool.
      let client = try await server.client(mine, agent: nil)
      let answer = try await client.ask("How many users are there?")
      let text = String(decoding: answer.content, as: UTF8.self)
      #expect(text.contains("SELECT count(*) FROM users") && text.contains("| 2 |"), "\(text)")
      let tools = try await server.query(
        "SELECT tools::text FROM messages WHERE content LIKE '%count%' AND role = 'assistant'")
      #expect(try tools.text(0, 0).contains("\"done\""))

      #expect(try await http.ask("DELETE", place, token: mine.token).status == 204)
      #expect(try await http.ask("GET", place, token: mine.token).json["connected"] == false)
      #expect(try await http.ask("PUT", place, ["database": .string(id)], token: mine.token).status == 200)
      #expect(try await http.ask("DELETE", "/v1/databases/\(id)", token: mine.token).status == 204)
      #expect(try await http.ask("GET", place, token: mine.token).json["connected"] == false)
    }
  }

  @Test func hostsAndFieldsAreJudged() async throws {
    try await Self.withServer { _, http in
      let token = Identity.token()
      let bad: [(String, JSONValue)] = [
        ("host", "/var/run/postgresql"), ("host", "a,b"), ("host", ""), ("host", 1), ("port", 0), ("port", 70_000),
        ("type", "oracle"), ("tls", "maybe"), ("database", ""), ("user", "a\u{0}b"), ("password", 1),
      ]
      for (name, value) in bad {
        guard case .object(let object) = try Self.fields("x") else { return }
        let content = JSONValue.object(JSONObject(object.members.map { ($0.key, $0.value) } + [(name, value)]))
        #expect(try await http.ask("POST", "/v1/databases", content, token: token).status == 400, "\(name): \(value)")
      }
      for host in ["10.0.0.1", "169.254.169.254", "::1"] {
        guard case .object(let object) = try Self.fields("x") else { return }
        let content = JSONValue.object(
          JSONObject(object.members.map { ($0.key, $0.value) } + [("host", .string(host))]))
        let made = try await http.ask("POST", "/v1/databases", content, token: token)
        let id = try #require(made.json["id"]?.string)
        let tested = try await http.ask("POST", "/v1/databases/\(id)/test", token: token)
        #expect(tested.json["reachable"] == false && tested.json["error"]?.string?.contains("may not be used") == true)
      }
    }
  }

  @Test func whoMayIsASetting() async throws {
    try await Self.withServer(.users) { server, http in
      #expect(try await http.ask("GET", "/v1/databases", token: Identity.token()).status == 403)
      let token = try await server.token("ada", .member)
      #expect(try await http.ask("GET", "/v1/databases", token: token).status == 200)
    }
    try await Self.withServer(.off) { server, http in
      let token = try await server.token("ada", .member)
      #expect(try await http.ask("GET", "/v1/databases", token: token).status == 403)
    }
  }

  /// The workflow of the document that the paths are from, by two at once on two databases.
  @Test func theWholeWorkflow() async throws {
    try await Self.withServer(.users) { server, _ in
      let databases = [try await Self.database(["Ann", "Bob"]), try await Self.database(["Cem", "Dia", "Eve"])]
      let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
        for (number, database) in databases.enumerated() {
          group.addTask { (number, try await Self.workflow(server, "user\(number)", database, databases.count)) }
        }
        return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
      }
      #expect(answers[0]?.contains("Ann") == true && answers[0]?.contains("Cem") == false)
      #expect(answers[1]?.contains("Cem") == true && answers[1]?.contains("Ann") == false)
    }
  }

  private static func workflow(
    _ server: TestServer, _ name: String, _ database: String, _ count: Int
  ) async throws -> String {
    let http = try await server.http()
    // 1. Register and log in.
    let login: JSONValue = ["username": .string("\(name)@example.com"), "password": "a long enough secret"]
    let registration: JSONValue = ["email": .string("\(name)@example.com"), "password": "a long enough secret"]
    #expect(try await http.ask("POST", "/register", registration).status == 201)
    let token = try #require(try await http.ask("POST", "/login", login).json["access_token"]?.string)
    // 2. The session's status; it is made now.
    let status = try await http.ask("GET", "/databases/session-status", token: token)
    let session = try #require(status.json["session_id"]?.string)
    #expect(status.json["has_db_connection"] == false && status.json["database"]?.isNull == true)
    // 3. A database.
    let added = try await http.ask("POST", "/databases/add_db_connection", try foreign(database), token: token)
    #expect(added.status == 201 && added.json["database_name"] == .string(database))
    #expect(!added.text.contains("secret"))
    let id = try #require(added.json["id"]?.string)
    // 4. Connected.
    let connected = try await http.ask("POST", "/databases/connect_db/\(id)", token: token)
    #expect(connected.status == 200 && connected.json["session_id"] == .string(session))
    let now = try await http.ask("GET", "/databases/session-status", token: token)
    #expect(now.json["has_db_connection"] == true && now.json["database"]?["id"] == .string(id))
    #expect(try await http.ask("GET", "/databases", token: token).json.array?.count == 1)
    // 5. Asked; each question has the same session.
    var text = ""
    for question in ["Show me all users in the database", "SELECT count(*) FROM users"] {
      let answer = try await http.ask("POST", "/ask", ["question": .string(question)], token: token)
      #expect(answer.status == 200 && answer.json["session_id"] == .string(session), "\(answer.text)")
      #expect(answer.json["status"] == "complete" && answer.json["has_error"] == false)
      text += answer.json["answer"]?.string ?? ""
    }
    let health = try await http.ask("GET", "/health/session", token: token)
    #expect(health.json["session_id"] == .string(session) && health.json["created"] == false)
    // 6. Disconnected.
    let left = try await http.ask("POST", "/databases/disconnect-session", token: token)
    #expect(left.json["was_connected"] == true && left.json["session_id"] == .string(session))
    let after = try await http.ask("POST", "/ask", ["question": "show tables"], token: token)
    #expect(after.json["answer"]?.string?.contains("not connected") == true)
    return text
  }

  /// Both entry points use the id that they are given, and the same where one is made.
  @Test func aSelectionIsFoundByItsSession() async throws {
    try await Self.withServer { server, http in
      let database = try await Self.database(["Ann"])
      let token = Identity.token()
      _ = try await http.ask("POST", "/v1/databases", try Self.fields(database), token: token)
      // The client brings an id.
      let given = "session_1757773211072_s4xhkug2t"
      let selected = try await http.ask(
        "POST", "/api/database/select", ["session_id": .string(given), "database": "shop"], token: token)
      #expect(selected.status == 200 && selected.json["session_id"] == .string(given), "\(selected.text)")
      let answer = try await http.ask(
        "POST", "/api/query", ["session_id": .string(given), "query": "rows of users"], token: token)
      #expect(answer.json["session_id"] == .string(given))
      #expect(answer.json["response"]?.string?.contains("Ann") == true, "\(answer.text)")
      // The server makes one.
      let made = try await http.ask("POST", "/api/database/select", [:], token: token)
      let session = try #require(made.json["session_id"]?.string)
      let again = try await http.ask(
        "POST", "/api/query", ["session_id": .string(session), "query": "how many users"], token: token)
      #expect(again.json["session_id"] == .string(session))
      #expect(again.json["response"]?.string?.contains("| 1 |") == true, "\(again.text)")
      // A question without an id makes one that has no database.
      let none = try await http.ask("POST", "/api/query", ["query": "how many users"], token: token)
      #expect(none.status == 200 && none.json["session_id"]?.string != nil)
      #expect(none.json["response"]?.string?.contains("not connected") == true)
      // Somebody else has neither the session nor the database.
      let stranger = Identity.token()
      let theirs = try await http.ask(
        "POST", "/api/query", ["session_id": .string(given), "query": "rows of users"], token: stranger)
      #expect(theirs.status == 401 && !theirs.text.contains("Ann"))
      #expect(
        try await http.ask("POST", "/api/database/select", ["database": "shop"], token: stranger).status == 404)
      #expect(try await http.ask("POST", "/api/database/select", [:]).status == 401)
    }
  }

  /// As the system before did it: no credential at all, a short id, on one's own machine.
  @Test func whoIsOnTheServersOwnMachineNeedsNoToken() async throws {
    try await Self.withServer(.users) { server, http in
      let database = try await Self.database(["Ann", "Bob"])
      guard case .object(var form) = try Self.foreign(database) else { return #expect(Bool(false)) }
      form["session_id"] = "session_1"
      // Not before the site takes ids for tokens; and whom nobody knows, though with a token, never.
      #expect(try await http.ask("POST", "/api/database/select", .object(form)).status == 401)
      let unknown = try await http.ask("POST", "/v1/databases", try Self.fields(database), token: Identity.token())
      #expect(unknown.status == 403)
      try await server.sites { book in
        var change = SiteChange()
        change.bareIDs = .loopback
        _ = try await book.update("default", change)
      }
      var selected = try await http.ask("POST", "/api/database/select", .object(form))
      _ = try await comesTrue {
        if selected.status != 401 { return true }
        selected = try await http.ask("POST", "/api/database/select", .object(form))
        return false
      }
      #expect(selected.status == 200 && selected.json["session_id"] == "session_1", "\(selected.text)")
      let answer = try await http.ask("POST", "/api/query", ["session_id": "session_1", "query": "how many users"])
      #expect(answer.json["session_id"] == "session_1")
      #expect(answer.json["response"]?.string?.contains("| 2 |") == true, "\(answer.text)")
      let other = try await http.ask("POST", "/api/query", ["session_id": "session_2", "query": "how many users"])
      #expect(other.json["response"]?.string?.contains("not connected") == true, "\(other.text)")
    }
  }

  /// What may be reached by default.
  @Test(arguments: [("127.0.0.1", true), ("::1", true), ("localhost", true), ("0.0.0.0", false), ("192.0.2.1", false)])
  func onlyAtHomeIsTheOwnMachineReached(_ host: String, _ isReached: Bool) throws {
    var settings = ServerSettings()
    settings.host = host
    let own = try #require(IPAddress("127.0.0.1"))
    #expect(settings.databaseRules.hosts.allows(own) == isReached)
    settings.databaseURL = "postgres://db.example.com/skein"
    #expect(!settings.databaseRules.hosts.allows(own))
  }
}
