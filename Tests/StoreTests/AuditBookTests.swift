import Accounts
import JSONWire
import Postgres
import Testing

@testable import Store

@Suite struct AuditBookTests {
  @Test func rowsAreAddedAndNeverChanged() async throws {
    let fixture = try await IdentityFixture()
    let book = AuditBook(fixture.client)
    let site = try #require(fixture.directory.site("shop")).id
    try await book.record(
      .exported, target: "session:s1", site: site, details: JSONObject([("messages", 7)]),
      by: AuditOrigin(.visitor(5), address: "2001:db8::1", request: "r9"))
    try await book.record(.deleted, by: AuditOrigin(.server))
    for attempt in [
      "UPDATE audit SET action = 'nothing'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 1", "TRUNCATE audit",
    ] {
      await #expect(throws: PostgresError.self, "\(attempt)") {
        try await fixture.client.query(PostgresStatement(attempt, prepared: false))
      }
    }
    let rows = try await book.list(limit: 10)
    #expect(rows.map(\.action) == ["data.deleted", "data.exported"])
    let row = try #require(rows.last)
    #expect(
      [row.actorKind, row.actor, row.target, row.site, row.address, row.request] == [
        "visitor", "5", "session:s1", "shop", "2001:db8::1", "r9",
      ])
    #expect(try JSONValue(parsing: row.details) == ["messages": 7])
    // By pages, and by sites.
    #expect(try await book.list(limit: 1).map(\.id) == [rows[0].id])
    #expect(try await book.list(before: rows[0].id, limit: 10).map(\.id) == [rows[1].id])
    #expect(try await book.list(sites: [site], limit: 10).map(\.id) == [rows[1].id])
    #expect(try await book.list(sites: [], limit: 10).isEmpty)
  }

  @Test func sitesAreNotedWithTheirChange() async throws {
    let fixture = try await IdentityFixture()
    let book = SiteBook(fixture.client, by: AuditOrigin(.user(3)))
    var site = SiteChange()
    site.name = "New"
    site.secret = String(repeating: "s3cret", count: 8)
    let record = try await book.create(site)
    #expect(record.hasSecret && record.keySet == nil)
    var change = SiteChange()
    change.identity = .signed
    change.issuer = "https://shop.example"
    #expect(try await book.update(record.key, change).issuer == "https://shop.example")
    let served = try #require(try await fixture.directory.renewed(from: fixture.client)?.site(record.key))
    #expect(served.identity.mode == .signed)
    change = SiteChange()
    change.secret = ""
    let without = try await book.update(record.key, change)
    #expect(!without.hasSecret && without.issuer == "https://shop.example")
    let noted = try await fixture.noted()
    #expect(noted.map(\.action) == ["site.created", "site.changed", "site.changed"])
    #expect(noted.allSatisfy { $0.site == record.key && $0.target == "site:\(record.key)" && $0.actor == "3" })
    #expect(try JSONValue(parsing: noted[1].details) == ["changed": ["identity", "issuer"]])
    #expect(try await !fixture.everything(in: ["audit"]).contains("s3cret"))
  }

  @Test(
    arguments: [
      ("short", nil), (nil, "[]"), (nil, "{\"keys\":[]}"),
      (nil, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}"),
    ] as [(String?, String?)])
  func keysThatCantBeUsedAreRefused(_ secret: String?, _ keySet: String?) async throws {
    let fixture = try await IdentityFixture()
    var change = SiteChange()
    (change.secret, change.keySet) = (secret, keySet)
    let failure = try await thrown(SiteError.self) {
      _ = try await SiteBook(fixture.client).update("shop", change)
    }
    guard case .badKeys? = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(try await fixture.noted().isEmpty)
  }
}
