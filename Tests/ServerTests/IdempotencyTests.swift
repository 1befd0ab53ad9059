import Accounts
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

@testable import Server

/// `Idempotency-Key`: what makes something makes it once.
@Suite struct IdempotencyTests {
  private static func field(_ name: String) -> String { "Idempotency-Key: \(name)\r\n" }

  @Test func aSessionIsMadeOnceOnWhicheverNode() async throws {
    try await withTwoNodes { a, b in
      let token = Identity.random().token
      func make(_ server: TestServer, _ content: JSONValue, token: String) async throws -> HTTPTestResponse {
        try await server.http().ask("POST", "/v1/sessions", content, token: token, fields: Self.field("one"))
      }
      let first = try await make(a, ["agent": "script"], token: token)
      let again = try await make(b, ["agent": "script"], token: token)
      #expect(first.status == 201 && again.status == 201 && again.body == first.body)
      #expect(again["location"] == first["location"] && again["etag"] == first["etag"] && first["etag"] != nil)
      #expect(first["idempotency-replayed"] == nil && again["idempotency-replayed"] == "true")
      #expect(again["x-request-id"] != first["x-request-id"])
      let other = try await make(a, ["agent": "knowledge"], token: token)
      #expect(other.status == 422 && other.json["code"] == "conflict")
      let stranger = try await make(b, ["agent": "script"], token: Identity.random().token)
      #expect(stranger.status == 201 && stranger.json["id"] != first.json["id"])
      let listed = try await a.http().ask("GET", "/v1/sessions", token: token)
      #expect(listed.json["sessions"]?.array?.count == 1)
    }
  }

  @Test func ofManyAtOnceOneIsMade() async throws {
    try await TestServer.with { server in
      let token = Identity.random().token
      let answers = try await withThrowingTaskGroup(of: HTTPTestResponse.self) { group in
        for _ in 0..<10 {
          group.addTask {
            try await server.http().ask("POST", "/sessions/new", token: token, fields: Self.field("at-once"))
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.allSatisfy { [201, 409].contains($0.status) })
      for answer in answers where answer.status == 409 { #expect(answer["retry-after"] == "1") }
      #expect(Set(answers.filter { $0.status == 201 }.map(\.body)).count == 1)
      let listed = try await server.http().ask("GET", "/v1/sessions", token: token)
      #expect(listed.json["sessions"]?.array?.count == 1)
    }
  }

  @Test func aKeyIsToldAgainAndStandsNowhere() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let admin = try await server.token("admin", .admin)
      func make(_ name: String, _ content: JSONValue, _ path: String = "/v1/keys") async throws -> HTTPTestResponse {
        try await http.ask("POST", path, content, token: admin, fields: Self.field(name))
      }
      let content: JSONValue = ["name": "CRM", "scopes": ["chat"]]
      let first = try await make("k", content)
      let again = try await make("k", content)
      let text = try #require(first.json["key"]?.string)
      #expect(first.status == 201 && again.json["key"]?.string == text)
      #expect(try await make("l", content).json["key"]?.string != text)
      #expect(try await server.query("SELECT count(*) FROM api_keys").int(0, 0) == 2)
      let kept = try await server.query("SELECT route, answer, status::int8 FROM idempotency_keys ORDER BY begun_at")
      #expect(try kept.text(0, 0) == "POST /v1/keys" && kept.int(0, 2) == 201)
      #expect(try !kept.bytes(0, 1).contains(Array(text.utf8)))
      // What was refused has made nothing, and may be put right under the same name.
      #expect(try await make("m", ["name": "CRM", "scopes": []]).status == 400)
      #expect(try await make("m", content).status == 201)
      #expect(try await make("with blanks", content).status == 400)
      // The same name for something else is another one.
      #expect(try await make("k", ["name": "Shop"], "/v1/sites").status == 201)
      let site = try await make("k", ["name": "Shop"], "/v1/sites")
      #expect(site.status == 201 && site["location"] == "/v1/sites/\(site.json["key"]?.string ?? "")")
      #expect(try await server.query("SELECT count(*) FROM sites").int(0, 0) == 2)
    }
  }

  @Test func aUserRegistersOnce() async throws {
    try await TestServer.with { settings in
      settings.allowsRegistration = true
    } _: { server in
      let http = try await server.http()
      func register(_ password: String, fields: String) async throws -> HTTPTestResponse {
        try await http.ask(
          "POST", "/v1/auth/register", ["email": "ada@example.com", "password": .string(password)], fields: fields)
      }
      let first = try await register("a long enough secret", fields: Self.field("me"))
      let again = try await register("a long enough secret", fields: Self.field("me"))
      #expect(first.status == 201 && again.status == 201 && again.body == first.body)
      #expect(try await register("another long secret", fields: Self.field("me")).status == 422)
      #expect(try await register("a long enough secret", fields: "").status == 409)
    }
  }
}
