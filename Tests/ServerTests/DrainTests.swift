import JSONWire
import Server
import SkeinTestKit
import Testing

/// A server that is stopped sends its clients away in order.
@Suite struct DrainTests {
  private static let slow = "/script {\"chunks\":40,\"bytes\":12,\"interval_ms\":20}"

  @Test func answersAreMadeToTheirEnd() async throws {
    let server = try await TestServer {
      $0.graceSeconds = 60
      $0.drainSeconds = 1
    }
    let (idle, asker) = (try await server.client(), try await server.client())
    await asker.say(Self.slow)
    try await asker.until { $0.from("assistant").last?.content.isEmpty == false }
    async let stopping: Void = server.stop()
    for client in [idle, asker] {
      let delay = try #require(try await client.until("drain")["reconnect_after_ms"]?.int)
      #expect((1...60_000).contains(delay))
      #expect(try await client.untilClosed() == 1012)
    }
    await stopping
    let answer = try #require(await asker.transcript.from("assistant").last)
    #expect(answer.status == "complete")
    #expect(answer.content.count == 40 * 12)
  }

  @Test func whatIsAskedMeanwhileIsAnsweredByTheNextServer() async throws {
    var server = try await TestServer { $0.graceSeconds = 60 }
    let identity = Identity.random()
    let client = try await server.client(identity)
    await client.say(Self.slow)
    try await client.until { $0.from("assistant").last?.content.isEmpty == false }
    async let stopping: Void = server.stop()
    try await client.until("drain")
    let late = await client.say("/script {\"text\":\"answered later\"}")
    #expect(try await client.until("message.accepted")["id"] == .string(late))
    #expect(try await client.untilClosed() == 1012)
    await stopping
    let seen = await client.transcript
    #expect(seen.from("assistant").map(\.status) == ["complete"])

    server = try await server.again()
    let next = try await server.resume(identity, seen)
    try await next.until { $0.from("assistant").count == 2 && $0.from("assistant").last?.status == "complete" }
    let answers = await next.transcript.from("assistant")
    #expect(answers.map { String(decoding: $0.content, as: UTF8.self) }.last == "answered later")
    await server.stop()
  }
}
