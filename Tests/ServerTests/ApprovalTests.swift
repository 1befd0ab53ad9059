import Agents
import Conversation
import JSONWire
import Postgres
import Server
import SkeinTestKit
import Synchronization
import Testing

/// Calls of tools that wait for a person: on every connection, over both protocols, on every server, and after a reload.
@Suite(.serialized) struct ApprovalTests {
  /// Asks whether it may, and counts how often it has.
  final class AskingAgent: Agent {
    let made = Atomic(0)
    /// How long it waits for a person, in milliseconds.
    let patience: UInt64

    init(patience: UInt64 = 600_000) { self.patience = patience }

    let continues = true

    func answer(_ request: AgentRequest, into answer: any Answer) async throws {
      var call = ToolCall(id: "c1", name: "pay", title: "Pays", status: .running)
      call.arguments = ["sum": 5]
      let verdict = try await answer.ask(call, within: patience)
      if verdict == .approved {
        // Who has lost the answer does not come past this.
        try await answer.keep(["begun": "c1"])
        made.add(1, ordering: .sequentiallyConsistent)
        (call.status, call.durationMilliseconds) = (.done, 1)
        await answer.note(call)
      }
      try await answer.write("\(verdict)")
    }

    var count: Int { made.load(ordering: .sequentiallyConsistent) }
  }

  private static func isWaiting(_ transcript: Transcript) -> Bool {
    transcript.from("assistant").last?.tools.first?["status"] == "waiting"
  }

  /// Asks, and waits until the call waits.
  /// - Returns: the answer's id.
  private func ask(_ client: ChatClient) async throws -> String {
    await client.say("Pay")
    try await client.until(Self.isWaiting)
    return try #require(await client.transcript.from("assistant").last?.id)
  }

  private func decide(_ type: String, _ message: String, ref: String? = nil) -> JSONValue {
    var frame = JSONObject([("type", .string(type)), ("message", .string(message)), ("tool", "c1")])
    frame["ref"] = ref.map { .string($0) }
    return .object(frame)
  }

  private func decisions(_ server: TestServer) async throws -> [String] {
    let rows = try await server.query("SELECT verdict FROM tool_decisions ORDER BY decided_at")
    return try (0..<rows.count).map { try rows.text($0, 0) }
  }

