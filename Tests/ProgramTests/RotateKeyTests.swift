import Accounts
import Postgres
import Sealing
import Server
import SkeinTestKit
import Store
import Testing

/// `skein rotate-key` beside a PostgreSQL of one's own, where the key is given.
@Suite struct RotateKeyTests {
  /// 32 bytes in base64.
  private static func key(_ letter: Character) -> String { String(repeating: letter, count: 42) + "A" }

  private static func rotate(_ url: String, _ key: String?, _ more: String...) async throws -> Program.End {
    try await Program(
      ["rotate-key", "--database-url", url] + more, environment: key.map { ["SKEIN_SECRET_KEY=\($0)"] } ?? []
    ).end()
  }

  @Test func whatIsSealedIsSealedAnew() async throws {
    let (old, new) = (Self.key("Q"), Self.key("g"))
    let first = try Sealer(SealingKeys("v1:\(old)"))
    try await TestServer.with {
      $0.sealer = first
    } _: { server in
      let client = try PostgresClient(
        loop: try TestLoop.shared(), configuration: PostgresConfiguration(url: server.url), log: TestServer.log)
      let site = try await client.query("SELECT min(id) FROM sites").int(0, 0)
      let owner = [UInt8](repeating: 7, count: 32)
      let database = NewDatabase(
        name: "shop", kind: "mysql", host: "db.example.com", port: 3306, database: "shop", user: "me",
        password: "what nobody sees", tls: "prefer")
      let book = DatabaseBook(client, sealer: first)
      try await book.add(database, id: "db_1", for: owner, nil, on: site)
      func sealed() async throws -> [UInt8] {
        try await client.query("SELECT sealed_password FROM databases").bytes(0, 0)
      }
      let before = try await sealed()

      // A key that does not open what is there changes nothing.
      for wrong in ["v1:\(new)", "v2:\(new)"] {
        let end = try await Self.rotate(server.url, wrong)
        #expect(end.code == 1 && end.errors.contains("can't be opened with this secret key"), "\(end)")
        #expect(try await sealed() == before)
      }
      let none = try await Self.rotate(server.url, nil)
      #expect(none.code == 1 && none.errors.contains("there is no SKEIN_SECRET_KEY"), "\(none)")

      // With both, all is sealed with the new one.
      let end = try await Self.rotate(server.url, "v2:\(new),v1:\(old)")
      #expect(end.code == 0 && end.output.contains("All is sealed with version 2 of the secret key."), "\(end)")
      #expect(!end.output.contains(new) && !end.errors.contains(new) && !end.errors.contains("what nobody sees"))
      let after = try await sealed()
      #expect(after != before)
      for text in ["v2:\(new),v1:\(old)", "v2:\(new)"] {
        let access = try await DatabaseBook(client, sealer: try Sealer(SealingKeys(text))).access(
          to: "db_1", of: owner, on: site)
        #expect(access?.password.text == "what nobody sees" && access?.kind == "mysql")
      }
      await #expect(throws: DatabaseBook.Failure.lost) {
        try await DatabaseBook(client, sealer: first).access(to: "db_1", of: owner, on: site)
      }
      // Once more there is nothing to do.
      let again = try await Self.rotate(server.url, "v2:\(new)")
      #expect(again.code == 0 && again.output.contains("renewed\t0"), "\(again)")
      #expect(try await sealed() == after)
      // Who has lost the key can say so.
      let lost = try await Self.rotate(server.url, "v3:\(old)", "--forget-lost")
      #expect(lost.code == 0 && !lost.output.contains("forgotten\t0"), "\(lost)")
      #expect(try await client.query("SELECT count(*) FROM databases").int(0, 0) == 0)
      await client.close()
    }
  }
}
