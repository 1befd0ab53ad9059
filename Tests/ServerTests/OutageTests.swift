import Agents
import EmbeddedPostgres
import Glibc
import JSONWire
import SkeinTestKit
import Synchronization
import Testing

/// The database dies in the middle of an answer, and comes back.
@Suite struct OutageTests {
  /// Reads the conversation once it may.
  private final class LateReader: Agent {
    let mayRead = Atomic(false)
    let reads = Atomic(0)

    func answer(_ request: AgentRequest, into answer: any Answer) async throws {
      while !mayRead.load(ordering: .sequentiallyConsistent) { try await answer.pause(until: answer.now + 10) }
      reads.add(1, ordering: .sequentiallyConsistent)
      let turns = try await request.history(limit: 10)
      try await answer.write("\(turns.count) turns")
    }
  }

  /// What an agent has to read it reads when the database is back: nobody's answer fails for that.
  @Test func anAgentWaitsForWhatItHasToRead() async throws {
    let postgres = try PrivatePostgres(isDurable: true)
    let agent = LateReader()
    let server = try await TestServer(url: try await postgres.database(), agents: ["late": agent])
    let client = try await server.client(Identity.random(), agent: "late")
    await client.say("What was it?")
    try await client.until { $0.from("assistant").last?.status == "streaming" }
    kill(try #require(postgres.server.processID), SIGKILL)
    agent.mayRead.store(true, ordering: .sequentiallyConsistent)
    while agent.reads.load(ordering: .sequentiallyConsistent) == 0 { try await Task.sleep(for: .milliseconds(10)) }
    // It is noticed.
    repeat {
      await client.say("meanwhile", whenBusy: "reject")
    } while !(try await client.settle().contains { $0["code"] == "unavailable" })
    try postgres.server.revive()
    try await client.until { $0.from("assistant").first?.status != "streaming" }
    #expect(await client.transcript.from("assistant").first?.text == "0 turns")
    await server.stop()
    try postgres.server.stop()
  }

  @Test func whatIsAskedMeanwhileIsRefusedAndNothingIsLost() async throws {
    let postgres = try PrivatePostgres(isDurable: true)
    let agent = HeldAgent()
    let server = try await TestServer(url: try await postgres.database(), agents: ["held": agent])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: "held")
    try await client.ask("before")
    await client.say("hold")
    try await client.until { $0.from("assistant").last?.content.count == HeldAgent.beginning }
    let stream = try await server.events(identity)
    try await stream.until("welcome")

    kill(try #require(postgres.server.processID), SIGKILL)
    // Whoever asks before the server has noticed waits for the answer; whoever asks then is refused at once.
    var refusal: JSONValue?
    while refusal == nil {
      await client.say("meanwhile", whenBusy: "reject", ref: "meanwhile")
      refusal = try await client.settle().first { $0["code"] == "unavailable" }
    }
    #expect(refusal?["ref"] == "meanwhile")
    #expect(try #require(refusal?["retry_after_ms"]?.int) > 0)
    // So is who comes by plain HTTP, and is told when to come again; a stream that is open stays so.
    for (resource, content) in [("messages", message("hi")), ("stop", [:]), ("tickets", [:])] {
      let response = try await server.http().post(resource, identity, content)
      #expect(response.status == 503)
      #expect(response["retry-after"] == "1")
      #expect(response.json["code"] == "unavailable")
    }
    #expect(try await server.events(.random()).status() == 503)
    let newcomer = try await server.connect()
    #expect(try await newcomer.request(["type": "hello"])["code"] == "unavailable")

    // The answer that is under way goes on without it, and comes to its end; a new question is answered.
    agent.release()
    try postgres.server.revive()
    try await client.until { transcript in
      transcript.from("assistant").count == 2 && transcript.from("assistant")[1].status == "complete"
    }
    #expect(await client.transcript.from("assistant")[1].content.count == 3000)
    // Reading may come back after writing: whoever is refused once more asks again.
    while try await newcomer.request(["type": "hello"])["type"] != "welcome" {
      try await Task.sleep(for: .milliseconds(100))
    }
    // Each loop has connections of its own, and some come back later: this one's may refuse still.
    repeat { await client.say("after") } while try await client.settle().contains { $0["code"] == "unavailable" }
    try await client.until { transcript in transcript.from("assistant").count { $0.status == "complete" } == 3 }
    #expect(try await server.stored(identity.session) == client.transcript.asStored)
    try await stream.until { $0.from("assistant").count { $0.status == "complete" } == 3 }
    #expect(await stream.transcript.asStored == client.transcript.asStored)
    await server.stop()
    try postgres.server.stop()
  }
}
