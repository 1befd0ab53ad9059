import JSONWire
import SkeinTestKit
import Testing

/// Several connections on one session, on whatever loop they were accepted.
@Suite struct SharedSessionTests {
  @Test func allSeeTheSame() async throws {
    let server = try await TestServer.shared()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<12 {
        group.addTask {
          let identity = Identity.random()
          var clients: [ChatClient] = []
          for _ in 0..<4 { clients.append(try await server.client(identity)) }
          for (index, client) in clients.enumerated() {
            await client.say(
              "/script {\"chunks\":20,\"text\":\"Connection \(index) says שלום 👋🏽 to all\",\"interval_ms\":2}")
          }
          for client in clients {
            try await client.until { $0.from("assistant").filter { $0.status == "complete" }.count == 4 }
          }
          let first = await clients[0].transcript
          for client in clients.dropFirst() { #expect(await client.transcript == first) }
          #expect(try await server.stored(identity.session) == first.asStored)
        }
      }
      try await group.waitForAll()
    }
  }

  /// The frames of versions are the same for all, and each gets its own direct answers alone.
  @Test func directAnswersGoToTheirAsker() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let (asker, watcher) = (try await server.client(identity), try await server.client(identity))
    let id = await asker.say("hi", ref: "mine")
    var asked: [JSONValue] = []
    while asked.last?["type"] != "message.completed" { asked.append(try await asker.next()) }
    var watched: [JSONValue] = []
    while watched.last?["type"] != "message.completed" { watched.append(try await watcher.next()) }
    func versioned(_ frames: [JSONValue]) -> [JSONValue] {
      frames.filter { $0["version"] != nil && $0["type"] != "message.accepted" }
    }
    #expect(versioned(asked) == versioned(watched))
    #expect(asked.first?["type"] == "message.accepted")
    #expect(!watched.contains { $0["type"] == "message.accepted" })
    #expect(!watched.contains { $0["ref"] != nil })
    #expect(await watcher.transcript[id]?.text == "hi")
  }

  /// Frames sent right behind `hello`, in one segment, arrive after the connection has moved to the session's loop.
  @Test func framesBehindHelloMoveAlong() async throws {
    let server = try await TestServer.shared()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<40 {
        group.addTask {
          let identity = Identity.random()
          let client = try await server.connect()
          let id = JSONValue.messageID()
          await client.send(frame("hello", .object(JSONObject(identity.fields + [("agent", "script")]))))
          await client.say("hi", id: id)
          await client.send(["type": "ping", "nonce": "n"])
          #expect(try await client.next()["type"] == "welcome")
          try await client.until { $0.from("assistant").first?.status == "complete" }
          #expect(await client.transcript[id]?.text == "hi")
        }
      }
      try await group.waitForAll()
    }
  }

  /// Those who come and go while others stream.
  @Test func comingAndGoing() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let talker = try await server.client(identity)
    await talker.say("/script {\"chunks\":300,\"bytes\":11,\"interval_ms\":2}")
    try await withThrowingTaskGroup(of: Transcript.self) { group in
      for index in 0..<30 {
        group.addTask {
          let client = try await server.client(identity)
          if index % 3 == 0 {
            await client.drop()
            return Transcript()
          }
          try await client.until { $0.from("assistant").last?.status == "complete" }
          return await client.transcript
        }
      }
      try await talker.until { $0.from("assistant").last?.status == "complete" }
      for try await transcript in group where transcript.version != nil {
        #expect(transcript.asStored == (await talker.transcript).asStored)
      }
    }
  }
}
