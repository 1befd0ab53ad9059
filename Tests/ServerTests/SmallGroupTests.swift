import Postgres
import Server
import SkeinTestKit
import Testing

/// A group that does not take all that waits: the bytes of an answer never go before its beginning.
@Suite struct SmallGroupTests {
  /// While the database stands still, the questions of all sessions come to wait for it. Then the first answer's beginning
  /// stands behind all of them, while its agent writes already.
  @Test func answersThatBeginInAnotherGroupThanTheyGrowAreWhole() async throws {
    try await TestServer.with {
      ($0.groupSize, $0.loops) = (1, 1)
    } _: { server in
      var clients: [ChatClient] = []
      for _ in 0..<20 { clients.append(try await server.client()) }
      let database = PostgresClient(
        loop: try TestLoop.shared(), configuration: try PostgresConfiguration(url: server.url), log: TestServer.log)
      try await database.session { holder in
        try await holder.script("BEGIN; LOCK TABLE messages IN SHARE MODE")
        for client in clients { await client.say("/script {\"text\":\"all at once\",\"chunks\":3}") }
        // Now the journal has them.
        for client in clients { _ = try await client.settle() }
        try await holder.script("ROLLBACK")
      }
      await database.close()
      for client in clients {
        try await client.until { $0.from("assistant").last?.status == "complete" }
        #expect(await client.transcript.from("assistant").map(\.text) == ["all at once"])
      }
    }
  }
}
