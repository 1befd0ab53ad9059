import Accounts
import HTTPWire
import JSONWire
import Postgres
import SkeinTestKit
import Store
import Testing

@testable import Server

/// `/v1/keys`, `/v1/sites` and `/v1/audit`: who may do what, where.
@Suite struct AccountRoutesTests {
  private static func withSites(
    _ body: (TestServer, HTTPTestClient, (shop: String, bank: String)) async throws -> Void
  ) async throws {
    try await TestServer.with { server in
      let keys = try await server.sites { book in
        var names: [String] = []
        for name in ["Shop", "Bank"] {
          var site = SiteChange()
          site.name = name
          site.secret = "the secret of this site's own server"
          names.append(try await book.create(site).key)
        }
        return names
      }
      try await body(server, try await server.http(), (keys[0], keys[1]))
    }
  }

  /// Every route of the table, by everybody: only who may is not told 401, 403 or 404.
  @Test func theTableOfPermissionsHolds() async throws {
    try await Self.withSites { server, http, sites in
      let people: [(name: String, token: String?, role: UserRole?)] = [
        ("nobody", nil, nil), ("visitor", Identity.token(), nil),
        ("member", try await server.token("member", .member), .member),
        ("operator", try await server.token("operator", .operates), .operates),
        ("admin", try await server.token("admin", .admin), .admin),
        ("owner", try await server.token("owner", .owner), .owner),
      ]
      for route in RouteTable.shared.routes {
        guard case .account(let permission) = route.access else { continue }
        let target = route.path.replacing("{key}", with: sites.shop).replacing("{prefix}", with: "sk_nothing")
          .replacing("{id}", with: "999999")
        for person in people {
          let content: JSONValue? = route.content == .json ? [:] : nil
          let status = try await http.ask(route.method.name, target, content, token: person.token).status
          let expected: [Int] =
            switch person.role {
            case nil: [401]
            case let role? where role < permission.role: [403]
            // A key's content is looked at, and one that is not there looked for.
            default: [200, 400, 404]
            }
          #expect(expected.contains(status), "\(route.method.name) \(route.path) by \(person.name): \(status)")
        }
      }
    }
  }

