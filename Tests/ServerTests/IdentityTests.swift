import Accounts
import Glibc
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

/// Visitors whom their site knows by name, users, and servers with keys.
@Suite struct IdentityTests {
  private static let answer = "/script {\"chunks\":1,\"text\":\"noted\"}"

  @Test func aPersonHasItsSessionsOnEveryDevice() async throws {
    try await TestServer.with { server in
      let site = try await SigningSite.make(.signed, on: server)
      let session = Identity.random().session
      let phone = try await server.client(
        site, Identity(session: session, token: site.token("c1", name: "Ada", email: "ada@example.com")))
      try await phone.ask(Self.answer)
      // Another token of the same person.
      let laptop = try await server.connect(to: site)
      let welcome = try await laptop.hello(Identity(session: session, token: site.token("c1", name: "Ada Lovelace")))
      #expect(welcome["created"] == false && welcome["messages"]?.array?.count == 2)
      for stranger in [site.token("c2"), Identity.token()] {
        #expect(try await server.refusal(site, Identity(session: session, token: stranger)) == turnedAway)
      }
      let stored = try await server.query("SELECT name, email, subject, user_id FROM visitors WHERE subject = 'c1'")
      #expect(stored.count == 1 && stored.isNull(0, 3))
      #expect(try stored.text(0, 0) == "Ada" && stored.text(0, 1) == "ada@example.com")
      // It is called as its site says when it comes next.
      _ = try await server.client(
        site, Identity(session: Identity.random().session, token: site.token("c1", name: "Countess")))
      #expect(
        try await server.eventually(
          "SELECT name = 'Countess' AND email = 'ada@example.com' FROM visitors WHERE subject = 'c1'"))
    }
  }

  @Test func whatAPersonSaysOfItselfIsNotWhatItsSiteSays() async throws {
    try await TestServer.with { server in
      let site = try await SigningSite.make(.signed, on: server)
      let client = try await server.connect(to: site)
      let welcome = try await client.request([
        "type": "hello", "token": .string(site.token("c1")), "agent": "script",
        "visitor": ["name": "Boss", "email": "boss@example.com"],
      ])
      #expect(welcome["type"] == "welcome" && welcome["token"] == nil)
      let stored = try await server.query("SELECT name, email FROM visitors WHERE subject = 'c1'")
      #expect(try stored.text(0, 0) == "Boss" && stored.isNull(0, 1))
    }
  }

  @Test func anExpiredTokenIsToldApart() async throws {
    try await TestServer.with { server in
      let site = try await SigningSite.make(.signed, on: server)
      let old = Identity(session: Identity.random().session, token: site.token("c1", expires: Int64(time(nil)) - 61))
      #expect(try await server.refusal(site, old) == "token_expired 4401")
      let http = try await server.http()
      let answer = try await http.post("messages", old, message("hi"), query: site.query)
      #expect(answer.status == 401 && answer.json["code"] == "token_expired")
      let forged = Identity(session: old.session, token: old.token.dropLast() + (old.token.last == "A" ? "B" : "A"))
      #expect(try await server.refusal(site, forged) == turnedAway)
      #expect(try await server.query("SELECT FROM visitors WHERE subject = 'c1'").isEmpty)
    }
  }

  @Test func aSiteMayWantNames() async throws {
    try await TestServer.with { server in
      let site = try await SigningSite.make(.required, on: server)
      let identity = Identity.random()
      #expect(try await server.refusal(site, identity) == turnedAway)
      let nobody = try await server.connect(to: site)
      let error = try await nobody.request(["type": "hello"])
      #expect(error["code"] == "unauthenticated")
      #expect(try await nobody.untilClosed() == 4401)
      let http = try await server.http()
      #expect(try await http.post("messages", identity, message("hi"), query: site.query).status == 401)
      // A user of the deployment is none of its visitors, one who looks after it may.
      let member = try await server.loggedIn("member@example.com")
      let session = Identity.random().session
      #expect(
        try await server.refusal(site, Identity(session: session, token: member.access)) == "forbidden 4403")
      let operates = try await server.loggedIn("operator@example.com", role: .operates)
      #expect(try await server.refusal(site, Identity(session: session, token: operates.access)) == nil)
      #expect(try await server.refusal(site, Identity(session: identity.session, token: site.token("c1"))) == nil)
      // And one that knows nobody by name takes no names.
      #expect(
        try await server.connect().refusal(Identity(session: session, token: site.token("c1"))) == turnedAway)
    }
  }

  // MARK: From a token to a name

  @Test func whatWasSaidBeforeIsThePersons() async throws {
    try await TestServer.with { server in
      let site = try await SigningSite.make(.signed, on: server)
      let (before, bystander) = (Identity.random(), Identity.random())
      let client = try await server.client(site, before)
      try await client.ask(Self.answer)
      _ = try await server.client(site, Identity(session: Identity.random().session, token: before.token))
      _ = try await server.client(site, bystander)
      let named = try await server.connect(to: site)
      let welcome = try await named.request([
        "type": "hello", "session": .string(before.session), "token": .string(site.token("c1", name: "Ada")),
        "visitor_token": .string(before.token), "ref": "m",
      ])
      #expect(welcome["type"] == "welcome" && welcome["ref"] == "m" && welcome["created"] == false)
      #expect(welcome["messages"]?.array?.count == 2)
      // Who is there is told of a new version, and stays; the browser's token opens the session no more.
      try await client.until("session.updated")
      try await client.ask(Self.answer)
      #expect(try await server.refusal(site, before) == turnedAway)
      #expect(try await server.refusal(site, Identity(session: before.session, token: site.token("c2"))) == turnedAway)
      #expect(try await server.refusal(site, bystander) == nil)
      let owned = try await server.query(
        "SELECT count(*) FROM sessions s JOIN visitors v ON v.id = s.visitor_id WHERE v.subject = 'c1' AND v.name = 'Ada'"
      )
      #expect(try owned.int(0, 0) == 2)
      // A second time there is nothing to take over, and nothing is noted.
      let again = try await server.connect(to: site)
      let same = try await again.request([
        "type": "hello", "session": .string(before.session), "token": .string(site.token("c1")),
        "visitor_token": .string(before.token),
      ])
      #expect(same["messages"]?.array?.count == 4)
      let noted = try await server.query("SELECT actor_kind, target FROM audit WHERE action = 'visitor.merged'")
      #expect(noted.count == 1)
      #expect(try noted.text(0, 1).hasPrefix("visitor:"))
    }
  }

  /// A session that another server has in memory is the person's there too.
  @Test func everyServerLearnsWhoseASessionIs() async throws {
    try await TestServer.with { one in
      try await TestServer.with(url: one.url) { two in
        let site = try await SigningSite.make(.signed, on: one, two)
        let before = Identity.random()
        let reader = try await two.client(site, before)
        try await reader.ask(Self.answer)
        let token = site.token("c1")
        let named = try await one.connect(to: site)
        let welcome = try await named.request([
          "type": "hello", "session": .string(before.session), "token": .string(token),
          "visitor_token": .string(before.token),
        ])
        #expect(welcome["messages"]?.array?.count == 2)
        // At once, whether the hint has come or not.
        let there = try await two.connect(to: site)
        #expect(
          try await there.hello(Identity(session: before.session, token: token))["messages"]?.array?.count == 2)
        try await reader.until("session.updated")
        #expect(try await two.refusal(site, before) == turnedAway)
        try await there.ask(Self.answer)
        try await reader.until { $0.messages.count == 4 }
      }
    }
  }

  /// Many sessions of one visitor, with answers in the making on two servers, become a person's: everybody still ends with
  /// what is stored.
  @Test func takingOverDisturbsNoAnswer() async throws {
    try await TestServer.with { one in
      try await TestServer.with(url: one.url) { two in
        let site = try await SigningSite.make(.signed, on: one, two)
        let visitor = Identity.token()
        let sessions = (0..<12).map { _ in Identity.random().session }
        var readers: [(session: String, server: TestServer, client: ChatClient)] = []
        for (number, session) in sessions.enumerated() {
          let server = number % 2 == 0 ? one : two
          readers.append((session, server, try await server.client(site, Identity(session: session, token: visitor))))
        }
        // The first session's is the last to begin: it has to be under way when that session is taken over.
        for reader in readers.reversed() {
          await reader.client.say("/script {\"chunks\":150,\"bytes\":100,\"interval_ms\":50}")
          try await reader.client.until("message.delta")
        }
        let token = site.token("c1")
        let named = try await two.connect(to: site)
        let welcome = try await named.request([
          "type": "hello", "session": .string(sessions[0]), "token": .string(token),
          "visitor_token": .string(visitor),
        ])
        #expect(welcome["type"] == "welcome" && welcome["run"] != .null)
        for reader in readers {
          // Before its news have come as well as after.
          let same = Identity(session: reader.session, token: token)
          #expect(try await reader.server.refusal(site, same) == nil)
          try await reader.client.until { transcript in transcript.messages.contains { $0.status == "complete" } }
          try await reader.client.ask(Self.answer)
          #expect(await reader.client.transcript.asStored == (try await one.stored(reader.session)))
          #expect(
            try await reader.server.refusal(site, Identity(session: reader.session, token: visitor)) == turnedAway)
        }
        let owned = try await one.query(
          "SELECT count(*) FROM sessions s JOIN visitors v ON v.id = s.visitor_id WHERE v.subject = 'c1'")
        #expect(try owned.int(0, 0) == Int64(sessions.count))
      }
    }
  }

  @Test(arguments: ["short", "a.b.c", ""])
  func aTokenToTakeOverIsOne(_ text: String) async throws {
    try await TestServer.with { server in
      let site = try await SigningSite.make(.signed, on: server)
      let client = try await server.connect(to: site)
      let error = try await client.request([
        "type": "hello", "token": .string(site.token("c1")), "visitor_token": .string(text),
      ])
      #expect(error["code"] == "bad_field")
    }
  }

  /// Nobody takes over what belongs to a person already, by whatever it says.
  @Test func aNameIsTakenOverByNobody() async throws {
    try await TestServer.with { server in
      let site = try await SigningSite.make(.signed, on: server)
      let first = Identity(session: Identity.random().session, token: site.token("c1"))
      _ = try await server.client(site, first)
      let thief = try await server.connect(to: site)
      let error = try await thief.request([
        "type": "hello", "session": .string(first.session), "token": .string(site.token("c2")),
        "visitor_token": .string(Identity.token()),
      ])
      #expect(error["code"] == "unauthenticated")
      // An anonymous hello takes over nothing either.
      let other = Identity.random()
      _ = try await server.client(site, other)
      let anonymous = try await server.connect(to: site)
      let refused = try await anonymous.request([
        "type": "hello", "session": .string(other.session), "token": .string(Identity.token()),
        "visitor_token": .string(other.token),
      ])
      #expect(refused["code"] == "unauthenticated")
    }
  }

  // MARK: Users and keys

  @Test func aUserTalksUntilItLogsOut() async throws {
    try await TestServer.with { server in
      let user = try await server.loggedIn("ada@example.com")
      let identity = Identity(session: Identity.random().session, token: user.access)
      let client = try await server.client(identity, agent: "script")
      try await client.ask(Self.answer)
      let stored = try await server.query("SELECT name, email FROM visitors WHERE user_id = $1", [.int8(user.user)])
      #expect(try stored.text(0, 0) == "Ada" && stored.text(0, 1) == "ada@example.com")
      let http = try await server.http()
      #expect(try await http.post("messages", identity, message(Self.answer)).status == 202)
      _ = try await server.database { try await TokenBook($0, by: .command).end(user.refresh.text) }
      await #expect(throws: TestClientError.closed(code: 4401, reason: "this log-in has ended")) {
        while true { _ = try await client.next() }
      }
      #expect(try await server.connect().refusal(identity) == turnedAway)
      #expect(try await http.post("messages", identity, message("hi")).status == 401)
    }
  }

  @Test func aServerTalksByItsKeyUntilThatIsRevoked() async throws {
    try await TestServer.with { server in
      let (key, record) = try await server.database {
        try await KeyBook($0, by: .command).issue(name: "CRM", scopes: [.chat])
      }
      let deaf = try await server.database {
        try await KeyBook($0, by: .command).issue(name: "Reports", scopes: [.readSessions]).key
      }
      let identity = Identity(session: Identity.random().session, token: key.text)
      let http = try await server.http()
      func status(_ token: String) async throws -> Int {
        let identity = Identity(session: identity.session, token: token)
        return try await http.post("messages", identity, message(Self.answer)).status
      }
      #expect(try await server.notices { try await status(key.text) == 202 })
      // It was made later than the other.
      #expect(try await server.notices { try await status(deaf.text) == 403 })
      // Taken for a browser's token, whose letters it has, it would own a session of its own.
      #expect(try await status(APIKey.random().text) == 401)
      #expect(try await server.client(identity).transcript.messages.count >= 1)
      #expect(
        try await server.eventually("SELECT last_used_at IS NOT NULL FROM api_keys WHERE id = $1", [.int8(record.id)]))
      _ = try await server.database { try await KeyBook($0, by: .command).revoke(record.prefix) }
      #expect(try await server.notices { try await status(key.text) == 401 })
    }
  }
}
