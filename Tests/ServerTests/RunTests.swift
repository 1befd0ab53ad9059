import Conversation
import JSONWire
import Postgres
import Server
import SkeinTestKit
import Testing

/// Answers in the making: waiting, interrupting, refusing, stopping.
@Suite struct RunTests {
  /// An answer that does not end by itself within a test.
  private static let endless = "/script {\"chunks\":100000,\"bytes\":12,\"interval_ms\":20}"
  /// One that ends at once.
  private static let quick = "/script {\"text\":\"done\"}"

  private static func isStreaming(_ transcript: Transcript) -> Bool {
    transcript.messages.contains { $0.status == "streaming" && !$0.content.isEmpty }
  }

  @Test func questionsWaitTheirTurn() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    var ids: [String] = []
    for index in 0..<10 { ids.append(await client.say("/script {\"text\":\"answer \(index)\",\"chunks\":3}")) }
    try await client.until { $0.from("assistant").filter { $0.status == "complete" }.count == 10 }
    let answers = await client.transcript.from("assistant")
    #expect(answers.map(\.replyTo) == ids)
    #expect(answers.map(\.text) == (0..<10).map { "answer \($0)" })
    #expect(try await server.stored(identity.session) == client.transcript.asStored)
  }

  @Test func aWelcomeTellsOfTheRun() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    await client.say(Self.endless)
    try await client.until(Self.isStreaming)
    await client.say(Self.quick)
    await client.say(Self.quick)
    try await client.until { $0.from("user").count == 3 }
    let other = try await server.connect()
    let run = try await other.hello(identity)["run"]
    let streaming = await client.transcript.messages.last { $0.status == "streaming" }?.id
    #expect(run?["message"]?.string == streaming)
    #expect(run?["status"] == "streaming")
    #expect(run?["queued"] == 2)
    await client.send(["type": "run.stop", "queued": true])
    try await client.until("message.completed")
  }

  @Test func anInterruptGoesAheadOfWhatWaits() async throws {
    let client = try await TestServer.shared().client()
    let first = await client.say(Self.endless)
    try await client.until(Self.isStreaming)
    let waiting = await client.say("/script {\"text\":\"waited\"}")
    let urgent = await client.say("/script {\"text\":\"urgent\"}", whenBusy: "interrupt")
    try await client.until { $0.from("assistant").filter { $0.status != "streaming" }.count == 3 }
    let answers = await client.transcript.from("assistant")
    #expect(answers.map(\.replyTo) == [first, urgent, waiting])
    #expect(answers.map(\.status) == ["stopped", "complete", "complete"])
    #expect(answers[0].reason == "interrupt")
    #expect(answers[1].text == "urgent")
  }

  @Test func interruptsOfIdleSessionsAreQuestionsLikeOthers() async throws {
    let client = try await TestServer.shared().client()
    let id = await client.say(Self.quick, whenBusy: "interrupt")
    try await client.until("message.completed")
    #expect(await client.transcript.from("assistant").map(\.replyTo) == [id])
    let other = await client.say(Self.quick, whenBusy: "reject")
    try await client.until("message.completed")
    #expect(await client.transcript.from("assistant").map(\.replyTo) == [id, other])
  }

  @Test func aRejectedQuestionIsNotStored() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    await client.say(Self.endless)
    try await client.until(Self.isStreaming)
    let id = await client.say("no", whenBusy: "reject", ref: "r")
    let error = try await client.until("error")
    #expect(error["code"] == "busy")
    #expect(error["ref"] == "r")
    await client.send(["type": "run.stop"])
    try await client.until("message.completed")
    // It may be sent again when the session is free.
    await client.say("/script {\"text\":\"now\"}", id: id, whenBusy: "reject")
    #expect(try await client.until("message.accepted")["duplicate"] == false)
    try await client.until("message.completed")
    #expect(try await server.stored(identity.session) == client.transcript.asStored)
  }

  @Test func stoppingARunningAnswer() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let other = try await server.client(identity)
    await client.say(Self.endless)
    try await client.until(Self.isStreaming)
    let answer = await client.transcript.messages.last?.id ?? ""
    await other.send(["type": "run.stop", "message": .string(answer), "ref": "stop"])
    let stopping = try await other.until("run.stopping")
    #expect(stopping["message"]?.string == answer)
    #expect(stopping["ref"] == "stop")
    let told = try await client.until("run.stopping")
    #expect(told["message"]?.string == answer)
    #expect(told["ref"] == nil)
    let completed = try await client.until("message.completed")
    #expect(completed["status"] == "stopped")
    #expect(completed["reason"] == "user")
    try await other.until("message.completed")
    #expect(await client.transcript == other.transcript)
    #expect(try await server.stored(identity.session) == client.transcript.asStored)
    #expect(try await client.ask(Self.quick).text == "done")
  }

  @Test func stoppingBeforeTheFirstByte() async throws {
    try await TestServer.with(agents: ["slow": SilentAgent()]) { server in
      let identity = Identity.random()
      let client = try await server.client(identity, agent: "slow")
      // In the same breath: before the question is stored, and before the answer exists.
      await client.say("hi")
      await client.send(["type": "run.stop", "ref": "s"])
      try await client.until("message.completed")
      #expect(await client.transcript.from("assistant").map(\.status) == ["stopped"])
      #expect(await client.transcript.from("assistant").map(\.text) == [""])
      // After the answer exists, before its first byte.
      await client.say("hi again")
      try await client.until { $0.from("assistant").count == 2 }
      await client.send(["type": "run.stop"])
      try await client.until("message.completed")
      let answers = await client.transcript.from("assistant")
      #expect(answers.map(\.status) == ["stopped", "stopped"])
      #expect(answers.map(\.reason) == ["user", "user"])
      #expect(try await server.stored(identity.session) == client.transcript.asStored)
    }
  }

  @Test func stoppingWithWhatWaits() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    await client.say(Self.endless)
    try await client.until(Self.isStreaming)
    for _ in 0..<3 { await client.say(Self.quick) }
    try await client.until { $0.from("user").count == 4 }
    await client.send(["type": "run.stop", "queued": true])
    try await client.until("message.completed")
    #expect(try await client.settle() == [])
    let runs = try await server.query(
      "SELECT count(*) FROM runs r JOIN sessions s ON s.id = r.session_id WHERE s.public_id = $1",
      [.text(identity.session)])
    #expect(try runs.int(0, 0) == 0)
    let again = try await server.client(identity)
    #expect(await again.transcript == client.transcript)
    #expect(await again.transcript.from("assistant").count == 1)
    #expect(try await again.ask(Self.quick).text == "done")
  }

  @Test func stoppingOneLetsTheNextRun() async throws {
    let client = try await TestServer.shared().client()
    await client.say(Self.endless)
    try await client.until(Self.isStreaming)
    let next = await client.say(Self.quick)
    await client.send(["type": "run.stop"])
    try await client.until { $0.messages.contains { $0.replyTo == next && $0.status == "complete" } }
    #expect(await client.transcript.from("assistant").map(\.status) == ["stopped", "complete"])
  }

  @Test func nothingToStop() async throws {
    let client = try await TestServer.shared().client()
    let idle = try await client.request(["type": "run.stop", "ref": "i"])
    #expect(idle["code"] == "not_found")
    #expect(idle["ref"] == "i")
    let answer = try await client.ask(Self.quick)
    let over = try await client.request(["type": "run.stop", "message": .string(answer.id)])
    #expect(over["code"] == "not_found")
    await client.say(Self.endless)
    try await client.until(Self.isStreaming)
    await client.send(["type": "run.stop", "message": .string(answer.id), "ref": "old"])
    let error = try await client.until("error")
    #expect(error["code"] == "not_found")
    #expect(error["ref"] == "old")
    for bad: JSONValue in [["message": 1], ["message": "x"], ["queued": "yes"]] {
      var frame = JSONObject([("type", "run.stop")])
      for member in bad.object?.members ?? [] { frame[member.key] = member.value }
      await client.send(.object(frame))
      #expect(try await client.until("error")["code"] == "bad_field")
    }
    await client.send(["type": "run.stop"])
    #expect(try await client.until("message.completed")["status"] == "stopped")
  }

  @Test func closingAConnectionStopsNothing() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    await client.say("/script {\"chunks\":40,\"bytes\":10,\"interval_ms\":5}")
    try await client.until(Self.isStreaming)
    let seen = await client.transcript
    await client.drop()
    let later = try await server.resume(identity, seen)
    try await later.until { $0.from("assistant").last?.status == "complete" }
    #expect(await later.transcript.messages.last?.content.count == 400)
  }

  @Test func aQuestionTooMany() async throws {
    try await TestServer.with({ $0.limits.queuedRuns = 3 }) { server in
      let client = try await server.client()
      await client.say(Self.endless)
      try await client.until(Self.isStreaming)
      for _ in 0..<3 {
        await client.say(Self.quick)
        try await client.until("message.accepted")
      }
      await client.say(Self.quick)
      #expect(try await client.until("error")["code"] == "busy")
      await client.send(["type": "run.stop", "queued": true])
      try await client.until("message.completed")
      #expect(try await client.ask(Self.quick).text == "done")
    }
  }

  @Test func anAgentThatFails() async throws {
    try await TestServer.with(agents: ["broken": FailingAgent()]) { server in
      let identity = Identity.random()
      let client = try await server.client(identity, agent: "broken")
      await client.say("hi")
      let completed = try await client.until("message.completed")
      #expect(completed["status"] == "failed")
      #expect(completed["error"]?["code"] == "agent_failed")
      #expect(completed["error"]?["message"] == "The model is on holiday.")
      #expect(await client.transcript.messages.last?.text == "So far")
      #expect(try await server.stored(identity.session) == client.transcript.asStored)
      // The next question is answered as if nothing had been.
      await client.say("again")
      #expect(try await client.until("message.completed")["status"] == "failed")
    }
  }

  @Test func anAnswerOverItsLimit() async throws {
    try await TestServer.with({ $0.limits.answerBytes = 1000 }) { server in
      let identity = Identity.random()
      let client = try await server.client(identity)
      let text = String(repeating: "é", count: 400) + String(repeating: "€", count: 300)
      await client.say("/script {\"chunks\":400,\"text\":\"\(text)\"}")
      let completed = try await client.until("message.completed")
      #expect(completed["status"] == "stopped")
      #expect(completed["reason"] == "limit")
      let answer = try #require(await client.transcript.messages.last)
      #expect((997...1000).contains(answer.content.count))
      #expect(String(validating: answer.content, as: UTF8.self) != nil)
      #expect(try await server.stored(identity.session) == client.transcript.asStored)
    }
  }

  @Test func whatAnAnswerMayHold() async throws {
    let client = try await TestServer.shared().client()
    // A NUL of an agent can't be stored: it is replaced.
    #expect(try await client.ask("/script {\"text\":\"a\\u0000b\"}").text == "a\u{FFFD}b")
    #expect(try await client.ask("/script {\"text\":\"e\\u0301\"}").content == Array("e\u{301}".utf8))
    #expect(try await client.ask("/script {\"chunks\":0}").status == "failed")
    #expect(try await client.ask("/script nonsense").status == "failed")
  }
}
