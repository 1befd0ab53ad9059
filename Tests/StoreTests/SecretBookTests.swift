import Accounts
import Postgres
import Sealing
import Testing

@testable import Store

/// Secrets in the database: sealed where there is a key, sealed later where there was none, renewed, and lost.
@Suite struct SecretBookTests {
  private static let first = "v1:" + String(repeating: "A", count: 43)
  private static let second = "v2:" + String(repeating: "B", count: 42) + "A"

  private static func sealer(_ text: String) throws -> Sealer { Sealer(try SealingKeys(text)) }

  /// A signing key and a site's secret, made with a sealer or without one.
  private static func fill(_ fixture: StoreFixture, _ sealer: Sealer?) async throws {
    try await SigningKeyBook(fixture.client, sealer: sealer).keepUp(KeyRing(), now: 1_700_000_000)
    var change = SiteChange()
    change.name = "Shop"
    change.identity = .signed
    change.secret = secret
    _ = try await SiteBook(fixture.client, sealer: sealer).create(change)
  }

  private static let secret = "a secret of more than thirty-two bytes"

  /// How many secrets lie clear, and how many sealed.
  private static func counts(_ fixture: StoreFixture) async throws -> [Int64] {
    let rows = try await fixture.client.query(
      """
      SELECT (SELECT count(seed) FROM signing_keys) + (SELECT count(secret) FROM site_identities),
        (SELECT count(sealed_seed) FROM signing_keys) + (SELECT count(sealed_secret) FROM site_identities)
      """)
    return [try rows.int(0, 0), try rows.int(0, 1)]
  }

  @Test func theyAreSealedAndUsedAsBefore() async throws {
    let (fixture, sealer) = (try await StoreFixture(), try Self.sealer(Self.first))
    try await Self.fill(fixture, sealer)
    #expect(try await Self.counts(fixture) == [0, 2])
    let directory = try await Directory.load(from: fixture.client, builtIn: [], sealer: sealer)
    #expect(directory.complaints == [])
    #expect(!directory.credentials.ring.needsKey(now: 1_700_000_000))
    #expect(try await SiteBook(fixture.client).list().count { $0.hasSecret } == 1)
    // Without the key, or with another, they are not there, and that is told.
    for other in [nil, try Self.sealer("v1:" + String(repeating: "C", count: 42) + "A")] {
      let directory = try await Directory.load(from: fixture.client, builtIn: [], sealer: other)
      #expect(directory.complaints.count == 1)
      #expect(directory.credentials.ring.needsKey(now: 1_700_000_000))
    }
  }

  @Test func whatLiesClearIsSealed() async throws {
    let (fixture, sealer) = (try await StoreFixture(), try Self.sealer(Self.first))
    try await Self.fill(fixture, nil)
    #expect(try await Self.counts(fixture) == [2, 0])
    let before = try await Directory.load(from: fixture.client, builtIn: [])
    let tallies = try await withThrowingTaskGroup(of: SecretBook.Tally.self) { group in
      for _ in 0..<4 { group.addTask { try await SecretBook(fixture.client, sealer).sealClear() } }
      return try await group.reduce(into: [SecretBook.Tally]()) { $0.append($1) }
    }
    #expect(tallies.map(\.sealed).reduce(0, +) == 2)
    #expect(try await Self.counts(fixture) == [0, 2])
    // The key is the same as it was, and servers notice that something has changed.
    let after = try await Directory.load(from: fixture.client, builtIn: [], sealer: sealer)
    #expect(after.credentials.version > before.credentials.version && after.version > before.version)
    #expect(after.complaints == [] && !after.credentials.ring.needsKey(now: 1_700_000_000))
    #expect(try await SecretBook.holdsSealed(fixture.client))
  }

  @Test func aNewVersionTakesAllOver() async throws {
    let (fixture, old) = (try await StoreFixture(), try Self.sealer(Self.first))
    try await Self.fill(fixture, old)
    let both = SecretBook(fixture.client, try Self.sealer("\(Self.second),\(Self.first)"))
    #expect(try await both.renew() == SecretBook.Tally(renewed: 2))
    #expect(try await both.renew() == SecretBook.Tally(current: 2))
    // The old version opens nothing any more.
    #expect(try await SecretBook(fixture.client, old).check() == SecretBook.Tally(lost: 2))
    let new = try Self.sealer(Self.second)
    #expect(try await Directory.load(from: fixture.client, builtIn: [], sealer: new).complaints == [])
    let other = SecretBook(fixture.client, try Self.sealer("v3:" + String(repeating: "C", count: 42) + "A"))
    #expect(try await other.renew(forgetsLost: true) == SecretBook.Tally(lost: 2))
    #expect(try await Self.counts(fixture) == [0, 0])
  }

  /// A secret that was put into another row does not open there.
  @Test func rowsAreNotExchanged() async throws {
    let (fixture, sealer) = (try await StoreFixture(), try Self.sealer(Self.first))
    for name in ["A", "B"] {
      var change = SiteChange()
      change.name = name
      change.secret = Self.secret
      _ = try await SiteBook(fixture.client, sealer: sealer).create(change)
    }
    _ = try await fixture.client.query(
      """
      UPDATE site_identities i SET sealed_secret = o.sealed_secret FROM site_identities o WHERE o.site_id <> i.site_id
      """)
    #expect(try await SecretBook(fixture.client, sealer).check() == SecretBook.Tally(lost: 2))
  }
}
