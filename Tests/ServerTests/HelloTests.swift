import JSONWire
import Postgres
import Server
import SkeinTestKit
import Testing

/// `hello` and `welcome`: who may bind which session.
@Suite struct HelloTests {
  @Test func aFirstHelloMakesSessionAndToken() async throws {
    let client = try await TestServer.shared().connect()
    let welcome = try await client.request(["type": "hello", "ref": "r1"])
    #expect(await client.subprotocol == "skein.v1")
    #expect(welcome["type"] == "welcome")
    #expect(welcome["ref"] == "r1")
    #expect(welcome["protocol"] == 1)
    #expect(welcome["created"] == true)
    #expect(welcome["resumed"] == false)
    #expect(welcome["version"] == 0)
    #expect(welcome["title"] == .null)
    #expect(welcome["context"] == [:])
    #expect(welcome["messages"] == [])
    #expect(welcome["before"] == .null)
    #expect(welcome["run"] == .null)
    #expect(welcome["agent"]?["slug"] == "knowledge")
    #expect(welcome["heartbeat_ms"] == 30_000)
    #expect(
      welcome["limits"] == ["message_bytes": 32768, "frame_bytes": 262_144, "messages_per_minute": nil])
    let session = try #require(welcome["session"]?.string)
    let token = try #require(welcome["token"]?.string)
    #expect((16...64).contains(session.utf8.count))
    #expect((43...128).contains(token.utf8.count))

