import Accounts
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

@testable import Server

/// `/v1/users`: who keeps whom.
@Suite struct UserRoutesTests {
  private static func content(_ name: String, _ role: UserRole? = nil) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("email", .string("\(name)@example.com")), ("password", "a long enough secret"), ("name", .string(name)),
    ]
    if let role { members.append(("role", .string(role.rawValue))) }
    return .object(members)
  }

  @Test func anAdminKeepsMembersAndOperatorsAndAnOwnerAll() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let keepers = [
        (UserRole.admin, try await server.token("admin", .admin)),
        (.owner, try await server.token("owner", .owner)),
      ]
      for (keeper, token) in keepers {
        for role in UserRole.allCases {
          let may = keeper == .owner || role <= .operates
          let what = "\(role) by \(keeper)"
          let made = try await http.ask("POST", "/v1/users", Self.content("\(keeper)-\(role)", role), token: token)
          #expect(made.status == (may ? 201 : 403), "\(what)")
          let user = try await server.users {
            try await $0.create(
              email: "kept-\(keeper)-\(role)@example.com", password: "a long enough secret", role: role)
          }
          let path = "/v1/users/\(user.id)"
          #expect(try await http.ask("GET", path, token: token).status == 200)
          let named = try await http.ask("PATCH", path, ["name": "Named"], token: token)
          #expect(named.status == (may ? 200 : 403), "\(what)")
          // Nobody is made more than its keeper keeps.
          let raised = try await http.ask("PATCH", path, ["role": "owner"], token: token)
          #expect(raised.status == (keeper == .owner ? 200 : 403), "\(what)")
          #expect(try await http.ask("DELETE", "\(path)/data", token: token).status == (may ? 200 : 403), "\(what)")
          #expect(try await http.ask("DELETE", path, token: token).status == (may ? 204 : 403), "\(what)")
          #expect(try await http.ask("GET", path, token: token).status == (may ? 404 : 200), "\(what)")
        }
      }
      // An admin of one site keeps nobody.
      let local = try await server.token("local", .member, on: [("default", .owner)])
      for (method, path) in [("GET", "/v1/users"), ("GET", "/v1/users/1"), ("DELETE", "/v1/users/1")] {
        #expect(try await http.ask(method, path, token: local).status == 403)
      }
      #expect(try await http.ask("DELETE", "/v1/users/1/data", token: local).status == 404)
    }
  }

  @Test func rolesOnSitesAreGivenAndTaken() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let keepers = [
        (UserRole.admin, try await server.token("admin", .admin)),
        (.owner, try await server.token("owner", .owner)),
      ]
      let user = try await server.users { try await $0.create(email: "kept@example.com", password: "a long secret 1") }
      let path = "/v1/users/\(user.id)"
      func role() async throws -> String? {
        let sites = try await http.ask("GET", path, token: keepers[0].1).json["sites"]?.array ?? []
        #expect(sites.allSatisfy { $0["key"]?.string == "default" })
        return sites.first?["role"]?.string
      }
      for (keeper, token) in keepers {
        for given in UserRole.allCases {
          let may = keeper == .owner || given <= .operates
          let change: JSONValue = ["role": .string(given.rawValue)]
          let answer = try await http.ask("PUT", "\(path)/sites/default", change, token: token)
          #expect(answer.status == (may ? 204 : 403), "\(given) by \(keeper)")
          #expect(try await role() == (may ? given.rawValue : nil), "\(given) by \(keeper)")
          #expect(try await http.ask("DELETE", "\(path)/sites/default", token: token).status == 204)
          #expect(try await role() == nil)
        }
        #expect(try await http.ask("PUT", "\(path)/sites/none", ["role": "member"], token: token).status == 404)
        #expect(try await http.ask("PUT", "/v1/users/0/sites/default", ["role": "member"], token: token).status == 404)
        for content: JSONValue in [[:], ["role": "king"], ["role": .null]] {
          #expect(try await http.ask("PUT", "\(path)/sites/default", content, token: token).status == 400)
        }
      }
      // Who keeps one site keeps no users, not even there.
      let local = try await server.token("local", .member, on: [("default", .owner)])
      #expect(try await http.ask("PUT", "\(path)/sites/default", ["role": "member"], token: local).status == 403)
      #expect(try await http.ask("DELETE", "\(path)/sites/default", token: local).status == 403)
      #expect(try await role() == nil)
    }
  }

  @Test func theLastOwnerStays() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let token = try await server.token("owner", .owner)
      let me = try #require(try await http.ask("GET", "/v1/me", token: token).json["user"]?["id"]?.int)
      for change: JSONValue in [["role": "admin"], ["disabled": true]] {
        #expect(try await http.ask("PATCH", "/v1/users/\(me)", change, token: token).status == 409)
      }
      #expect(try await http.ask("DELETE", "/v1/users/\(me)", token: token).status == 409)
      #expect(try await http.ask("GET", "/v1/me", token: token).status == 200)
    }
  }

  @Test func whoIsDisabledOrDeletedIsRefused() async throws {
    try await withTwoNodes { a, b in
      let admin = try await a.token("admin", .admin)
      let (http, there) = (try await a.http(), try await b.http())
      for (name, method, change) in [
        ("disabled", "PATCH", ["disabled": true] as JSONValue), ("deleted", "DELETE", nil as JSONValue?),
      ] {
        let made = try await http.ask("POST", "/v1/users", Self.content(name), token: admin)
        let id = try #require(made.json["id"]?.int)
        #expect(made["location"] == "/v1/users/\(id)" && made.json["disabled"] == false)
        let logIn: JSONValue = ["email": .string("\(name)@example.com"), "password": "a long enough secret"]
        let tokens = try await there.ask("POST", "/v1/auth/log-in", logIn)
        let token = try #require(tokens.json["access_token"]?.string)
        #expect(try await there.ask("GET", "/v1/me", token: token).status == 200)
        #expect([200, 204].contains(try await http.ask(method, "/v1/users/\(id)", change, token: admin).status))
        #expect(try await b.notices { try await there.ask("GET", "/v1/me", token: token).status == 401 }, "\(name)")
        #expect(try await there.ask("POST", "/v1/auth/log-in", logIn).status == 401)
        let refresh = tokens.json["refresh_token"] ?? .null
        #expect(try await there.ask("POST", "/v1/auth/refresh", ["refresh_token": refresh]).status == 401)
      }
    }
  }

  @Test func theyAreListedInPages() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let admin = try await server.token("admin", .admin)
      for number in 0..<4 {
        _ = try await server.users { try await $0.create(email: "u\(number)@example.com", password: "a long secret 1") }
      }
      var (ids, cursor, pages) = ([Int64](), "" as String?, 0)
      while let place = cursor {
        let page = try await http.ask(
          "GET", "/v1/users?limit=2" + (place.isEmpty ? "" : "&cursor=\(place)"), token: admin)
        ids += (page.json["users"]?.array ?? []).compactMap { $0["id"]?.int }
        cursor = page.json["next"]?.string
        pages += 1
      }
      #expect(ids.count == 5 && ids == ids.sorted() && pages == 3)
      for query in ["limit=0", "cursor=x", "limit=1001"] {
        #expect(try await http.ask("GET", "/v1/users?\(query)", token: admin).status == 400)
      }
      let bad: [JSONValue] = [
        [:], ["email": "a@example.com"], ["email": "none", "password": "a long enough secret"],
        ["email": "a@example.com", "password": "short"],
        ["email": "a@example.com", "password": "a long secret 1", "role": "king"],
      ]
      for content in bad { #expect(try await http.ask("POST", "/v1/users", content, token: admin).status == 400) }
      let taken: JSONValue = ["email": "U0@example.com", "password": "a long enough secret"]
      #expect(try await http.ask("POST", "/v1/users", taken, token: admin).status == 409)
      for id in ["0", "x", "999999", "-1"] {
        #expect(try await http.ask("GET", "/v1/users/\(id)", token: admin).status == 404)
      }
    }
  }

  /// Everything that a user has said, on all sites, and nothing of anybody else.
  @Test func aUsersDataGoesOnEverySite() async throws {
    try await TestServer.with { server in
      let http = try await server.http()
      let other = try await server.secondSite()
      let people = [
        (try await server.token("ada", .member), 0), (try await server.token("bob", .member), 2),
      ]
      for (token, _) in people {
        for site in ["default", other] {
          let made = try await http.ask("POST", "/v1/sessions?site=\(site)", ["agent": "script"], token: token)
          #expect(made.status == 201)
        }
      }
      let gone = try await http.ask("DELETE", "/v1/users/me/data", token: people[0].0)
      #expect(gone.status == 200 && gone.json["sessions"]?.int == 2)
      for (token, count) in people {
        var found = 0
        for site in ["default", other] {
          found +=
            try await http.ask("GET", "/v1/sessions?site=\(site)", token: token).json["sessions"]?.array?.count ?? 0
        }
        #expect(found == count)
      }
      let rows = try await server.query("SELECT count(*) FROM sessions WHERE deleted_at IS NOT NULL")
      #expect(try rows.int(0, 0) == 0)
    }
  }
}
