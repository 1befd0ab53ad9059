import Accounts
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

@testable import Server

/// Tokens of models: who has used up a day's waits for the next, on every server.
@Suite struct BudgetTests {
  /// Each of its answers is seven tokens.
  private static let agents = ["reciter": RecitingAgent(chunks: ["so"], interval: 0)]

  /// Sends until it is refused.
  private static func refusal(_ server: TestServer, _ identity: Identity) async throws -> HTTPTestResponse {
    let http = try await server.http()
    var answer = try await http.post("messages", identity, message("more"))
    let isRefused = try await comesTrue {
      if answer.status == 429 { return true }
      answer = try await http.post("messages", identity, message("more"))
      return false
    }
    guard isRefused else { throw TestClientError.unexpected("nothing is refused") }
    return answer
  }

  private static func isUntilMidnight(_ milliseconds: Int64?) -> Bool {
    (1...86_400_000).contains(milliseconds ?? 0)
  }

  @Test func aVisitorHasSoManyADayOnAllServers() async throws {
    try await withTwoNodes(agents: Self.agents) {
      $0.budgets[.visitor] = 14
    } _: { a, b in
      let identity = Identity.random()
      let first = JSONValue.messageID()
      let here = try await a.client(identity, agent: "reciter")
      _ = await here.say("one", id: first)
      try await here.until { $0.from("assistant").first?.status == "complete" }
      #expect(try await here.ask("two").status == "complete")
      let refused = try await Self.refusal(b, identity)
      #expect(refused.json["code"] == "rate_limited" && Self.isUntilMidnight(refused.json["retry_after_ms"]?.int))
      #expect(Self.isUntilMidnight(refused["retry-after"].flatMap { Int64($0) }.map { $0 * 1000 - 999 }))
      #expect(refused.json["detail"] == "the tokens of this day are used up")
      // What was stored is answered as ever.
      let again = try await b.http().post("messages", identity, message("one", id: first))
      #expect(again.status == 200 && again.json["duplicate"] == true)
      // Nor are answers made again.
      let answer = try #require(await here.transcript.from("assistant").last?.id)
      let retry: JSONValue = ["message": .string(answer), "id": .string(JSONValue.messageID())]
      #expect(try await b.http().post("retry", identity, retry).status == 429)
      let there = try await b.client(identity)
      _ = await there.say("once more")
      let error = try await there.until("error")
      #expect(error["code"] == "rate_limited" && Self.isUntilMidnight(error["retry_after_ms"]?.int))
      // Another visitor has its own.
      #expect(try await b.client(agent: "reciter").ask("hi").status == "complete")
      let used = try await a.query("SELECT sum(tokens)::int8 FROM token_usage WHERE kind = 'visitor'").int(0, 0)
      #expect(used >= 14 && used % 7 == 0)
    }
  }

  @Test func aSiteHasABudgetOfItsOwn() async throws {
    try await TestServer.with(agents: Self.agents) { server in
      let admin = try await server.token("admin", .admin)
      let http = try await server.http()
      let change: JSONValue = ["budgets": ["site": 7, "visitor": nil]]
      let changed = try await http.ask("PATCH", "/v1/sites/default", change, token: admin)
      #expect(changed.json["budgets"] == ["site": 7])
      for bad: JSONValue in [["budgets": 1], ["budgets": nil], ["budgets": ["site": -1]], ["budgets": ["all": 1]]] {
        #expect(try await http.ask("PATCH", "/v1/sites/default", bad, token: admin).status == 400)
      }
      #expect(try await server.client(agent: "reciter").ask("hi").status == "complete")
      // Whoever comes.
      _ = try await Self.refusal(server, .random())
      // More may be used from the moment that it is said.
      #expect(try await http.ask("PATCH", "/v1/sites/default", ["budgets": [:]], token: admin).status == 200)
      let identity = Identity.random()
      #expect(try await comesTrue { try await http.post("messages", identity, message("hi")).status == 202 })
    }
  }

  @Test func aKeyHasItsOwn() async throws {
    try await TestServer.with(agents: Self.agents) {
      $0.budgets[.key] = 7
      $0.budgets[.visitor] = 1_000_000
    } _: { server in
      let key = try await server.key([.chat])
      let identity = Identity(session: Identity.random().session, token: key)
      #expect(try await server.client(identity, agent: "reciter").ask("hi").status == "complete")
      _ = try await Self.refusal(server, identity)
      let other = Identity(session: Identity.random().session, token: try await server.key([.chat]))
      #expect(try await server.client(other, agent: "reciter").ask("hi").status == "complete")
      #expect(try await server.client(agent: "reciter").ask("hi").status == "complete")
    }
  }

  /// What was used is stored when the server ends.
  @Test func aServerThatEndsStoresWhatWasUsed() async throws {
    let server = try await TestServer(agents: Self.agents)
    let client = try await server.client(agent: "reciter")
    #expect(try await client.ask("one").status == "complete")
    await client.drop()
    await server.stop()
    #expect(try await server.query("SELECT sum(tokens)::int8 FROM token_usage WHERE kind = 'site'").int(0, 0) == 7)
  }
}

/// How often somebody may come.
@Suite struct ConnectionRateTests {
  @Test func whoComesTooOftenIsSentAway() async throws {
    try await TestServer.with {
      $0.connectionRates.visitor = 3
      $0.rateClock = { 1_000_000 }
    } _: { server in
      let identity = Identity.random()
      let first = try await server.client(identity)
      // Another session on the same connection is no other connection.
      for _ in 0..<4 {
        await first.send(["type": "session.new", "agent": "script"])
        _ = try await first.until("welcome")
      }
      let stream = try await server.events(identity)
      await stream.drop()
      _ = try await server.client(identity)
      let refused = try await server.connect()
      await refused.send(.object(JSONObject([("type", "hello")] + identity.fields)))
      let error = try await refused.next()
      #expect(error["code"] == "rate_limited" && error["retry_after_ms"] == 20_001)
      #expect(try await refused.untilClosed() == 4429)
      let over = try await server.http().ask("GET", identity.path("stream"), token: identity.token)
      #expect(over.status == 429 && over["retry-after"] != nil && over.json["code"] == "rate_limited")
      // Messages are counted elsewhere, and others are others.
      #expect(try await server.http().post("messages", identity, message("hi")).status == 202)
      _ = try await server.client()
    }
  }

  @Test func addressAndSiteHaveRatesOfTheirOwn() async throws {
    for isAddress in [true, false] {
      try await TestServer.with { settings in
        if isAddress { settings.connectionRates.address = 2 } else { settings.connectionRates.site = 2 }
        settings.rateClock = { 1_000_000 }
      } _: { server in
        for _ in 0..<2 { _ = try await server.client() }
        #expect(try await server.refusal(Identity.random().token) == "rate_limited 4429")
      }
    }
  }
}
