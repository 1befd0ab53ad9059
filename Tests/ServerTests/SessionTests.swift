import JSONWire
import SkeinTestKit
import Testing

/// `session.update` and `session.new`.
@Suite struct SessionTests {
  @Test func titlesAreSetAndCleared() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let title = String(repeating: "ü", count: 199) + "🙂"
    let set = try await client.request(["type": "session.update", "title": .string(title), "ref": "t"])
    #expect(set == ["type": "session.updated", "ref": "t", "version": 1, "title": .string(title), "context": [:]])
    // Context alone leaves the title as it is.
    let kept = try await client.request(["type": "session.update", "context": ["page": "/a"]])
    #expect(kept["title"]?.string == title)
    let cleared = try await client.request(["type": "session.update", "title": nil])
    #expect(cleared == ["type": "session.updated", "version": 3, "title": nil, "context": ["page": "/a"]])
    let reader = try await server.connect()
    let welcome = try await reader.hello(identity)
    #expect(welcome["title"] == .null)
    #expect(welcome["context"] == ["page": "/a"])
    #expect(welcome["version"] == 3)
  }

  @Test func contextIsMergedAtTheTop() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    for (change, whole) in [
      (["a": 1, "b": ["c": 2]], ["a": 1, "b": ["c": 2]]), (["b": ["d": 3]], ["a": 1, "b": ["d": 3]]),
      (["a": nil], ["b": ["d": 3]]), (["x": nil], ["b": ["d": 3]]), (["b": ["n": nil]], ["b": ["n": nil]]),
      ([:], ["b": ["n": nil]]), (["b": nil], [:]),
    ] as [(JSONValue, JSONValue)] {
      let updated = try await client.request(["type": "session.update", "context": change])
      #expect(updated["context"] == whole)
    }
    let other = try await server.client(identity)
    #expect(await other.transcript.context == [:])
    #expect(await other.transcript.version == 7)
  }

  @Test func aContextOverItsSize() async throws {
    let client = try await TestServer.shared().client()
    let half = JSONValue.string(String(repeating: "x", count: 9000))
    #expect(try await client.request(["type": "session.update", "context": ["a": half]])["version"] == 1)
    let error = try await client.request(["type": "session.update", "context": ["b": half], "ref": "c"])
    #expect(error["code"] == "bad_field")
    #expect(error["ref"] == "c")
    // One key goes, another comes.
    let swapped = try await client.request(["type": "session.update", "context": ["a": nil, "b": half]])
    #expect(swapped["context"] == ["b": half])
    // Exactly 16 KiB with braces, quotes and colon.
    let most = JSONValue.string(String(repeating: "x", count: 16 * 1024 - 8))
    #expect(try await client.request(["type": "session.update", "context": ["b": most]])["type"] == "session.updated")
    let over = JSONValue.string(String(repeating: "x", count: 16 * 1024 - 7))
    #expect(try await client.request(["type": "session.update", "context": ["b": over]])["code"] == "bad_field")
  }

  @Test(
    arguments: [
      [:], ["title": 1], ["title": ["x"]], ["title": .string(String(repeating: "t", count: 201))],
      ["title": "a\0b"], ["context": nil], ["context": []], ["context": "x"], ["context": ["k": "\0"]],
      ["context": ["\0": 1]], ["title": "good", "context": 1],
    ] as [JSONValue])
  func badUpdates(fields: JSONValue) async throws {
    let client = try await TestServer.shared().client()
    #expect(try await client.request(frame("session.update", fields))["code"] == "bad_field")
    #expect(try await client.settle() == [])
    #expect(await client.transcript.version == 0)
  }

  @Test func updatesOfTwoConnectionsAtOnce() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let (one, two) = (try await server.client(identity), try await server.client(identity))
    for index in 0..<30 {
      for (client, name) in [(one, "a"), (two, "b")] {
        let context = JSONObject([("\(name)\(index)", JSONValue.int(1))])
        await client.send(["type": "session.update", "context": .object(context), "ref": .string(name)])
      }
    }
    for (client, own) in [(one, "a"), (two, "b")] {
      var mine = 0
      for _ in 0..<60 where try await client.until("session.updated")["ref"]?.string == own { mine += 1 }
      #expect(mine == 30)
    }
    #expect(await one.transcript == two.transcript)
    #expect(await one.transcript.context.object?.count == 60)
    #expect(try await server.client(identity).transcript.context.object?.count == 60)
  }

  @Test func aNewSessionOnTheSameConnection() async throws {
    let server = try await TestServer.shared()
    let old = Identity.random()
    let client = try await server.client(old)
    let witness = try await server.client(old)
    await client.say("/script {\"chunks\":100000,\"bytes\":10,\"interval_ms\":20}")
    try await client.until { $0.messages.last?.status == "streaming" && $0.messages.last?.content.isEmpty == false }
    for round in 0..<8 {
      let session = Identity.random().session
      await client.send([
        "type": "session.new", "session": .string(session), "agent": "script", "ref": .string("n\(round)"),
      ])
      let welcome = try await client.until("welcome")
      #expect(welcome["ref"]?.string == "n\(round)")
      #expect(welcome["session"]?.string == session)
      #expect(welcome["created"] == true)
      #expect(welcome["token"] == nil)
      // Nothing of the old session follows.
      #expect(try await client.settle() == [])
      #expect(try await client.ask("hi").text == "This answer was made by a script.")
      // And back, while it streams.
      await client.send(["type": "session.new", "session": .string(old.session)])
      let back = try await client.until("welcome")
      #expect(back["created"] == false)
      #expect(back["run"]?["status"] == "streaming")
      // By the token of the connection, others can't be had.
      try await client.until("message.delta")
    }
    await witness.send(["type": "run.stop"])
    try await witness.until("message.completed")
    try await client.until("message.completed")
    #expect(await client.transcript.asStored == witness.transcript.asStored)
  }

  @Test func aNewSessionWithoutAnID() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let welcome = try await client.request(["type": "session.new"])
    let session = try #require(welcome["session"]?.string)
    #expect(session != identity.session)
    #expect(welcome["agent"]?["slug"] == "knowledge")
    // It is the same visitor's.
    #expect(try await server.connect().hello(Identity(session: session, token: identity.token))["created"] == false)
  }

  @Test func anothersSessionIsNotToBeHad() async throws {
    let server = try await TestServer.shared()
    let other = Identity.random()
    _ = try await server.client(other)
    let client = try await server.client()
    await client.send(["type": "session.new", "session": .string(other.session), "ref": "o"])
    let error = try await client.next()
    #expect(error["code"] == "unauthenticated")
    #expect(error["ref"] == "o")
    #expect(try await client.untilClosed() == 4401)
  }

  @Test func aBadNewSessionLeavesTheOldOne() async throws {
    let client = try await TestServer.shared().client()
    #expect(try await client.request(["type": "session.new", "session": "x"])["code"] == "bad_field")
    #expect(try await client.ask("hi").status == "complete")
  }

  @Test func resumingFromAPosition() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    try await client.ask("one")
    let seen = await client.transcript
    try await client.ask("two")
    let later = try await server.connect(transcript: seen)
    let welcome = try await later.hello(identity, resumes: true)
    #expect(welcome["resumed"] == true)
    #expect(welcome["messages"]?.array?.count == 2)
    #expect(await later.transcript.asStored == client.transcript.asStored)
    // Nothing new.
    let again = try await server.connect(transcript: client.transcript)
    let nothing = try await again.hello(identity, resumes: true)
    #expect(nothing["resumed"] == true)
    #expect(nothing["messages"] == [])
  }

  @Test(arguments: ["future", "unknown message", "past the end", "inside a scalar"])
  func positionsThatCantBe(what: String) async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let answer = try await client.ask("/script {\"text\":\"aé\"}")
    let position: JSONValue =
      switch what {
      case "future": ["version": 4]
      case "unknown message": ["version": 2, "message": .string(JSONValue.messageID()), "offset": 0]
      case "past the end": ["version": 2, "message": .string(answer.id), "offset": 4]
      default: ["version": 2, "message": .string(answer.id), "offset": 2]
      }
    let other = try await server.connect()
    let welcome = try await other.request([
      "type": "hello", "session": .string(identity.session), "token": .string(identity.token), "position": position,
    ])
    #expect(welcome["resumed"] == false)
    #expect(await other.transcript.asStored == client.transcript.asStored)
  }
}
