import Accounts
import Postgres
import Testing

@testable import Store

@Suite struct KeyBookTests {
  private static let now = IdentityFixture.now

  @Test func aKeyIsGoodUntilItIsRevoked() async throws {
    let fixture = try await IdentityFixture()
    let (key, record) = try await fixture.keys().issue(name: "CRM", scopes: [.chat, .readSessions])
    #expect(record.prefix == key.shown && record.scopes == ["chat", "sessions:read"] && record.site == nil)
    let before = try await fixture.credentials()
    let bearer = try before.bearer(of: key.text, now: Self.now)
    guard case .key(let grant) = bearer.kind else {
      Issue.record("no key")
      return
    }
    #expect(grant.scopes == [.chat, .readSessions] && grant.id == record.id)
    #expect(throws: CredentialError.refused("this key is not valid")) {
      try before.bearer(of: APIKey.random().text, now: Self.now)
    }
    try await KeyBook.noteUse(of: [record.id], fixture.client)
    let used = try #require(try await fixture.keys().list().first)
    #expect(used.lastUsedAt != nil && used.revokedAt == nil)
    // That it was used concerns nobody's snapshot.
    #expect(try await fixture.credentials().version == before.version)
    #expect(try await fixture.keys().revoke(record.prefix).revokedAt != nil)
    let after = try await fixture.credentials()
    #expect(after.version > before.version && after.isTakenBack(bearer) && !before.isTakenBack(bearer))
    #expect(throws: CredentialError.refused("this key is not valid")) {
      try after.bearer(of: key.text, now: Self.now)
    }
    #expect(
      try await thrown(KeyError.self) { _ = try await fixture.keys().revoke(record.prefix) }
        == .noSuchKey(record.prefix))
    #expect(try await fixture.noted().map(\.action) == ["key.created", "key.revoked"])
    #expect(try await !fixture.everything(in: ["api_keys", "audit"]).contains(key.text))
  }

  @Test func aKeyOfASiteIsGoodThereAlone() async throws {
    let fixture = try await IdentityFixture()
    let (key, record) = try await fixture.keys().issue(name: "Shop", site: "shop", scopes: [.chat], lifetime: 3600)
    #expect(record.site == "shop" && record.expiresAt != nil)
    let directory = try #require(try await fixture.directory.renewed(from: fixture.client))
    let (shop, bank) = (try #require(directory.site("shop")), try #require(directory.site("bank")))
    // The database gave it an hour from its own present.
    let now = (record.createdAt / 1000)
    let on = { (site: Directory.Site, now: Int64) in
      try directory.credentials.bearer(of: key.text, on: (site.id, site.identity), now: now)
    }
    #expect(try on(shop, now).owner.count == 32)
    #expect(throws: CredentialError.refused("this key is not valid")) { try on(bank, now) }
    #expect(throws: CredentialError.expired) { try on(shop, now + 3601) }
    #expect(try await fixture.keys().list(sites: [shop.id]).map(\.prefix) == [record.prefix])
    #expect(try await fixture.keys().list(sites: [bank.id]).isEmpty)
    #expect(
      try await thrown(KeyError.self) { _ = try await fixture.keys().revoke(record.prefix, sites: [bank.id]) }
        == .noSuchKey(record.prefix))
    _ = try await fixture.keys().revoke(record.prefix, sites: [shop.id])
  }

  @Test func refusesWhatIsNoKey() async throws {
    let book = try await IdentityFixture().keys()
    let refusal = { (name: String, site: String?, scopes: Set<APIScope>, lifetime: Int64?) in
      try await thrown(KeyError.self) {
        _ = try await book.issue(name: name, site: site, scopes: scopes, lifetime: lifetime)
      }
    }
    #expect(try await refusal("", nil, [.chat], nil) == .badName)
    #expect(try await refusal("a", nil, [], nil) == .noScope)
    #expect(try await refusal("a", "none", [.chat], nil) == .noSuchSite("none"))
    #expect(try await refusal("a", nil, [.chat], 0) == .badLifetime)
    #expect(try await book.list().isEmpty)
  }
}
