import Accounts
import JSONWire
import Postgres
import SkeinTestKit
import Testing

/// Sessions that somebody makes by requests who is known by name.
@Suite struct NamedSessionsTests {
  /// Whoever vouches for a person says who it is, on whichever way it comes first.
  @Test func aUserIsTheSameByRequests() async throws {
    try await TestServer.with { server in
      let token = try await server.token("alice", .member)
      let content: JSONValue = ["agent": "script", "visitor": ["email": "mallory@example.com", "name": "Al"]]
      let made = try await server.http().ask("POST", "/v1/sessions", content, token: token)
      #expect(made.status == 201)
      let rows = try await server.query(
        "SELECT u.email, v.email, v.name FROM visitors v JOIN users u ON u.id = v.user_id")
      #expect(rows.count == 1)
      #expect(try rows.text(0, 0) == "alice@example.com" && rows.text(0, 1) == "alice@example.com")
    }
  }

  /// A session that was deleted is not the one that somebody is in.
  @Test func whatWasDeletedIsNotTheCurrentOne() async throws {
    try await TestServer.with { server in
      let token = try await server.token("alice", .member)
      let http = try await server.http()
      let first = try await http.ask("GET", "/health/session", token: token).json["session_id"]?.string ?? ""
      #expect(try await http.ask("GET", "/health/session", token: token).json["session_id"]?.string == first)
      #expect(try await http.ask("DELETE", "/v1/sessions/\(first)", token: token).status == 204)
      let second = try await http.ask("GET", "/health/session", token: token)
      #expect(second.json["session_id"]?.string != first && second.json["created"] == true)
    }
  }
}
