import Accounts
import HTTPWire
import JSONWire
import SkeinTestKit
import Store
import Testing

@testable import Server

/// What servers may do by their keys: what these are for, on every route, and nothing else.
@Suite struct KeyScopeTests {
  /// What each scope is good for beside talking; a route that stands nowhere here is no key's but a talker's.
  static let routes: [APIScope: Set<String>] = [
    .readSessions: [
      "GET /v1/sessions", "GET /v1/sessions/{id}", "GET /v1/sessions/{id}/messages", "GET /v1/sessions/{id}/export",
      "GET /v1/sessions/{id}/messages/{message}/results/{result}",
      "GET /v1/search", "GET /sessions", "GET /sessions/{id}/messages", "GET /api/v1/personal-assistant/sessions",
      "GET /api/v1/personal-assistant/sessions/{id}/messages",
    ],
    .writeSessions: [
      "PATCH /v1/sessions/{id}", "DELETE /v1/sessions/{id}", "DELETE /sessions/{id}",
      "DELETE /api/v1/personal-assistant/sessions/{id}",
    ],
    .readSites: ["GET /v1/sites", "GET /v1/sites/{key}", "GET /v1/sites/{key}/analytics", "GET /v1/analytics"],
    .writeSites: ["POST /v1/sites", "PATCH /v1/sites/{key}"],
    .readDocuments: ["GET /v1/sites/{key}/documents", "GET /v1/sites/{key}/documents/{document}"],
    .writeDocuments: [
      "POST /v1/sites/{key}/documents", "PUT /v1/sites/{key}/documents",
      "DELETE /v1/sites/{key}/documents/{document}",
    ],
    .readAudit: ["GET /v1/audit"],
  ]

  @Test func theTableSaysWhatKeysAreFor() {
    for (scope, names) in Self.routes {
      let found = RouteTable.shared.routes.filter { $0.access.scopes.contains(scope) }
      #expect(Set(found.map { "\($0.method.name) \($0.path)" }) == names, "\(scope.rawValue)")
    }
    #expect(Set(Self.routes.keys) == Set(APIScope.allCases).subtracting([.chat]))
  }

  /// Every route, with a key of each scope.
  @Test func aKeyDoesWhatItIsForAndNothingElse() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      for scope in APIScope.allCases {
        let key = try await server.key([scope])
        for route in RouteTable.shared.routes {
          if case .open = route.access { continue }
          let isMeant = route.access.scopes.contains(scope)
          // A stream that is let in does not end: it is asked for under a name that no session has.
          let session = isMeant && route.path.hasSuffix("/stream") ? "short" : Identity.random().session
          let target = route.path.replacing("{id}", with: session).replacing("{agent}", with: "script")
            .replacing("{key}", with: "default").replacing("{prefix}", with: "sk_nothing")
          let content: JSONValue? = route.content == .json ? [:] : nil
          let answer = try await http.ask(route.method.name, target, content, token: key)
          let what = "\(route.method.name) \(route.path) by \(scope.rawValue): \(answer.status)"
          if isMeant {
            #expect(answer.status != 401 && answer.status != 403 && answer.status < 500, "\(what)")
          } else {
            #expect(answer.status == 403 && answer.json["code"] == "forbidden", "\(what)")
          }
        }
        let socket = try await server.refusal(key)
        #expect((socket == nil) == (scope == .chat), "\(scope.rawValue): \(socket ?? "welcome")")
      }
    }
  }

  @Test func sessionsOfOthersAreChangedByKeysForThat() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let visitor = Identity.random()
      let made = try await http.ask(
        "POST", "/v1/sessions", ["id": .string(visitor.session), "agent": "script"], token: visitor.token)
      #expect(made.status == 201)
      let path = "/v1/sessions/\(visitor.session)"
      let (talker, reader) = (try await server.key([.chat]), try await server.key([.chat, .readSessions]))
      let writer = try await server.key([.writeSessions])
      // One that only talks has its own; one that reads changes nothing.
      for (key, status) in [(talker, 404), (reader, 404), (writer, 200)] {
        #expect(try await http.ask("PATCH", path, ["title": "Noted"], token: key).status == status)
      }
      #expect(try await http.ask("GET", path, token: talker).status == 404)
      #expect(try await http.ask("GET", path, token: writer).status == 403)
      #expect(try await http.ask("GET", path, token: reader).json["title"] == "Noted")
      // What another site's visitors have said is not there.
      let other = try await server.secondSite()
      let foreign = Identity.random()
      let query = "?site=\(other)"
      #expect(
        try await http.ask(
          "POST", "/v1/sessions\(query)", ["id": .string(foreign.session), "agent": "script"], token: foreign.token
        ).status == 201)
      let bound = try await server.key([.writeSessions, .readSessions], site: "default")
      #expect(try await http.ask("DELETE", "/v1/sessions/\(foreign.session)", token: bound).status == 404)
      #expect(try await http.ask("DELETE", "/v1/sessions/\(foreign.session)\(query)", token: bound).status == 401)
      #expect(try await http.ask("DELETE", "/v1/sessions/\(foreign.session)\(query)", token: writer).status == 204)
      #expect(try await http.ask("DELETE", path, token: bound).status == 204)
      #expect(try await http.ask("GET", path, token: visitor.token).status == 404)
    }
  }
}

extension TestServer {
  /// A key that the server knows.
  func key(_ scopes: Set<APIScope>, site: String? = nil) async throws -> String {
    let key = try await database {
      try await KeyBook($0, by: .command).issue(name: "Test", site: site, scopes: scopes).key.text
    }
    let http = try await http()
    let isKnown = try await notices {
      try await http.ask("GET", "/v1/sessions" + (site.map { "?site=\($0)" } ?? ""), token: key).status != 401
    }
    guard isKnown else { throw TestClientError.unexpected("the key is not known") }
    return key
  }

  /// What a `hello` on the first site is refused by; nil for a welcome.
  func refusal(_ token: String) async throws -> String? {
    let client = try await connect()
    let refusal = try await client.refusal(Identity(session: Identity.random().session, token: token))
    await client.drop()
    return refusal
  }
}