    let second = try await TestServer.shared().connect()
    let again = try await second.hello(Identity(session: session, token: token))
    #expect(again["created"] == false)
    #expect(again["token"] == nil)
    #expect(again["session"]?.string == session)
  }

  @Test func aSessionIsMadeUnderTheClientsOwnId() async throws {
    let identity = Identity.random()
    let client = try await TestServer.shared().connect()
    let welcome = try await client.hello(identity, agent: "script")
    #expect(welcome["created"] == true)
    #expect(welcome["session"]?.string == identity.session)
    #expect(welcome["token"] == nil)
    #expect(welcome["agent"]?["slug"] == "script")
    // The agent is a session's for good.
    let second = try await TestServer.shared().connect()
    #expect(try await second.hello(identity, agent: "knowledge")["agent"]?["slug"] == "script")
  }

  @Test func oneTokenOwnsManySessions() async throws {
    let token = Identity.token()
    try await withThrowingTaskGroup(of: JSONValue.self) { group in
      for _ in 0..<20 {
        group.addTask {
          let client = try await TestServer.shared().connect()
          return try await client.hello(Identity(session: Identity.random().session, token: token))
        }
      }
      for try await welcome in group { #expect(welcome["created"] == true) }
    }
    let client = try await TestServer.shared().connect()
    let welcome = try await client.request(["type": "hello", "token": .string(token)])
    #expect(welcome["created"] == true)
    #expect(welcome["token"] == nil)
  }

  @Test func manyConnectionsMakeOneSession() async throws {
    let identity = Identity.random()
    let created = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 {
        group.addTask {
          try await TestServer.shared().connect().hello(identity, agent: "script")["created"] == true
        }
      }
      var count = 0
      for try await isCreator in group where isCreator { count += 1 }
      return count
    }
    #expect(created == 1)
  }

  @Test func strangersAreTurnedAway() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let owner = try await server.client(identity)
    let stranger = try await server.connect()
    await stranger.send([
      "type": "hello", "session": .string(identity.session), "token": .string(Identity.token()), "ref": "x",
    ])
    let error = try await stranger.next()
    #expect(error["code"] == "unauthenticated")
    #expect(error["ref"] == "x")
    #expect(try await stranger.untilClosed() == 4401)
    // Nor is one let in that has no token yet.
    let newcomer = try await server.connect()
    await newcomer.send(["type": "hello", "session": .string(identity.session)])
    #expect(try await newcomer.untilClosed() == 4401)
    #expect(try await owner.settle() == [])
  }

  @Test(arguments: ["a.b.c", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", ".."])
  func noJWTIsValidYet(token: String) async throws {
    let client = try await TestServer.shared().connect()
    let error = try await client.request(["type": "hello", "token": .string(token), "ref": "j"])
    #expect(error["code"] == "unauthenticated")
    #expect(error["ref"] == "j")
    #expect(try await client.untilClosed() == 4401)
  }

  @Test(
    arguments: [
      ["token": "short"], ["token": .string(String(repeating: "a", count: 42))],
      ["token": .string(String(repeating: "a", count: 129))], ["token": .string(String(repeating: "ä", count: 43))],
      ["token": .string(String(repeating: "a", count: 42) + "=")], ["token": 17], ["token": "a.b"],
      ["session": "short"], ["session": .string(String(repeating: "s", count: 65))], ["session": "0123456789abcde/"],
      ["session": 1], ["session": nil], ["history": -1], ["history": 201], ["history": 1.5], ["history": "50"],
      ["position": 3], ["position": [:]], ["position": ["version": -1]], ["position": ["version": "1"]],
      ["position": ["version": 1, "offset": 1]], ["position": ["version": 1, "message": "x", "offset": 1]],
      ["position": ["version": 9_007_199_254_740_992]], ["visitor": "me"], ["visitor": ["name": 7]],
      ["visitor": ["name": .string(String(repeating: "n", count: 201))]],
      ["visitor": ["page": .string(String(repeating: "p", count: 2001))]], ["visitor": ["name": "a\0b"]], ["agent": 1],
    ] as [JSONValue])
  func aHelloWithABadFieldMayBeSaidAgain(fields: JSONValue) async throws {
    let client = try await TestServer.shared().connect()
    var hello: JSONObject = JSONObject([("type", "hello"), ("ref", "h")])
    for member in fields.object?.members ?? [] { hello[member.key] = member.value }
    let error = try await client.request(.object(hello))
    #expect(error["type"] == "error")
    #expect(error["code"] == "bad_field")
    #expect(error["ref"] == "h")
    #expect(try await client.hello(.random())["created"] == true)
  }

  @Test func theLongestFieldsAreTaken() async throws {
    let client = try await TestServer.shared().connect()
    let welcome = try await client.request([
      "type": "hello", "session": .string(String((0..<64).map { _ in "abcXYZ019_-".randomElement() ?? "a" })),
      "token": .string(Identity.token() + String(repeating: "A", count: 85)), "history": 200,
      "ref": .string(String(repeating: "r", count: 64)),
      "visitor": [
        "name": .string(String(repeating: "ñ", count: 200)), "email": "a@b.example", "locale": "en",
        "page": .string(String(repeating: "p", count: 2000)), "referrer": "", "unknown": [1, 2],
      ], "unknown": ["deep": [:]],
    ])
    #expect(welcome["type"] == "welcome")
    #expect(welcome["ref"]?.string?.utf8.count == 64)
  }

  @Test func unknownSitesAndAgents() async throws {
    let server = try await TestServer.shared()
    let astray = try await ChatClient.connect(to: server.port, target: "/v1/socket?site=nobody")
    let error = try await astray.next()
    #expect(error["code"] == "not_found")
    #expect(try await astray.untilClosed() == 4404)

    let known = try await ChatClient.connect(to: server.port, target: "/v1/socket?site=default")
    #expect(try await known.hello()["created"] == true)

    let client = try await server.connect()
    let refusal = try await client.request(["type": "hello", "agent": "nobody", "ref": "a"])
    #expect(refusal["code"] == "not_found")
    #expect(refusal["ref"] == "a")
    #expect(try await client.untilClosed() == 4404)
  }

  @Test func clientsMayOfferNoSubprotocol() async throws {
    let server = try await TestServer.shared()
    let plain = try await ChatClient.connect(to: server.port, subprotocols: [])
    #expect(await plain.subprotocol == nil)
    #expect(try await plain.hello()["type"] == "welcome")
    let other = try await ChatClient.connect(to: server.port, subprotocols: ["skein.v9", "skein.v1"])
    #expect(await other.subprotocol == "skein.v1")
  }

  @Test func theTokenIsStoredAsItsDigestAlone() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    _ = try await server.client(identity)
    let rows = try await server.query(
      """
      SELECT encode(v.token_digest, 'hex') = encode(sha256(convert_to($2::text, 'UTF8')), 'hex')
      FROM sessions s JOIN visitors v ON v.id = s.visitor_id WHERE s.public_id = $1
      """, [.text(identity.session), .text(identity.token)])
    #expect(try rows.bool(0, 0))
  }

  @Test func whoIsTooSlowIsClosed() async throws {
    try await TestServer.with({ $0.helloSeconds = 4 }) { server in
      let inTime = try await server.connect()
      try await inTime.hello()
      let silent = try await server.connect()
      let busy = try await server.connect()
      // Hellos that are not good do not buy time.
      let knocking = Task {
        while true {
          await busy.send(["type": "hello", "token": "short"])
          try await Task.sleep(for: .milliseconds(200))
        }
      }
      #expect(try await silent.untilClosed() == 4408)
      #expect(await silent.lastError?["code"] == "bad_frame")
      #expect(try await busy.untilClosed() == 4408)
      knocking.cancel()
      // Its time would have been over before theirs.
      #expect(try await inTime.settle() == [])
    }
  }
}
