import Conversation
import EmbeddedPostgres
import Glibc
import JSONWire
import Server
import SkeinTestKit
import Testing

/// What `--durability` says of answers whose server and database stand still, and then die.
@Suite(.timeLimit(.minutes(5))) struct DurabilityTests {
  private static let growing = #"/script {"chunks":1000,"bytes":10,"interval_ms":10}"#

  /// A client of a server that streams an answer.
  private struct Reader {
    let identity = Identity.random()
    let program: Program
    let client: ChatClient

    init(_ durability: String, _ url: String) async throws {
      program = try Program([
        "serve", "--port", "0", "--script-agent", "--database-url", url, "--durability", durability,
      ])
      client = try await ChatClient.connect(
        to: program.port(), transcript: Transcript(toleratesLoss: durability == "relaxed"))
      try await client.hello(identity, agent: "script")
      await client.say(DurabilityTests.growing)
      try await client.until { ($0.from("assistant").last?.content.count ?? 0) > 100 }
    }

    /// How much it was shown.
    var shown: Int { get async { await client.transcript.from("assistant").last?.content.count ?? 0 } }
  }

  @Test func relaxedShowsWhatMayBeLost() async throws {
    let postgres = try PrivatePostgres(isDurable: true)
    let url = try await postgres.database()
    let safe = try await Reader("commit", url)
    let early = try await Reader("relaxed", url)

    postgres.pause(true)
    let before = await early.shown
    try await early.client.until({ $0.from("assistant").last?.content.count ?? 0 > before + 1000 }, within: 120_000)
    _ = try await safe.client.settle()
    for reader in [safe, early] {
      reader.program.signal(SIGKILL)
      #expect(try await reader.program.end().code == 128 + SIGKILL)
    }
    postgres.pause(false)

    // The database has all that was shown by the one, and not all that was shown by the other.
    try await TestServer.with(url: url, { $0.durability = .relaxed }) { server in
      #expect(try await stored(early, server) < early.shown)
      #expect(try await stored(safe, server) >= safe.shown)

      // Who was shown it is given a fresh page; the answer ends with what is stored.
      let again = try await server.connect(transcript: early.client.transcript)
      let welcome = try await again.hello(early.identity, resumes: true)
      #expect(welcome["resumed"] == false)
      try await again.until({ $0.from("assistant").last?.status == "interrupted" }, within: 120_000)
      #expect(try await server.stored(early.identity.session) == again.transcript.asStored)
      #expect(try await stored(early, server) < early.shown)

      // One that shows what is committed goes on, and takes nothing back.
      let goesOn = try await server.resume(safe.identity, safe.client.transcript)
      try await goesOn.until({ $0.from("assistant").last?.status == "complete" }, within: 120_000)
      #expect(await goesOn.transcript.from("assistant").last?.content.count == 10_000)
      #expect(try await server.stored(safe.identity.session) == goesOn.transcript.asStored)
    }
    try postgres.server.stop()
  }

  /// Where a server ends in good order, all that it has shown is committed: another goes on with the answer.
  @Test func aRelaxedServerHandsOver() async throws {
    let postgres = try PrivatePostgres(isDurable: true)
    let first = try await TestServer(url: try await postgres.database()) { $0.durability = .relaxed }
    let identity = Identity.random()
    let client = try await first.client(identity)
    await client.say(Self.growing)
    try await client.until { ($0.from("assistant").last?.content.count ?? 0) > 100 }
    async let stopping: Void = first.stop()
    _ = try await client.untilClosed()
    await stopping
    let second = try await first.again()
    let again = try await second.connect(transcript: client.transcript)
    #expect(try await again.hello(identity, resumes: true)["resumed"] == true)
    try await again.until { $0.from("assistant").last?.status == "complete" }
    #expect(await again.transcript.from("assistant").last?.content.count == 10_000)
    #expect(try await second.stored(identity.session) == again.transcript.asStored)
    await again.drop()
    await second.stop()
    try postgres.server.stop()
  }

  private func stored(_ reader: Reader, _ server: TestServer) async throws -> Int {
    try await server.stored(reader.identity.session).last { $0.role == "assistant" }?.content.count ?? 0
  }
}
