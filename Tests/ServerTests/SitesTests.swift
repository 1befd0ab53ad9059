import Accounts
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

/// Many websites on one server.
@Suite struct SitesTests {
  private static func shop(_ number: Int) throws -> SiteChange {
    var site = SiteChange()
    site.name = "Shop \(number)"
    site.origins = try AllowedOrigins(["https://shop\(number).example"])
    return site
  }

  /// Every page reaches its own site, and none of the 99 others.
  @Test func aHundredSitesHaveTheirOriginsEach() async throws {
    try await TestServer.with(agents: ["remembering": RememberingAgent()]) { server in
      let count = 100
      let keys = try await server.sites { book in
        var keys: [String] = []
        for number in 0..<count { keys.append(try await book.create(try Self.shop(number)).key) }
        return keys
      }
      #expect(Set(keys).count == count)
      #expect(try await server.eventually(site: keys[count - 1], origin: "https://shop99.example", is: nil))
      let refused = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<count {
          group.addTask {
            let (origin, identity) = ("https://shop\(number).example", Identity.random())
            let client = try await server.connect(site: keys[number], origin: origin)
            try await client.hello(identity, agent: "remembering")
            try await client.ask("My name is Number \(number).")
            #expect(try await client.ask("What is my name?").text == "Your name is Number \(number).")
            await client.drop()
            // One connection for all the others' keys: they are judged before anything else is looked at.
            let http = try await server.http()
            var refused = 0
            for other in 0..<count where other != number {
              let answer = try await http.post(
                "messages", .random(), message("hi"), query: "site=\(keys[other])", fields: "Origin: \(origin)\r\n")
              if answer.status == 403 { refused += 1 }
            }
            // A WebSocket each for the neighbours.
            for other in [(number + 1) % count, (number + count - 1) % count] {
              #expect(try await server.refusal(site: keys[other], origin: origin) == foreign)
            }
            await http.socket.close()
            return refused
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(refused == count * (count - 1))
      let stored = try await server.query(
        "SELECT s.key, count(*) FROM sessions c JOIN sites s ON s.id = c.site_id WHERE s.key <> 'default' GROUP BY 1")
      // The one that was waited for has those of the waiting too.
      #expect(stored.count == count)
    }
  }

  /// The id and even the token of a session say nothing through the key of another site: the answer is the same as for
  /// somebody else's.
  @Test func aSessionIsItsSitesAlone() async throws {
    try await TestServer.with { server in
      let (a, b) = try await server.sites { book in
        (try await book.create(try Self.shop(1)).key, try await book.create(try Self.shop(2)).key)
      }
      #expect(try await server.eventually(site: b, origin: "https://shop2.example", is: nil))
      let identity = Identity.random()
      let client = try await server.connect(site: a, origin: "https://shop1.example")
      try await client.hello(identity, agent: "script")
      try await client.ask("/script {\"chunks\":1,\"text\":\"secret\"}")
      let refused = "unauthenticated 4401"
      let through = { (site: String?, origin: String?, identity: Identity) in
        let other = try await server.connect(site: site, origin: origin)
        defer { Task { await other.drop() } }
        return try await other.refusal(identity)
      }
      let stranger = Identity(session: identity.session, token: Identity.token())
      #expect(try await through(b, "https://shop2.example", identity) == refused)
      #expect(try await through(nil, nil, identity) == refused)
      #expect(try await through(a, "https://shop1.example", stranger) == refused)
      #expect(try await through(b, "https://shop2.example", stranger) == refused)
      #expect(try await through(a, "https://shop1.example", identity) == nil)
      // The same over plain HTTP, in every byte, also with a ticket.
      let http = try await server.http()
      let from = { (number: Int) in "Origin: https://shop\(number).example\r\n" }
      let ticket = try #require(
        try await http.post("tickets", identity, query: "site=\(a)", fields: from(1)).json["ticket"]?.string)
      let foreign = try await http.get(identity.path("stream", "site=\(b)"), fields: from(2) + identity.bearer)
      let strangers = try await http.get(identity.path("stream", "site=\(b)"), fields: from(2) + stranger.bearer)
      #expect(foreign.status == 401 && foreign.body == strangers.body)
      for resource in ["messages", "stop", "tickets"] {
        let content: JSONValue = resource == "messages" ? message("hi") : .object(JSONObject([]))
        let answer = try await http.post(resource, identity, content, query: "site=\(b)", fields: from(2))
        #expect(answer.status == 401 && answer.body == foreign.body, "\(resource): \(answer.status) \(answer.text)")
      }
      let ticketed = try await http.get(identity.path("stream", "site=\(b)&ticket=\(ticket)"), fields: from(2))
      #expect(ticketed.status == 401)
      #expect(!foreign.text.contains("secret") && !ticketed.text.contains("secret"))
      #expect(try await server.stored(identity.session).count == 2)
    }
  }

  /// A change is known to all servers without a restart.
  @Test func changesReachEveryServer() async throws {
    try await TestServer.with { one in
      try await TestServer.with(url: one.url) { two in
        var site = try Self.shop(1)
        site.greeting = "Welcome to the shop."
        site.suggestions = ["Where is my parcel?"]
        let key = try await one.sites { [site] in try await $0.create(site) }.key
        for server in [one, two] {
          #expect(try await server.eventually(site: key, origin: "https://shop1.example", is: nil))
        }
        let client = try await two.connect(site: key, origin: "https://shop1.example")
        let welcome = try await client.hello(.random(), agent: "script")
        #expect(welcome["agent"]?["greeting"] == "Welcome to the shop.")
        #expect(welcome["agent"]?["suggestions"] == ["Where is my parcel?"])
        var change = SiteChange()
        change.origins = try AllowedOrigins(["https://moved.example"])
        _ = try await one.sites { [change] in try await $0.update(key, change) }
        for server in [one, two] {
          #expect(try await server.eventually(site: key, origin: "https://moved.example", is: nil))
          #expect(try await server.refusal(site: key, origin: "https://shop1.example") == foreign)
        }
        // Who is there goes on.
        try await client.ask("/script {\"chunks\":1,\"text\":\"still here\"}")
        var disabling = SiteChange()
        disabling.isDisabled = true
        _ = try await one.sites { [disabling] in try await $0.update(key, disabling) }
        await #expect(throws: TestClientError.closed(code: 4404, reason: "there is no such site")) {
          while true { _ = try await client.next() }
        }
        for server in [one, two] {
          #expect(try await server.eventually(site: key, origin: "https://moved.example", is: "not_found 4404"))
        }
      }
    }
  }

  @Test func changesAreNoticedWithoutNotifications() async throws {
    try await TestServer.with { server in
      _ = try await server.query("ALTER TABLE sites DISABLE TRIGGER sites_changed")
      let key = try await server.sites { try await $0.create(try Self.shop(1)) }.key
      #expect(try await server.refusal(site: key, origin: "https://shop1.example") == "not_found 4404")
      _ = try await server.query("UPDATE directory_version SET version = version + 1")
      #expect(try await server.eventually(site: key, origin: "https://shop1.example", is: nil))
    }
  }

  @Test func whatIsStoredByOtherHandsAllowsNobodyWhereItCantBeRead() async throws {
    try await TestServer.with { server in
      _ = try await server.query(
        "INSERT INTO sites (key, name, default_agent_id, allowed_origins) SELECT 'odd', 'Odd', default_agent_id, $1 FROM sites",
        [.texts(["https://*", "https://fine.example", "null"])])
      #expect(try await server.eventually(site: "odd", origin: "https://fine.example", is: nil))
      for origin in ["https://evil.example", "null", nil] as [String?] {
        #expect(try await server.refusal(site: "odd", origin: origin) == foreign)
      }
    }
  }
}
