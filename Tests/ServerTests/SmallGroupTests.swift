import Server
import SkeinTestKit
import Testing

/// A group that does not take all that waits: the bytes of an answer never go before its beginning.
@Suite struct SmallGroupTests {
  @Test func answersThatBeginInAnotherGroupThanTheyGrowAreWhole() async throws {
    try await TestServer.with {
      $0.groupSize = 1
    } _: { server in
      var clients: [ChatClient] = []
      for _ in 0..<20 { clients.append(try await server.client()) }
      for client in clients { await client.say("/script {\"text\":\"all at once\",\"chunks\":3}") }
      for client in clients {
        try await client.until { $0.from("assistant").last?.status == "complete" }
        #expect(await client.transcript.from("assistant").map(\.text) == ["all at once"])
      }
    }
  }
}
