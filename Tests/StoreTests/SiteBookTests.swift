import Accounts
import Postgres
import SkeinTestKit
import Testing

@testable import Store

/// Sites, as they may be.
@Suite struct SiteBookTests {
  private static func change(_ identity: IdentityMode?, _ bareIDs: BareIDs?) -> SiteChange {
    var change = SiteChange()
    (change.name, change.identity, change.bareIDs) = ("Shop", identity, bareIDs)
    return change
  }

  /// Where everybody has to be vouched for, a session's id opens nothing: in whatever order it is asked for.
  @Test(arguments: [BareIDs.loopback, .all])
  func requiredIdentityTakesNoBareIDs(bareIDs: BareIDs) async throws {
    let fixture = try await StoreFixture()
    let book = SiteBook(fixture.client)
    await #expect(throws: SiteError.namesNobody) { try await book.create(Self.change(.required, bareIDs)) }
    let strict = try await book.create(Self.change(.required, nil))
    await #expect(throws: SiteError.namesNobody) { try await book.update(strict.key, Self.change(nil, bareIDs)) }
    let open = try await book.create(Self.change(.signed, bareIDs))
    await #expect(throws: SiteError.namesNobody) { try await book.update(open.key, Self.change(.required, nil)) }
    #expect(try await book.site(strict.key).bareIDs == .off)
    #expect(try await book.site(open.key).identity == .signed)
    let changed = try await book.update(open.key, Self.change(.required, .off))
    #expect(changed.identity == .required && changed.bareIDs == .off)
    // Nor by SQL.
    let sql = PostgresStatement("UPDATE sites SET bare_ids = 'all' WHERE identity_mode = 'required'", prepared: false)
    let refusal = await #expect(throws: PostgresError.self) { try await fixture.client.query(sql) }
    #expect(refusal?.constraint == "sites_name_everybody")
  }
}
