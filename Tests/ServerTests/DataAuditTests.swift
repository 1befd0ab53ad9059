import Accounts
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

@testable import Server

/// Exports and deletions are noted: by whom, from where, by which request.
@Suite struct DataAuditTests {
  /// A session of a visitor of the first site.
  private static func session(_ http: HTTPTestClient, _ identity: Identity) async throws {
    let made = try await http.ask(
      "POST", "/v1/sessions", ["id": .string(identity.session), "agent": "script"], token: identity.token)
    #expect(made.status == 201)
  }

  /// The entries of `data.*`, the oldest first, as `action target actor`.
  private static func entries(_ server: TestServer) async throws -> [String] {
    let rows = try await server.database { try await AuditBook($0).list(limit: 1000) }
    return rows.filter { $0.action.hasPrefix("data.") }.reversed().map {
      "\($0.action) \($0.target ?? "-") \($0.actorKind) \($0.address ?? "-") \($0.request ?? "-") \($0.site ?? "-") "
        + String(decoding: $0.details, as: UTF8.self)
    }
  }

  @Test func whatIsTakenOutAndDeletedIsNoted() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let (mine, second) = (Identity.random(), Identity.random())
      for identity in [mine, second] { try await Self.session(http, identity) }
      let path = "/v1/sessions/\(mine.session)"
      func ask(_ method: String, _ path: String, _ token: String, _ request: String) async throws -> Int {
        try await http.ask(method, path, token: token, fields: "X-Request-Id: \(request)\r\n").status
      }
      let key = try await server.key([.readSessions, .writeSessions])
      // Who is refused has done nothing.
      #expect(try await ask("GET", "\(path)/export", second.token, "r0") == 404)
      #expect(try await ask("DELETE", path, second.token, "r0") == 404)
      #expect(try await ask("GET", "\(path)/export?format=markdown", mine.token, "r1") == 200)
      #expect(try await ask("GET", "\(path)/export", key, "r2") == 200)
      #expect(try await ask("DELETE", "\(path)?now=true", key, "r3") == 204)
      #expect(try await ask("DELETE", path, mine.token, "r4") == 404)
      let visitor = try await server.query("SELECT visitor_id FROM sessions").int(0, 0)
      #expect(try await ask("DELETE", "/v1/me/data", second.token, "r5") == 200)
      // There is nothing left, and nothing to note.
      #expect(try await ask("DELETE", "/v1/me/data", second.token, "r6") == 200)
      let user = try await server.token("ada", .member)
      #expect(try await ask("DELETE", "/v1/users/me/data", user, "r7") == 200)
      let address = "127.0.0.1"
      #expect(
        try await Self.entries(server) == [
          "data.exported session:\(mine.session) visitor \(address) r1 default {\"format\": \"markdown\"}",
          "data.exported session:\(mine.session) key \(address) r2 default {\"format\": \"json\"}",
          "data.deleted session:\(mine.session) key \(address) r3 default {\"now\": true}",
          "data.deleted visitor:\(visitor) visitor \(address) r5 default {}",
          "data.deleted user:1 user \(address) r7 - {}",
        ])
    }
  }

  /// Where it can't be noted it is not done.
  @Test func nothingIsDoneThatIsNotNoted() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let mine = Identity.random()
      try await Self.session(http, mine)
      _ = try await server.query("ALTER TABLE audit ADD CONSTRAINT full_up CHECK (action NOT LIKE 'data.%') NOT VALID")
      let path = "/v1/sessions/\(mine.session)"
      for (method, target) in [("GET", "\(path)/export"), ("DELETE", path), ("DELETE", "/v1/me/data")] {
        #expect(try await http.ask(method, target, token: mine.token).status == 500, "\(method) \(target)")
      }
      #expect(try await http.ask("GET", path, token: mine.token).status == 200)
    }
  }
}
