import JSONWire
import Postgres
import Server
import SkeinTestKit
import Testing

/// A server that is stopped sends its clients away in order.
@Suite struct DrainTests {
  @Test func answersAreMadeToTheirEnd() async throws {
    let agent = HeldAgent()
    let server = try await TestServer(agents: ["held": agent]) {
      $0.graceSeconds = 600
      $0.drainSeconds = 1
    }
    let (idle, asker) = (try await server.client(), try await server.client(agent: "held"))
    await asker.say("hold")
    try await asker.until { $0.from("assistant").last?.content.isEmpty == false }
    async let stopping: Void = server.stop()
    for client in [idle, asker] {
      let delay = try #require(try await client.until("drain")["reconnect_after_ms"]?.int)
      #expect((1...60_000).contains(delay))
      if client === asker { agent.release() }
      #expect(try await client.untilClosed() == 1012)
    }
    await stopping
    let answer = try #require(await asker.transcript.from("assistant").last)
    #expect(answer.status == "complete" && answer.text == HeldAgent.text)
  }

  /// Where there is another server, it has what is not begun while the answer before it is still made here; who sees that
  /// goes there, and is told everything once.
  @Test func whatWaitsGoesToTheOtherServerAtOnce() async throws {
    let agent = HeldAgent()
    let first = try await TestServer(agents: ["held": agent]) { $0.graceSeconds = 600 }
    let second = try await TestServer(url: first.url, agents: ["held": agent])
    let identity = Identity.random()
    let client = try await first.client(identity, agent: "held")
    await client.say("hold")
    try await client.until { $0.from("assistant").last?.content.isEmpty == false }
    let early = await client.say("early")
    #expect(try await client.until("message.accepted")["id"] == .string(early))
    async let stopping: Void = first.stop()
    try await client.until("drain")
    let late = await client.say("late")
    #expect(try await client.until("message.accepted")["id"] == .string(late))
    // The row of a run goes with its answer's end: here all three are there.
    let (isHandedOver, runs) = (
      "SELECT count(*) = 3 AND count(DISTINCT node) = 2 AND count(DISTINCT node) FILTER (WHERE answer_id IS NULL) = 1",
      "FROM runs r JOIN sessions s ON s.id = r.session_id WHERE s.public_id = $1"
    )
    #expect(try await first.eventually("\(isHandedOver) \(runs)", [.text(identity.session)]))
    agent.release()
    #expect(try await client.untilClosed() == 1012)
    await stopping
    let seen = await client.transcript
    #expect(seen.from("assistant").first?.status == "complete")
    let next = try await second.resume(identity, seen)
    try await next.until { $0.from("assistant").filter { $0.status == "complete" }.count == 3 }
    let answers = await next.transcript.from("assistant")
    #expect(answers.map(\.text) == [HeldAgent.text, "done", "done"])
    #expect(answers.map(\.replyTo).dropFirst() == [early, late])
    #expect(try await second.stored(identity.session) == next.transcript.asStored)
    await second.stop()
  }

  /// An answer that takes too long goes on there, although its server still waits for a client.
  @Test func anAnswerBeyondTheGraceGoesOnAtTheOtherServer() async throws {
    let agent = HeldAgent()
    let first = try await TestServer(agents: ["held": agent]) { $0.graceSeconds = 1 }
    let second = try await TestServer(url: first.url, agents: ["held": agent])
    let identity = Identity.random()
    // It never answers its close.
    let mute = try await first.client()
    let client = try await first.client(identity, agent: "held")
    await client.say("hold")
    try await client.until { $0.from("assistant").last?.content.isEmpty == false }
    try await first.noteTakeovers()
    async let stopping: Void = first.stop()
    #expect(try await client.untilClosed() == 1012)
    #expect(try await first.eventually("SELECT count(*) = 1 AND bool_and(nodes = 2) FROM takeovers"))
    agent.release()
    let next = try await second.resume(identity, await client.transcript)
    try await next.until { $0.from("assistant").last?.status == "complete" }
    #expect(await next.transcript.from("assistant").map(\.text) == [HeldAgent.text])
    #expect(try await second.stored(identity.session) == next.transcript.asStored)
    await mute.drop()
    await stopping
    await second.stop()
  }

  @Test func whatIsAskedMeanwhileIsAnsweredByTheNextServer() async throws {
    let agent = HeldAgent()
    var server = try await TestServer(agents: ["held": agent]) { $0.graceSeconds = 600 }
    let identity = Identity.random()
    let client = try await server.client(identity, agent: "held")
    await client.say("hold")
    try await client.until { $0.from("assistant").last?.content.isEmpty == false }
    async let stopping: Void = server.stop()
    try await client.until("drain")
    let late = await client.say("late")
    #expect(try await client.until("message.accepted")["id"] == .string(late))
    agent.release()
    #expect(try await client.untilClosed() == 1012)
    await stopping
    let seen = await client.transcript
    #expect(seen.from("assistant").map(\.status) == ["complete"])

    server = try await server.again()
    let next = try await server.resume(identity, seen)
    try await next.until { $0.from("assistant").count == 2 && $0.from("assistant").last?.status == "complete" }
    let answers = await next.transcript.from("assistant")
    #expect(answers.map(\.text) == [HeldAgent.text, "done"] && answers.last?.replyTo == late)
    await server.stop()
  }
}
