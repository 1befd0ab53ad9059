import Glibc
import Postgres
import SkeinTestKit
import Testing

/// `skein export`, `skein import` and `skein cleanup`.
@Suite struct TransferTests {
  private func file(_ content: String) throws -> String {
    let path = try TemporaryFolder.make("skein-transfer") + "/file"
    let file = try #require(fopen(path, "w"))
    defer { fclose(file) }
    #expect(fputs(content, file) >= 0)
    return path
  }

  private func load(_ path: String, into url: String) async throws -> Program.End {
    try await Program(
      ["import", "--database-url", url], by: ["/bin/sh", "-c", "exec \"$0\" \"$@\" < \(path)"]
    ).end()
  }

  @Test func whatIsExportedIsImported() async throws {
    try await TestServer.with { server in
      let identity = Identity.random()
      let client = try await server.client(identity)
      for number in 1...3 { try await client.ask("/script {\"text\":\"answer \(number)\"}") }
      try await server.client().ask("of another")
      let all = try await Program.run("export", "--database-url", server.url)
      #expect(all.code == 0 && all.output.split(separator: "\n").count == 2 + 8)
      #expect(all.errors.contains("exported 2 sessions, 8 messages"))
      let one = try await Program.run("export", "--database-url", server.url, "--session", identity.session)
      #expect(one.output.split(separator: "\n").count == 1 + 6)
      #expect(try await Program.run("export", "--database-url", server.url, "--site", "none").output == "")
      let noted = try await server.query("SELECT target, actor_kind, action FROM audit ORDER BY id")
      let targets = try (0..<noted.count).map { try noted.text($0, 0) }
      #expect(targets == ["sessions", "session:\(identity.session)", "sessions"])
      #expect(try noted.text(0, 1) == "command" && noted.text(0, 2) == "data.exported")
      // Into a database that no server has seen yet.
      let other = try await PrivatePostgres.shared().database()
      let path = try file(all.output)
      let first = try await load(path, into: other)
      #expect(first.code == 1 && first.errors.contains("line 1: there is no site default, or no agent script"))
      try await TestServer.with(url: other) { second in
        let loaded = try await load(path, into: other)
        #expect(loaded.code == 0 && loaded.output.contains("stored\t2 sessions, 8 messages"), "\(loaded)")
        #expect(try await load(path, into: other).output.contains("there\t2 sessions"))
        #expect(try await Program.run("export", "--database-url", other).output == all.output)
        // The visitor's token opens it, and the conversation goes on.
        let reader = try await second.connect()
        try await reader.hello(identity)
        #expect(await reader.transcript.messages.map(\.text) == client.transcript.messages.map(\.text))
        try await reader.ask("and now?")
      }
      let broken = try await load(try file(all.output.prefix(200) + "\n"), into: other)
      #expect(broken.code == 1 && broken.errors.contains("line 1: not JSON"))
    }
  }

  @Test func cleanUpCountsFirst() async throws {
    try await TestServer.with { server in
      _ = try await server.client().ask("hi")
      _ = try await server.query("UPDATE sessions SET last_activity_at = now() - interval '2 days'")
      for (arguments, first, count) in [(["--dry-run"], "Would be done:", 1), ([], "Done:", 1), ([], "Done:", 0)] {
        let end = try await Program(["cleanup", "--database-url", server.url] + arguments).end()
        #expect(end.code == 0 && end.output == "\(first)\ninactive\t\(count)\ndeleted\t0\nremoved\t0\n", "\(end)")
      }
    }
  }
}