  @Test func aCallWaitsForAnyTabAndTheFirstDecisionCounts() async throws {
    let agent = AskingAgent()
    try await TestServer.with(agents: ["asking": agent]) { server in
      let identity = Identity.random()
      let client = try await server.client(identity, agent: "asking")
      let message = try await ask(client)
      #expect(await client.transcript.from("assistant").last?.tools.first?["arguments"] == ["sum": 5])
      // Somebody else has no say.
      let stranger = try await server.client(Identity.random(), agent: "asking")
      #expect(try await stranger.request(decide("tool.approve", message))["code"] == "not_found")
      // A reload sees it wait.
      let tab = try await server.client(identity, agent: "asking")
      #expect(Self.isWaiting(await tab.transcript))
      #expect(
        try await tab.request(frame("tool.approve", ["message": .string(message), "tool": "c2"]))["code"] == "not_found"
      )
      #expect(agent.count == 0)
      await tab.send(decide("tool.approve", message, ref: "r"))
      let told = try await tab.until("message.tool")
      #expect(told["ref"] == "r" && told["tool"]?["status"] == "running")
      for one in [client, tab] { try await one.until { $0.from("assistant").last?.status == "complete" } }
      #expect(await client.transcript.from("assistant").last?.text == "approved")
      #expect(await client.transcript.from("assistant").last?.tools.map { $0["status"] } == ["done"])
      #expect(await tab.transcript.messages == client.transcript.messages)
      // Once more is the same, another comes too late.
      let again = try await client.request(decide("tool.approve", message, ref: "again"))
      #expect(again["type"] == "message.tool" && again["ref"] == "again" && again["tool"]?["status"] == "done")
      #expect(try await client.request(decide("tool.reject", message))["code"] == "bad_field")
      #expect(agent.count == 1)
      #expect(try await decisions(server) == ["approved"])
      #expect(try await server.stored(identity.session) == client.transcript.asStored)
    }
  }

  @Test func twoDecisionsAtOnceAreOne() async throws {
    let agent = AskingAgent()
    try await TestServer.with(agents: ["asking": agent]) { server in
      for _ in 0..<10 {
        let identity = Identity.random()
        let tabs = [
          try await server.client(identity, agent: "asking"), try await server.client(identity, agent: "asking"),
        ]
        let before = agent.count
        let message = try await ask(tabs[0])
        async let one: Void = tabs[0].send(decide("tool.approve", message))
        async let other: Void = tabs[1].send(decide("tool.reject", message))
        _ = await (one, other)
        for tab in tabs { try await tab.until { $0.from("assistant").last?.status == "complete" } }
        let text = await tabs[0].transcript.from("assistant").last?.text
        #expect(text == "approved" && agent.count == before + 1 || text == "rejected" && agent.count == before)
        #expect(await tabs[0].transcript.messages == tabs[1].transcript.messages)
      }
      #expect(try await decisions(server).count == 10)
    }
  }

  @Test func aCallIsDecidedOverPlainHTTP() async throws {
    let agent = AskingAgent()
    try await TestServer.with(agents: ["asking": agent]) { server in
      let http = try await server.http()
      for (decision, text) in [("reject", "rejected"), ("approve", "approved")] {
        let identity = Identity.random()
        let client = try await server.client(identity, agent: "asking")
        let message = try await ask(client)
        let path = "/v1/sessions/\(identity.session)/messages/\(message)/tools/c1"
        #expect(try await http.ask("POST", path, ["decision": "perhaps"], token: identity.token).status == 400)
        #expect(try await http.ask("POST", path, [:], token: identity.token).status == 400)
        #expect(
          try await http.ask("POST", path, ["decision": "approve"], token: Identity.token()).status == 404
            || agent.count == 0)
        #expect(try await http.ask("POST", path, ["decision": "approve"]).status == 401)
        let unknown = path.replacing("/c1", with: "/c9")
        #expect(try await http.ask("POST", unknown, ["decision": "approve"], token: identity.token).status == 404)
        let done = try await http.ask("POST", path, ["decision": .string(decision)], token: identity.token)
        #expect(done.status == 200 && done.json["type"] == "message.tool" && done.json["message"] == .string(message))
        #expect(try await http.ask("POST", path, ["decision": .string(decision)], token: identity.token).status == 200)
        let other = decision == "approve" ? "reject" : "approve"
        #expect(try await http.ask("POST", path, ["decision": .string(other)], token: identity.token).status == 400)
        try await client.until { $0.from("assistant").last?.status == "complete" }
        #expect(await client.transcript.from("assistant").last?.text == text)
      }
      #expect(agent.count == 1)
    }
  }

  @Test func aCallIsDecidedOnAnotherServer() async throws {
    let agent = AskingAgent()
    try await withTwoNodes(agents: ["asking": agent]) { first, second in
      for type in ["tool.approve", "tool.reject"] {
        let identity = Identity.random()
        let asking = try await first.client(identity, agent: "asking")
        let watching = try await second.client(identity, agent: "asking")
        let message = try await ask(asking)
        try await watching.until(Self.isWaiting)
        await watching.send(decide(type, message))
        for client in [asking, watching] { try await client.until { $0.from("assistant").last?.status == "complete" } }
        #expect(
          await asking.transcript.from("assistant").last?.text == (type == "tool.approve" ? "approved" : "rejected"))
        #expect(
          await asking.transcript.from("assistant").last?.tools == watching.transcript.from("assistant").last?.tools)
      }
      #expect(agent.count == 1)
      #expect(try await decisions(first) == ["approved", "rejected"])
    }
  }

  /// What waits for a person waits on where its server is gone: by a restart, with the decision before or after it.
  @Test func aCallWaitsOnAfterARestart() async throws {
    let agent = AskingAgent()
    var server = try await TestServer(agents: ["asking": agent]) { $0.graceSeconds = 600 }
    for (number, type) in ["tool.approve", "tool.reject"].enumerated() {
      let identity = Identity.random()
      let client = try await server.client(identity, agent: "asking")
      let message = try await ask(client)
      let version = await client.transcript.version
      // It does not wait for the end of the time of grace.
      let old = server
      async let stopping: Void = old.stop()
      #expect(try await client.untilClosed() == 1012)
      await stopping
      server = try await old.again()
      let again = try await server.resume(identity, await client.transcript)
      #expect(Self.isWaiting(await again.transcript) && agent.count == number)
      // It is told nothing that it was told before.
      #expect(await again.transcript.version == version)
      await again.send(decide(type, message))
      try await again.until { $0.from("assistant").last?.status == "complete" }
      let answer = try #require(await again.transcript.from("assistant").last)
      #expect(answer.text == (type == "tool.approve" ? "approved" : "rejected"))
      #expect(answer.tools.map { $0["status"] } == [type == "tool.approve" ? "done" : "rejected"])
      #expect(agent.count == 1)
      #expect(try await server.stored(identity.session) == again.transcript.asStored)
      #expect(try await again.request(decide(type, message))["type"] == "message.tool")
    }
    await server.stop()
  }

  /// Nobody has the answer when the decision comes: it is made by a server that does not.
  @Test(arguments: [ToolVerdict.approved, .rejected])
  func aDecisionCountsWhileNobodyHasTheAnswer(_ verdict: ToolVerdict) async throws {
    let agent = AskingAgent()
    try await withTwoNodes(agents: ["asking": agent]) { first, second in
      let identity = Identity.random()
      let message = try await ask(try await first.client(identity, agent: "asking"))
      // Somebody's whose lease has not run out, but who does nothing any more: what the first server still does is refused.
      let nobody = """
        WITH gone AS (UPDATE runs SET node = gen_random_uuid(), takeovers = takeovers + 1,
          lease_until = now() + interval '1 hour' RETURNING 1) SELECT count(*) = 1 FROM gone
        """
      #expect(try await first.eventually(nobody))
      let client = try await second.client(identity, agent: "asking")
      let told = try await client.request(decide(verdict == .approved ? "tool.approve" : "tool.reject", message))
      #expect(told["tool"]?["status"] == .string(verdict.status.rawValue))
      #expect(agent.count == 0)
      _ = try await first.query("UPDATE runs SET lease_until = now() - interval '1 second'")
      try await client.until { $0.from("assistant").last?.status == "complete" }
      #expect(await client.transcript.from("assistant").last?.text == verdict.rawValue)
      #expect(agent.count == (verdict == .approved ? 1 : 0))
      #expect(try await second.stored(identity.session) == client.transcript.asStored)
    }
  }

  /// A server that is only held for dead does nothing more: the other one goes on, and the decision comes there.
  @Test func aServerThatIsHeldForDeadDoesNothingMore() async throws {
    let agent = AskingAgent()
    try await withTwoNodes(agents: ["asking": agent]) { first, second in
      let identity = Identity.random()
      let asking = try await first.client(identity, agent: "asking")
      let message = try await ask(asking)
      // As often as it is renewed, until the other has it.
      let expire = """
        WITH expired AS (UPDATE runs SET lease_until = now() - interval '1 second' WHERE takeovers = 0)
        SELECT count(*) = 0 FROM runs WHERE takeovers = 0
        """
      #expect(try await first.eventually(expire))
      await asking.send(decide("tool.approve", message))
      try await asking.until { $0.from("assistant").last?.status == "complete" }
      #expect(await asking.transcript.from("assistant").last?.text == "approved")
      #expect(agent.count == 1)
      let fresh = try await second.client(identity, agent: "asking")
      #expect(await fresh.transcript.messages == asking.transcript.messages)
    }
  }

  /// A server that ends hands over what waits for a person at once, under those who watch it from another one.
  @Test func whatWaitsIsHandedOverAtOnce() async throws {
    let agent = AskingAgent()
    let first = try await TestServer(agents: ["asking": agent]) { $0.graceSeconds = 600 }
    let second = try await TestServer(url: first.url, agents: ["asking": agent])
    let identity = Identity.random()
    let client = try await first.client(identity, agent: "asking")
    let message = try await ask(client)
    let watching = try await second.client(identity, agent: "asking")
    let owner = try await first.query("SELECT node::text FROM runs").text(0, 0)
    async let stopping: Void = first.stop()
    #expect(try await client.untilClosed() == 1012)
    #expect(try await second.eventually("SELECT node::text <> $1 FROM runs", [.text(owner)]))
    await watching.send(decide("tool.approve", message))
    try await watching.until { $0.from("assistant").last?.status == "complete" }
    #expect(await watching.transcript.from("assistant").last?.text == "approved" && agent.count == 1)
    await stopping
    let again = try await second.resume(identity, await client.transcript)
    #expect(await again.transcript.messages == watching.transcript.messages)
    #expect(try await second.stored(identity.session) == again.transcript.asStored)
    await second.stop()
  }

  /// Whoever takes over waits on, and does not begin to wait.
  @Test func theTimeForADecisionGoesOnWhoeverHasTheAnswer() async throws {
    let agent = AskingAgent()
    let server = try await TestServer(agents: ["asking": agent])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: "asking")
    _ = try await ask(client)
    let left =
      "SELECT (waits->>'c1')::timestamptz - now() BETWEEN interval '9 minutes' AND interval '10 minutes' FROM runs"
    #expect(try await server.query(left).bool(0, 0))
    await server.stop()
    // Another has it, and has it no more.
    let second = try await server.again()
    let watching = try await second.client(identity, agent: "asking")
    #expect(Self.isWaiting(await watching.transcript))
    #expect(try await second.eventually("SELECT takeovers = 1 FROM runs"))
    #expect(try await second.query(left).bool(0, 0))
    await second.stop()
    // Nobody serves until it is over.
    _ = try await server.query("UPDATE runs SET waits = jsonb_build_object('c1', now() - interval '1 second')")
    let third = try await server.again()
    let again = try await third.resume(identity, await watching.transcript)
    try await again.until { $0.from("assistant").last?.status == "complete" }
    #expect(await again.transcript.from("assistant").last?.text == "expired" && agent.count == 0)
    #expect(try await decisions(third) == ["expired"])
    await third.stop()
  }

  /// Tells that its call runs, and does not come to make it.
  private struct CarelessAgent: Agent {
    let continues = true

    func answer(_ request: AgentRequest, into answer: any Answer) async throws {
      await answer.note(ToolCall(id: "c1", name: "pay", title: "Pays", status: .running))
      while true { try await answer.pause(until: answer.now + 20) }
    }
  }

  /// Between two servers the operator has asked for approval: that a call was told to run is no word of a person's.
  @Test(arguments: [true, false]) func whatNobodyHasAgreedToIsAskedOnTheNextServer(_ agrees: Bool) async throws {
    let server = try await TestServer(agents: ["asking": CarelessAgent()])
    let identity = Identity.random()
    let client = try await server.client(identity, agent: "asking")
    await client.say("Pay")
    try await client.until { $0.from("assistant").last?.tools.first?["status"] == "running" }
    let message = try #require(await client.transcript.from("assistant").last?.id)
    await server.stop()
    let agent = AskingAgent()
    let second = try await TestServer(url: server.url, agents: ["asking": agent])
    let again = try await second.resume(identity, await client.transcript)
    try await again.until(Self.isWaiting)
    #expect(agent.count == 0)
    await again.send(decide(agrees ? "tool.approve" : "tool.reject", message))
    try await again.until { $0.from("assistant").last?.status == "complete" }
    #expect(await again.transcript.from("assistant").last?.text == (agrees ? "approved" : "rejected"))
    #expect(agent.count == (agrees ? 1 : 0))
    #expect(try await second.stored(identity.session) == again.transcript.asStored)
    await second.stop()
  }

  @Test func nobodyIsWaitedForForever() async throws {
    let agent = AskingAgent(patience: 100)
    try await TestServer.with(agents: ["asking": agent]) { server in
      let client = try await server.client(Identity.random(), agent: "asking")
      let answer = try await client.ask("Pay")
      #expect(answer.text == "expired" && answer.tools.map { $0["status"] } == ["rejected"])
      #expect(try await decisions(server) == ["expired"])
      #expect(agent.count == 0)
    }
  }

  /// While a person thinks, the answer's time does not run: another agent's, begun later, has run out meanwhile.
  @Test func theTimeOfAPersonIsNotTheAgents() async throws {
    let agent = AskingAgent()
    try await TestServer.with(agents: ["asking": agent, "silent": SilentAgent()]) { settings in
      (settings.times.firstByte, settings.times.silence, settings.times.total) = (3000, 3000, 3000)
    } _: { server in
      let identity = Identity.random()
      let client = try await server.client(identity, agent: "asking")
      let message = try await ask(client)
      #expect(try await server.client(Identity.random(), agent: "silent").ask("Hm").status == "failed")
      #expect(Self.isWaiting(await client.transcript))
      await client.send(decide("tool.approve", message))
      try await client.until { $0.from("assistant").last?.status == "complete" }
      #expect(agent.count == 1)
    }
  }

  @Test func aStopEndsTheWaiting() async throws {
    let agent = AskingAgent()
    try await TestServer.with(agents: ["asking": agent]) { server in
      let client = try await server.client(Identity.random(), agent: "asking")
      let message = try await ask(client)
      await client.send(["type": "run.stop"])
      try await client.until { $0.from("assistant").last?.status == "stopped" }
      #expect(await client.transcript.from("assistant").last?.tools.map { $0["status"] } == ["failed"])
      #expect(try await client.request(decide("tool.approve", message))["code"] == "bad_field")
      #expect(agent.count == 0)
    }
  }

  @Test func framesThatAreWrongAreRefused() async throws {
    let client = try await TestServer.shared().client()
    let id = JSONValue.string(JSONValue.messageID())
    for members: JSONValue in [
      [:], ["message": id], ["tool": "c"], ["message": "x", "tool": "c"], ["message": id, "tool": ""],
      ["message": id, "tool": 1], ["message": id, "tool": "c", "id": "x"],
      ["message": id, "tool": .string(String(repeating: "x", count: 257))], ["message": id, "tool": "a\u{0}"],
    ] {
      #expect(try await client.request(frame("tool.approve", members))["code"] == "bad_field", "\(members)")
    }
    #expect(try await client.request(frame("tool.reject", ["message": id, "tool": "c"]))["code"] == "not_found")
  }
}