  @Test func aSitesAdminKeepsThatSiteAlone() async throws {
    try await Self.withSites { server, http, sites in
      let admin = try await server.token("admin", .member, on: [(sites.shop, .admin)])
      let listed = try await http.ask("GET", "/v1/sites", token: admin)
      #expect(listed.json["sites"]?.array?.compactMap { $0["key"]?.string } == [sites.shop])
      #expect(!listed.text.contains("the secret"))
      // Another's site looks as one that is not there.
      let foreign = try await http.ask("GET", "/v1/sites/\(sites.bank)", token: admin)
      let missing = try await http.ask("GET", "/v1/sites/site_nothing", token: admin)
      #expect(foreign.status == 404 && foreign.body == missing.body)
      let change: JSONValue = ["greeting": "Hello"]
      #expect(try await http.ask("PATCH", "/v1/sites/\(sites.bank)", change, token: admin).status == 404)
      let changed = try await http.ask("PATCH", "/v1/sites/\(sites.shop)", change, token: admin)
      #expect(changed.status == 200 && changed.json["greeting"] == "Hello")
      // Its keys are good for that site.
      let key = { (site: JSONValue) in
        try await http.ask(
          "POST", "/v1/keys", ["name": "CRM", "scopes": ["sites:read"], "site": site], token: admin)
      }
      #expect(try await key(nil).status == 403)
      #expect(try await key(.string(sites.bank)).status == 400)
      let made = try await key(.string(sites.shop))
      #expect(made.status == 201 && made.json["record"]?["site"]?.string == sites.shop)
      let text = try #require(made.json["key"]?.string)
      let seen = try await Self.eventually { try await http.ask("GET", "/v1/sites", token: text) }
      #expect(seen.json["sites"]?.array?.compactMap { $0["key"]?.string } == [sites.shop])
      #expect(try await http.ask("GET", "/v1/audit", token: text).status == 403)
      #expect(try await http.ask("GET", "/v1/keys", token: text).status == 403)
      #expect(try await http.ask("GET", "/v1/me", token: text).status == 403)
      // Others' keys are nobody's business.
      let global = try await server.database {
        try await KeyBook($0, by: .command).issue(name: "All", scopes: [.chat]).record
      }
      let keys = try await http.ask("GET", "/v1/keys", token: admin)
      #expect(keys.json["keys"]?.array?.compactMap { $0["site"]?.string } == [sites.shop])
      #expect(!keys.text.contains(text))
      #expect(try await http.ask("DELETE", "/v1/keys/\(global.prefix)", token: admin).status == 404)
      let own = try #require(made.json["record"]?["prefix"]?.string)
      #expect(try await http.ask("DELETE", "/v1/keys/\(own)", token: admin).status == 204)
      #expect(try await http.ask("DELETE", "/v1/keys/\(own)", token: admin).status == 404)
      // What was done on its site, and nothing else.
      let audit = try await http.ask("GET", "/v1/audit", token: admin)
      let entries = try #require(audit.json["entries"]?.array)
      #expect(entries.allSatisfy { $0["site"]?.string == sites.shop })
      #expect(
        entries.compactMap { $0["action"]?.string }
          == ["key.revoked", "key.created", "site.changed", "user.membership_changed", "site.created"])
    }
  }

  @Test func aSiteIsChangedByWhoHasSeenIt() async throws {
    try await Self.withSites { server, http, sites in
      let admin = try await server.token("admin", .admin)
      let seen = try await http.ask("GET", "/v1/sites/\(sites.shop)", token: admin)
      let tag = try #require(seen["etag"])
      #expect(
        try await http.ask("GET", "/v1/sites/\(sites.shop)", token: admin, fields: "If-None-Match: \(tag)\r\n").status
          == 304)
      let change: JSONValue = [
        "name": "New name", "origins": ["https://shop.example"], "missing_origin": true, "languages": ["en", "de"],
        "greeting": "", "suggestions": ["Where?"], "theme": ["accent": "#123456"], "identity": "signed",
        "identity_issuer": "https://shop.example", "retention_days": 30, "bare_ids": "off", "disabled": false,
      ]
      let changed = try await http.ask(
        "PATCH", "/v1/sites/\(sites.shop)", change, token: admin, fields: "If-Match: \(tag)\r\n")
      #expect(changed.status == 200 && changed["etag"] != tag)
      for (name, value) in change.object?.members ?? [] { #expect(changed.json[name] == value, "\(name)") }
      let late = try await http.ask(
        "PATCH", "/v1/sites/\(sites.shop)", ["name": "Too late"], token: admin, fields: "If-Match: \(tag)\r\n")
      #expect(late.status == 412)
      let cleared = try await http.ask(
        "PATCH", "/v1/sites/\(sites.shop)",
        ["identity_secret": nil, "identity_issuer": nil, "retention_days": nil], token: admin)
      #expect(cleared.json["has_identity_secret"] == false && cleared.json["retention_days"] == .null)
      #expect(cleared.json["identity_issuer"] == .null && cleared.json["name"] == "New name")
    }
  }

  static let malformed: [JSONValue] = [
    [], ["name": ""], ["name": 1], ["name": "a\u{0}"], ["origins": "x"], ["origins": ["nonsense"]],
    ["origins": [1]], ["missing_origin": "yes"], ["theme": []], ["theme": ["a": "\u{0}"]], ["theme": ["\u{0}": 1]],
    ["theme": ["a": .string(String(repeating: "x", count: 20_000))]], ["identity": "other"],
    ["identity_secret": "short"], ["identity_keys": ["keys": []]], ["identity_keys": 1], ["retention_days": 0],
    ["retention_days": 1.5], ["disabled": 1], ["bare_ids": "some"], ["agent": "nobody"], ["agent": ""],
    ["greeting": nil], ["name": nil], ["agent": nil], ["disabled": nil], ["theme": nil], ["languages": nil],
    ["identity": nil], ["origins": nil], ["languages": ["\u{0}"]],
    ["suggestions": [.string(String(repeating: "x", count: 201))]],
  ]

  @Test func whatASiteCantBeIsRefused() async throws {
    try await Self.withSites { server, http, sites in
      let admin = try await server.token("admin", .admin)
      let before = try await http.ask("GET", "/v1/sites/\(sites.shop)", token: admin)
      for change in Self.malformed {
        let answer = try await http.ask("PATCH", "/v1/sites/\(sites.shop)", change, token: admin)
        #expect(answer.status == 400, "\(change)")
      }
      let nameless = try await http.ask(
        "PATCH", "/v1/sites/\(sites.shop)", ["identity": "required", "bare_ids": "all"], token: admin)
      #expect(nameless.status == 400 && nameless.json["detail"]?.string?.contains("bare_ids") == true)
      let after = try await http.ask("GET", "/v1/sites/\(sites.shop)", token: admin)
      #expect(after.body == before.body)
    }
  }

  @Test func theRecordIsReadInPages() async throws {
    try await Self.withSites { server, http, _ in
      let admin = try await server.token("admin", .admin)
      let whole = try await http.ask("GET", "/v1/audit", token: admin)
      let ids = try #require(whole.json["entries"]?.array).compactMap { $0["id"]?.int }
      #expect(ids.count >= 4 && ids == ids.sorted(by: >) && whole.json["before"] == .null)
      var (paged, before): ([Int64], String?) = ([], "")
      while let cursor = before {
        let page = try await http.ask(
          "GET", "/v1/audit?limit=1" + (cursor.isEmpty ? "" : "&before=\(cursor)"), token: admin)
        paged += (page.json["entries"]?.array ?? []).compactMap { $0["id"]?.int }
        before = page.json["before"]?.string
      }
      #expect(paged == ids)
      for query in ["limit=0", "limit=x", "before=x", "before=-1", "limit=1001"] {
        #expect(try await http.ask("GET", "/v1/audit?\(query)", token: admin).status == 400)
      }
    }
  }

  /// Until the server has noticed a new key.
  private static func eventually(_ ask: () async throws -> HTTPTestResponse) async throws -> HTTPTestResponse {
    var answer = try await ask()
    _ = try await comesTrue {
      if answer.status != 401 { return true }
      answer = try await ask()
      return false
    }
    return answer
  }
}
