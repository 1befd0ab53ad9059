import Accounts
import JSONWire
import Postgres
import Server
import SkeinTestKit
import Store
import Testing

/// `/v1/auth/...` and `/v1/me`.
@Suite struct LoginRoutesTests {
  private static let person: JSONValue = [
    "email": "Ada@Example.com", "password": "a long enough secret", "name": "Ada",
  ]
  private static let credentials: JSONValue = ["email": "ada@example.com", "password": "a long enough secret"]

  private static func withRegistration(_ body: (TestServer, HTTPTestClient) async throws -> Void) async throws {
    try await TestServer.with {
      $0.allowsRegistration = true
    } _: { server in
      try await body(server, try await server.http())
    }
  }

  @Test func aUserRegistersLogsInAndOut() async throws {
    try await Self.withRegistration { server, http in
      let made = try await http.ask("POST", "/v1/auth/register", Self.person, fields: "X-Request-Id: first\r\n")
      #expect(made.status == 201 && made.json["user"]?["email"] == "ada@example.com")
      #expect(made.json["user"]?["role"] == "member")
      let again = try await http.ask("POST", "/v1/auth/register", Self.person)
      #expect(again.status == 409 && again.json["code"] == "conflict")

      let entered = try await http.ask("POST", "/v1/auth/log-in", Self.credentials)
      #expect(entered.status == 200 && entered.json["token_type"] == "Bearer" && entered.json["expires_in"] == 900)
      #expect(entered["cache-control"] == "no-store")
      let access = try #require(entered.json["access_token"]?.string)
      let refresh = try #require(entered.json["refresh_token"]?.string)
      let me = try await http.ask("GET", "/v1/me", token: access)
      #expect(me.status == 200 && me.json["user"]?["name"] == "Ada" && me.json["sites"] == [])
      #expect(me.json["user"]?["logged_in_at"]?.string != nil)

      let next = try await http.ask("POST", "/v1/auth/refresh", ["refresh_token": .string(refresh)])
      #expect(next.status == 200)
      let follower = try #require(next.json["refresh_token"]?.string)
      #expect(follower != refresh)
      let out = try await http.ask("POST", "/v1/auth/log-out", ["refresh_token": .string(follower)])
      #expect(out.status == 204)
      #expect(try await http.ask("POST", "/v1/auth/refresh", ["refresh_token": .string(follower)]).status == 401)
      #expect(try await http.ask("POST", "/v1/auth/log-out", ["refresh_token": .string(follower)]).status == 204)
      // What was signed for the log-in ends with it, as soon as the server knows.
      #expect(try await comesTrue { try await http.ask("GET", "/v1/me", token: access).status == 401 })
      let noted = try await server.query("SELECT action, coalesce(actor_id, ''), request_id FROM audit ORDER BY id")
      let actions = try (0..<noted.count).map { try noted.text($0, 0) }
      #expect(actions == ["user.created", "login.succeeded", "login.ended"])
      #expect(try noted.text(0, 2) == "first")
    }
  }

