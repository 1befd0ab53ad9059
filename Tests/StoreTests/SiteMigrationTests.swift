import Glibc
import Log
import Postgres
import Reactor
import SkeinTestKit
import Testing

@testable import Store

/// A deployment from before origins were looked at.
@Suite struct SiteMigrationTests {
  @Test func goesOnAsBefore() async throws {
    let folder = try TemporaryFolder.make("skein-old-migrations")
    defer { TemporaryFolder.remove(folder) }
    let whole = TestServer.projectFolder + "/Migrations"
    for number in 1...9 {
      var found = glob_t()
      defer { globfree(&found) }
      try #require(glob("\(whole)/000\(number)_*.sql", 0, nil, &found) == 0)
      let path = String(cString: try #require(found.gl_pathv[0]))
      let name = try #require(path.split(separator: "/").last)
      try #require(symlink(path, "\(folder)/\(name)") == 0)
    }
    let quiet = Logger("store", level: .error)
    let client = PostgresClient(
      loop: try TestLoop.shared(),
      configuration: try PostgresConfiguration(url: try await PrivatePostgres.shared().database()), log: quiet)
    try await Migrator(folder: folder, log: quiet).migrate(client)
    _ = try await client.query("INSERT INTO sites (key, name) VALUES ('old', 'Old')", [])
    try await Migrator(folder: whole, log: quiet).migrate(client)
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
}
