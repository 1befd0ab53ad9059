import EmbeddedPostgres
import Glibc
import HTTPWire
import Server
import SkeinTestKit
import Testing

/// Whether the process lives, and whether new clients should be sent to it.
@Suite(.timeLimit(.minutes(5))) struct HealthTests {
  private struct Health: Equatable {
    let live: Int
    let ready: Int
  }

  /// Asked on new connections, as a load balancer does.
  private func health(_ server: TestServer) async throws -> Health {
    Health(
      live: try await server.http().get("/health/live").status,
      ready: try await server.http().get("/health/ready").status)
  }

  @Test func aServerThatEndsIsAliveButNotReady() async throws {
    let agent = HeldAgent()
    let server = try await TestServer(agents: ["held": agent]) { $0.graceSeconds = 600 }
    let early = try await server.http()
    let asker = try await server.client(agent: "held")
    await asker.say("hold")
    try await asker.until { $0.from("assistant").last?.content.isEmpty == false }
    #expect(try await health(server) == Health(live: 200, ready: 200))
    async let stopping: Void = server.stop()
    try await asker.until("drain")
    for _ in 0..<10 { #expect(try await health(server) == Health(live: 200, ready: 503)) }
    #expect(try await server.http().get("/health/ready").text == "ending\n")
    // Who had come before and asked nothing yet is answered, too.
    #expect(try await early.get("/health/ready").text == "ending\n")
    // Nobody new is taken.
    let upgrade = try await server.http().get(
      "/v1/socket",
      fields: "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n")
    #expect(upgrade.status == 503)
    #expect(upgrade["retry-after"] == "1")
    // Nor does one who only connects keep the server from its end.
    let silent = try await server.http()
    agent.release()
    #expect(try await asker.untilClosed() == 1012)
    await stopping
    #expect(try await silent.untilEnd() == [])
    #expect(await asker.transcript.from("assistant").map(\.status) == ["complete"])
    await #expect(throws: (any Error).self) { try await server.http().get("/health/live") }
  }

  @Test func aServerWithoutItsDatabaseIsAliveButNotReady() async throws {
    let postgres = try PrivatePostgres(isDurable: true)
    let server = try await TestServer(url: try await postgres.database())
    #expect(try await health(server) == Health(live: 200, ready: 200))
    kill(try #require(postgres.server.processID), SIGKILL)
    try await until(Health(live: 200, ready: 503), server)
    #expect(try await server.http().get("/health/ready").text == "no database\n")
    try postgres.server.revive()
    try await until(Health(live: 200, ready: 200), server)
    await server.stop()
    try postgres.server.stop()
  }

  private func until(_ wanted: Health, _ server: TestServer) async throws {
    let isSo = try await comesTrue {
      let health = try await health(server)
      #expect(health.live == 200)
      return health == wanted
    }
    #expect(isSo)
  }
}
