import Postgres
import Testing

@testable import Store

/// Deployments of older versions go on with what they have.
@Suite struct MigrationTests {
  /// One from before origins were looked at.
  @Test func sitesGoOnAsBefore() async throws {
    let old = try await OldDeployment(upTo: 9)
    let client = old.client
    _ = try await client.query("INSERT INTO sites (key, name) VALUES ('old', 'Old')", [])
    try await old.migrate()
    let site = try await SiteBook(client).site("old")
    #expect(site.origins == ["*"] && site.allowsMissingOrigin && !site.isDisabled)
    let directory = try await Directory.load(from: client, builtIn: [])
    #expect(directory.site(nil)?.key == "old")
    #expect(try await directory.renewed(from: client) == nil)
    // A site that is made from now on says whom it allows.
    var change = SiteChange()
    change.name = "New"
    let new = try await SiteBook(client).create(change)
    #expect(new.origins == [] && !new.allowsMissingOrigin)
    let renewed = try #require(try await directory.renewed(from: client))
    #expect(renewed.site(new.key) != nil && renewed.version > directory.version)
    await client.close()
  }

  /// One that had a row for each class of times.
  @Test func timesAreKept() async throws {
    let old = try await OldDeployment(upTo: 20)
    let client = old.client
    let hour = "timestamptz '2026-01-01 00:00Z'"
    _ = try await client.query("INSERT INTO sites (key, name) VALUES ('old', 'Old')")
    _ = try await client.query("INSERT INTO agents (slug, kind, name) VALUES ('a', 'a', 'A'), ('b', 'b', 'B')")
    _ = try await client.query(
      PostgresStatement(
        "INSERT INTO activity (site_id, agent_id, hour, answers) SELECT s.id, a.id, \(hour), 7 FROM sites s, agents a"))
    _ = try await client.query(
      PostgresStatement(
        """
        INSERT INTO activity_latencies (site_id, agent_id, hour, kind, class, answers)
        SELECT s.id, a.id, \(hour), t.kind, t.class, t.answers FROM sites s, agents a,
          (VALUES ('first_byte', 0, 3), ('first_byte', 4, 9), ('whole', 40, 12)) t (kind, class, answers)
        WHERE a.slug = 'a'
        """))
    try await old.migrate()
    let rows = try await client.query(
      "SELECT first_bytes, wholes, answers FROM activity JOIN agents g ON g.id = agent_id ORDER BY g.slug")
    #expect(rows.count == 2)
    #expect(try LatencyClasses(rows.ints(0, 0)).counts == [0: 3, 4: 9])
    #expect(try LatencyClasses(rows.ints(0, 1)).counts == [40: 12])
    #expect(try rows.ints(1, 0).isEmpty && rows.ints(1, 1).isEmpty && rows.int(0, 2) == 7 && rows.int(1, 2) == 7)
    await client.close()
  }
}