  @Test func aUserTalksInItsSession() async throws {
    try await Self.withRegistration { server, http in
      _ = try await http.ask("POST", "/v1/auth/register", Self.person)
      let entered = try await http.ask("POST", "/v1/auth/log-in", Self.credentials)
      let identity = Identity(
        session: Identity.random().session, token: try #require(entered.json["access_token"]?.string))
      #expect(try await http.post("messages", identity, message("hi")).status == 202)
      let shown = try await http.get("/v1/sessions/\(identity.session)", fields: identity.bearer)
      #expect(shown.status == 200 && shown.json["id"]?.string == identity.session)
      let stranger = try await http.get("/v1/sessions/\(identity.session)", fields: Identity.random().bearer)
      #expect(stranger.status == 404)
    }
  }

  /// Whatever is wrong, the answer is the same, to the byte.
  @Test func aFailedLogInSaysNothing() async throws {
    try await Self.withRegistration { server, http in
      _ = try await http.ask("POST", "/v1/auth/register", Self.person)
      try await server.users { _ = try await $0.create(email: "off@example.com", password: "a long enough secret") }
      try await server.users { _ = try await $0.update("off@example.com", isDisabled: true) }
      var answers: Set<[UInt8]> = []
      for (email, password) in [
        ("ada@example.com", "another secret"), ("bob@example.com", "a long enough secret"), ("nobody", "x"),
        ("off@example.com", "a long enough secret"), ("ada@example.com", String(repeating: "x", count: 1024)),
      ] {
        let answer = try await http.ask(
          "POST", "/v1/auth/log-in", ["email": .string(email), "password": .string(password)])
        #expect(answer.status == 401 && answer["www-authenticate"] == "Bearer")
        answers.insert(answer.body)
      }
      #expect(answers.count == 1)
    }
  }

  @Test func triesAreLimited() async throws {
    try await TestServer.with {
      $0.logins.perAccount = 3
    } _: { server in
      let http = try await server.http()
      try await server.users { _ = try await $0.create(email: "ada@example.com", password: "a long enough secret") }
      let wrong: JSONValue = ["email": "ada@example.com", "password": "wrong"]
      for _ in 0..<3 { #expect(try await http.ask("POST", "/v1/auth/log-in", wrong).status == 401) }
      let refused = try await http.ask("POST", "/v1/auth/log-in", Self.credentials)
      #expect(refused.status == 429 && refused.json["code"] == "rate_limited")
      #expect(try #require(refused["retry-after"].flatMap { Int($0) }) > 0)
    }
  }

  @Test func nobodyRegistersWhereThatIsOff() async throws {
    // A database that is not the server's own.
    let http = try await TestServer.shared().http()
    let refused = try await http.ask("POST", "/v1/auth/register", Self.person)
    #expect(refused.status == 403 && refused.json["code"] == "forbidden")
  }

  static let malformed: [(String, JSONValue?, Int)] = [
    ("log-in", nil, 400), ("log-in", [], 400), ("log-in", ["email": "a@example.com"], 400),
    ("log-in", ["email": 1, "password": "x"], 400), ("log-in", ["email": "a\u{0}", "password": "x"], 400),
    ("log-in", ["email": "a@example.com", "password": .string(String(repeating: "x", count: 1025))], 400),
    ("register", ["email": "no address", "password": "a long enough secret"], 400),
    ("register", ["email": "a@example.com", "password": "short"], 400),
    ("register", ["email": "a@example.com", "password": "password1"], 400),
    ("register", ["email": "a@example.com", "password": "a long enough secret", "name": ""], 400),
    ("refresh", ["refresh_token": "nonsense"], 401), ("refresh", [:], 400), ("log-out", [:], 400),
    ("log-out", ["refresh_token": "nonsense"], 204),
  ]

  @Test(arguments: malformed)
  func refuses(_ path: String, _ content: JSONValue?, _ status: Int) async throws {
    try await Self.withRegistration { _, http in
      let answer = try await http.ask("POST", "/v1/auth/\(path)", content)
      #expect(answer.status == status, "\(answer.text)")
      if status >= 400 { #expect(answer["content-type"] == "application/problem+json") }
    }
  }

  /// The key that access tokens are signed with is there when the first one can ask, also where several servers find
  /// none at the same time.
  @Test func whoComesFirstCanLogIn() async throws {
    let url = try await PrivatePostgres.shared().database()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<4 {
        group.addTask {
          try await TestServer.with(url: url) {
            $0.allowsRegistration = true
          } _: { server in
            let http = try await server.http()
            let person: JSONValue = [
              "email": .string("first\(number)@example.com"), "password": "a long enough secret",
            ]
            #expect(try await http.ask("POST", "/v1/auth/register", person).status == 201)
            let entered = try await http.ask("POST", "/v1/auth/log-in", person)
            #expect(entered.status == 200, "\(entered.text)")
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func onlyUsersHaveAnAccount() async throws {
    let server = try await TestServer.shared()
    let http = try await server.http()
    for token in [nil, Identity.token(), "a.b.c", "nonsense", APIKey.random().text] {
      #expect(try await http.ask("GET", "/v1/me", token: token).status == 401)
    }
  }
}

/// The same in the words of other systems.
@Suite struct ForeignLoginTests {
  /// As their documents tell: log in, look at the session, find it again.
  @Test func aUsersSessionIsMadeOnceAndFoundAgain() async throws {
    try await TestServer.with {
      $0.allowsRegistration = true
    } _: { server in
      let http = try await server.http()
      var tokens: [String] = []
      for name in ["ada", "bob"] {
        let person: JSONValue = ["email": .string("\(name)@example.com"), "password": "a long enough secret"]
        let made = try await http.ask("POST", "/register", person)
        #expect(made.status == 201 && made.json["email"]?.string == "\(name)@example.com")
        let entered = try await http.ask(
          "POST", "/login", ["username": .string("\(name)@example.com"), "password": "a long enough secret"])
        #expect(entered.status == 200 && entered.json["token_type"] == "bearer")
        tokens.append(try #require(entered.json["access_token"]?.string))
      }
      let first = tokens[0]
      // Many first requests at once make one session.
      let ids = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<10 {
          group.addTask {
            let answer = try await server.http().ask("GET", "/health/session", token: first)
            return answer.json["session_id"]?.string ?? answer.text
          }
        }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
      let again = try await http.ask("GET", "/health/session", token: tokens[0])
      #expect(again.json["created"] == false && again.json["user_id"]?.int != nil && again.json["status"] == "healthy")
      let other = try await http.ask("GET", "/health/session", token: tokens[1])
      #expect(other.json["created"] == true && other.json["session_id"] != again.json["session_id"])
      // It is a session like any other, and nobody else's.
      let session = try #require(ids.first)
      let identity = Identity(session: session, token: tokens[0])
      #expect(try await http.post("messages", identity, message("hi")).status == 202)
      let stranger = Identity(session: session, token: tokens[1])
      #expect(try await http.post("messages", stranger, message("hi")).status == 401)
      #expect(try await http.ask("GET", "/health/session").status == 401)
    }
  }
}
