import JSONWire
import Log
import Postgres
import SkeinTestKit
import Testing

@testable import Store

/// Tokens of models: what was used, and who has used up what it may.
@Suite struct BudgetBookTests {
  private static let owners: [[UInt8]] = (1...3).map { Array(repeating: $0, count: 32) }

  @Test func serversAddUpWhatWasUsed() async throws {
    let fixture = try await StoreFixture()
    let book = BudgetBook(fixture.client)
    let site = fixture.directory.sites[0].id
    let (one, two, key) = (
      Spender(site: site, kind: .visitor, owner: Self.owners[0]),
      Spender(site: site, kind: .visitor, owner: Self.owners[1]), Spender(site: site, kind: .key, owner: Self.owners[2])
    )
    let whole = Spender(site: site, kind: .site, owner: [])
    // Two servers, several times.
    for _ in 0..<5 {
      for _ in 0..<2 {
        var usage = TokenUsage()
        usage.note(10, by: one, on: 20_000)
        usage.note(1, by: two, on: 20_000)
        usage.note(3, by: key, on: 20_000)
        usage.note(1000, by: one, on: 19_999)
        usage.note(0, by: two, on: 19_998)
        // What a site that is gone has used is nobody's.
        usage.note(7, by: Spender(site: 999, kind: .visitor, owner: Self.owners[0]), on: 20_000)
        try await book.add(usage)
      }
    }
    let spent: [(Budgets, Set<Spender>)] = [
      (Budgets(), []), (Budgets([.visitor: 100]), [one]), (Budgets([.visitor: 101]), []),
      (Budgets([.visitor: 10]), [one, two]), (Budgets([.key: 30, .visitor: 0]), [key]),
      (Budgets([.site: 140]), [whole]), (Budgets([.site: 141]), []),
    ]
    for (budgets, expected) in spent { #expect(try await book.spent(on: 20_000, budgets) == expected, "\(budgets)") }
    #expect(try await book.spent(on: 19_999, Budgets([.visitor: 100, .site: 100])) == [one, whole])
    #expect(try await book.spent(on: 19_998, Budgets([.visitor: 1])).isEmpty)
    // What the site says counts before that.
    var change = SiteChange()
    change.budgets = Budgets([.visitor: 0, .key: 30])
    let stored = try await SiteBook(fixture.client).update(Directory.firstKey, change)
    #expect(stored.budgets == change.budgets)
    #expect(try await book.spent(on: 20_000, Budgets([.visitor: 1, .site: 1, .key: 1000])) == [key, whole])
  }

  @Test func whatIsOldIsForgotten() async throws {
    let fixture = try await StoreFixture()
    let today = try await fixture.client.query("SELECT ((now() AT TIME ZONE 'UTC')::date - date '1970-01-01')::int8")
    let day = try today.int(0, 0)
    for age in [0, 30, 32, 400] as [Int64] {
      var usage = TokenUsage()
      usage.note(
        1, by: Spender(site: fixture.directory.sites[0].id, kind: .visitor, owner: Self.owners[0]), on: day - age)
      try await BudgetBook(fixture.client).add(usage)
    }
    _ = try await Housekeeping(fixture.client, log: Logger("test", level: .error)).round(Housekeeping.Rules(), now: 0)
    #expect(try await fixture.client.query("SELECT count(*) FROM token_usage").int(0, 0) == 4)
  }

  @Test(arguments: [
    "[]", "{\"site\":-1}", "{\"site\":1.5}", "{\"other\":1}", "{\"site\":\"1\"}", "{\"key\":1000000000001}", "null",
  ])
  func whatIsNoBudget(json: String) throws { #expect(Budgets(try JSONValue(parsing: Array(json.utf8))) == nil) }

  @Test func budgetsAreWrittenAsTheyAreRead() throws {
    let json = try JSONValue(parsing: Array("{\"site\":5,\"visitor\":null,\"key\":0}".utf8))
    let budgets = try #require(Budgets(json))
    #expect(budgets == Budgets([.site: 5, .key: 0]) && budgets.isLimiting && Budgets(budgets.json) == budgets)
    #expect(!Budgets([.key: 0]).isLimiting)
  }
}
