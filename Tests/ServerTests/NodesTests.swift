import JSONWire
import Postgres
import SkeinTestKit
import Testing

/// Two servers on one database: a session does not care which of them somebody has come to.
@Suite struct NodesTests {
  private let script = "/script {\"chunks\":40,\"text\":\"Streams שלום 👋🏽 on. \",\"interval_ms\":100}"

  @Test func readersOfAllNodesSeeTheSame() async throws {
    try await withTwoNodes { a, b in
      let identity = Identity.random()
      let here = try await a.client(identity)
      let there = try await b.client(identity)
      await here.say(script)
      // It is seen while it is made, not only at its end.
      try await there.until { $0.from("assistant").contains { $0.status == "streaming" && !$0.text.isEmpty } }
      let late = try await b.client(identity)
      for client in [here, there, late] {
        try await client.until { $0.from("assistant").contains { $0.status == "complete" } }
      }
      let first = await here.transcript
      #expect(await there.transcript == first)
      #expect(try await a.stored(identity.session) == first.asStored)
      let answer = try #require(first.from("assistant").first)
      #expect(await late.transcript.from("assistant").first?.text == answer.text)
    }
  }

  /// One answer at a time, whoever asks where: what waits on a node begins when the other's answer has ended.
  @Test func questionsWaitForTheOtherNodesAnswer() async throws {
    try await withTwoNodes { a, b in
      let identity = Identity.random()
      let (here, there) = (try await a.client(identity), try await b.client(identity))
      for round in 0..<6 {
        await (round % 2 == 0 ? here : there).say(
          "/script {\"chunks\":6,\"text\":\"\(round) of six. \",\"interval_ms\":3}")
      }
      for client in [here, there] {
        try await client.until { $0.from("assistant").filter { $0.status == "complete" }.count == 6 }
      }
      let transcript = await here.transcript
      #expect(await there.transcript == transcript)
      #expect(try await b.stored(identity.session) == transcript.asStored)
      // No answer begins before the one before it has ended.
      let answers = transcript.from("assistant")
      for (before, after) in zip(answers, answers.dropFirst()) { #expect(before.version < after.createdVersion) }
    }
  }

  @Test func whoTypesIsSeenOnTheOtherNode() async throws {
    try await withTwoNodes { a, b in
      let identity = Identity.random()
      let (here, there) = (try await a.client(identity), try await b.client(identity))
      func typing(_ isActive: Bool) -> JSONValue { ["type": "typing", "role": "user", "active": .bool(isActive)] }
      await here.send(["type": "typing", "active": true])
      #expect(try await there.until("typing") == typing(true))
      // Somebody here sees it once, whoever types where.
      await there.send(["type": "typing", "active": true])
      #expect(try await here.until("typing") == typing(true))
      await here.send(["type": "typing", "active": false])
      #expect(try await there.until("typing") == typing(false))
      // Nobody says so, where a connection ends.
      await there.drop()
      #expect(try await here.until("typing") == typing(false))
    }
  }

  @Test func aStopReachesTheNodeThatAnswers() async throws {
    try await withTwoNodes { a, b in
      let identity = Identity.random()
      let (here, there) = (try await a.client(identity), try await b.client(identity))
      await here.say("/script {\"chunks\":100000,\"interval_ms\":5}")
      try await there.until { $0.from("assistant").contains { !$0.text.isEmpty } }
      await there.send(["type": "run.stop", "ref": "halt"])
      for client in [here, there] {
        try await client.until { $0.from("assistant").contains { $0.status == "stopped" } }
      }
      let answer = try #require(await there.transcript.from("assistant").first)
      #expect(answer.reason == "user")
      #expect(await here.transcript == there.transcript)
      #expect(try await a.stored(identity.session) == there.transcript.asStored)
    }
  }

  @Test func aQuestionInterruptsTheOtherNodesAnswer() async throws {
    try await withTwoNodes { a, b in
      let identity = Identity.random()
      let (here, there) = (try await a.client(identity), try await b.client(identity))
      await here.say("/script {\"chunks\":100000,\"interval_ms\":5}")
      try await there.until { $0.from("assistant").contains { !$0.text.isEmpty } }
      await there.say("/script {\"chunks\":2,\"text\":\"now. \"}", whenBusy: "interrupt")
      for client in [here, there] {
        try await client.until { $0.from("assistant").map(\.status) == ["stopped", "complete"] }
      }
      #expect(await here.transcript.from("assistant").first?.reason == "interrupt")
      #expect(await here.transcript == there.transcript)
    }
  }

  /// Each is merged into what the other has made of it.
  @Test func changesOfTheContextFromBothNodesAreAllKept() async throws {
    try await withTwoNodes { a, b in
      let identity = Identity.random()
      let clients = [try await a.client(identity), try await b.client(identity)]
      for round in 0..<20 {
        for (place, client) in clients.enumerated() {
          await client.send([
            "type": "session.update", "context": .object(JSONObject([("k\(place)-\(round)", .int(Int64(round)))])),
          ])
        }
      }
      for client in clients { try await client.until { members($0).count == 40 } }
      // In whatever order.
      var contexts: [[String: JSONValue]] = []
      for client in clients { contexts.append(members(await client.transcript)) }
      #expect(contexts[0] == contexts[1])
      #expect(contexts[0]["k1-19"] == 19 && contexts[0]["k0-0"] == 0)
    }
  }

  @Test func theNodesAreListed() async throws {
    try await withTwoNodes { a, b in
      let client = try await b.client()
      var rows: [[String]] = []
      _ = try await comesTrue {
        let found = try await a.query("SELECT address, connections, sessions FROM nodes ORDER BY started_at")
        rows = try (0..<found.count).map { row in
          [try found.text(row, 0), "\(try found.int(row, 1))", "\(try found.int(row, 2))"]
        }
        return rows.map { $0[1] } == ["0", "1"] && rows.map { $0[2] } == ["0", "1"]
      }
      #expect(rows == [["127.0.0.1:\(a.port)", "0", "0"], ["127.0.0.1:\(b.port)", "1", "1"]])
      _ = client
    }
  }

  /// Notifications do not come through a pooler that gives connections away, and prepared statements do not last there.
  @Test(.enabled(if: PrivatePooler.isInstalled, "there is no PgBouncer")) func aPoolerMayBeInBetween() async throws {
    let pooler = try await PrivatePooler(try await PrivatePostgres.shared().database())
    try await withTwoNodes(pooler.url) { a, b in
      let identity = Identity.random()
      let (here, there) = (try await a.client(identity), try await b.client(identity))
      await here.say(script)
      try await there.until { !$0.from("assistant").isEmpty }
      await there.say("/script {\"chunks\":100000,\"interval_ms\":5}")
      for client in [here, there] {
        try await client.until { $0.from("assistant").map(\.status) == ["complete", "streaming"] }
      }
      await here.send(["type": "run.stop"])
      for client in [here, there] {
        try await client.until { $0.from("assistant").map(\.status) == ["complete", "stopped"] }
      }
      #expect(await here.transcript == there.transcript)
      #expect(try await a.stored(identity.session) == here.transcript.asStored)
    }
  }

  private func members(_ transcript: Transcript) -> [String: JSONValue] {
    guard case .object(let context) = transcript.context else { return [:] }
    return Dictionary(uniqueKeysWithValues: context.members.map { ($0.key, $0.value) })
  }
}
