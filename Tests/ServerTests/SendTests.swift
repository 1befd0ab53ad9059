import JSONWire
import Server
import SkeinTestKit
import Testing

/// `message.send`: stored once, told in order.
@Suite struct SendTests {
  @Test func acceptedThenCreatedThenTheAnswer() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let id = await client.say("hi", ref: "s1")
    let accepted = try await client.next()
    #expect(accepted["type"] == "message.accepted")
    #expect(accepted["ref"] == "s1")
    #expect(accepted["id"]?.string == id)
    #expect(accepted["version"] == 1)
    #expect(accepted["duplicate"] == false)
    let created = try await client.next()
    #expect(created["type"] == "message.created")
    #expect(created["version"] == 1)
    #expect(created["ref"] == nil)
    #expect(created["message"]?["id"]?.string == id)
    #expect(created["message"]?["role"] == "user")
    #expect(created["message"]?["status"] == "complete")
    #expect(created["message"]?["content"] == "hi")
    #expect(created["message"]?["length"] == 2)
    #expect(created["message"]?["created_version"] == 1)
    #expect(created["message"]?["created_at"] == accepted["created_at"])
    #expect(created["message"]?["metadata"] == [:])
    let answer = try await client.next()
    #expect(answer["type"] == "message.created")
    #expect(answer["version"] == 2)
    #expect(answer["message"]?["role"] == "assistant")
    #expect(answer["message"]?["status"] == "streaming")
    #expect(answer["message"]?["content"] == "")
    #expect(answer["message"]?["length"] == 0)
    #expect(answer["message"]?["reply_to"]?.string == id)
    let completed = try await client.until("message.completed")
    #expect(completed["version"] == 3)
    #expect(completed["message"] == answer["message"]?["id"])
    #expect(completed["status"] == "complete")
    #expect(completed["length"] == 33)
    #expect(completed["usage"] == .null)
    #expect(completed["citations"] == [])
    #expect(completed["processing_ms"]?.int.map { $0 >= 0 } == true)
    #expect(try await server.stored(identity.session) == client.transcript.asStored)
  }

  @Test func aDuplicateIsAnsweredAsTheFirst() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let id = await client.say("first")
    let first = try await client.next()
    try await client.until("message.completed")
    await client.say("second", id: id, ref: "d")
    let again = try await client.next()
    #expect(again["type"] == "message.accepted")
    #expect(again["ref"] == "d")
    #expect(again["duplicate"] == true)
    #expect(again["version"] == first["version"])
    #expect(again["created_at"] == first["created_at"])
    // From another connection.
    let other = try await server.client(identity)
    await other.say("third", id: id)
    let elsewhere = try await other.next()
    #expect(elsewhere["duplicate"] == true)
    #expect(elsewhere["version"] == first["version"])
    #expect(elsewhere["created_at"] == first["created_at"])
    #expect(try await client.settle() == [])
    #expect(try await other.settle() == [])
    #expect(try await server.stored(identity.session).map(\.content) == client.transcript.messages.map(\.content))
    #expect(await client.transcript.messages.count == 2)
  }

  @Test func twoAtOnceAreOne() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let (one, two) = (try await server.client(identity), try await server.client(identity))
    for round in 0..<20 {
      let id = JSONValue.messageID()
      async let first = one.say("one \(round)", id: id)
      async let second = two.say("two \(round)", id: id)
      _ = await (first, second)
      let answers = [try await one.until("message.accepted"), try await two.until("message.accepted")]
      #expect(Set(answers.map { $0["duplicate"] == true }) == [true, false])
      #expect(answers[0]["version"] == answers[1]["version"])
      #expect(answers[0]["created_at"] == answers[1]["created_at"])
      for client in [one, two] {
        try await client.until { $0.messages.filter { $0.replyTo == id && $0.status == "complete" }.count == 1 }
      }
    }
    #expect(await one.transcript == two.transcript)
    #expect(try await server.stored(identity.session) == one.transcript.asStored)
  }

  @Test func aBurstOfTheSameMessage() async throws {
    let server = try await TestServer.shared()
    let client = try await server.client()
    let id = JSONValue.messageID()
    for index in 0..<50 { await client.say("try \(index)", id: id, ref: "\(index)") }
    var accepted: [JSONValue] = []
    while accepted.count < 50 { accepted.append(try await client.until("message.accepted")) }
    #expect(accepted.map { $0["ref"]?.string } == (0..<50).map { "\($0)" })
    #expect(accepted.map { $0["duplicate"] == true } == [false] + Array(repeating: true, count: 49))
    #expect(Set(accepted.map { $0["version"]?.int }) == [1])
    try await client.until { $0.from("assistant").first?.status == "complete" }
    #expect(await client.transcript[id]?.text == "try 0")
  }

  @Test func aDuplicateIsAnsweredBeforeAnyOtherCheck() async throws {
    let client = try await TestServer.shared().client()
    let id = await client.say("/script {\"chunks\":100000,\"bytes\":10,\"interval_ms\":20}")
    try await client.until { $0.from("assistant").count == 1 }
    // The session is busy, and the sender does not want to wait: but it is there already.
    await client.say("x", id: id, whenBusy: "reject")
    #expect(try await client.until("message.accepted")["duplicate"] == true)
    await client.say("y", whenBusy: "reject", ref: "busy")
    let error = try await client.until("error")
    #expect(error["code"] == "busy")
    #expect(error["ref"] == "busy")
    await client.send(["type": "run.stop"])
    try await client.until("message.completed")
  }

  @Test func anAnswersIDIsTaken() async throws {
    let client = try await TestServer.shared().client()
    let answer = try await client.ask("hi")
    await client.say("mine now", id: answer.id, ref: "a")
    let error = try await client.next()
    #expect(error["code"] == "bad_field")
    #expect(error["ref"] == "a")
    #expect(try await client.settle() == [])
  }

  @Test func idsBelongToTheirSession() async throws {
    let server = try await TestServer.shared()
    let (one, two) = (try await server.client(), try await server.client())
    let id = JSONValue.messageID()
    for client in [one, two] {
      await client.say("hi", id: id)
      #expect(try await client.until("message.accepted")["duplicate"] == false)
    }
  }

  @Test(
    arguments: [
      (["content": nil], "bad_field"), (["content": ""], "bad_field"), (["content": 7], "bad_field"),
      (["content": "a\0b"], "bad_field"), (["content": ["x"]], "bad_field"),
      (["content": .string(String(repeating: "x", count: 32 * 1024 + 1))], "too_large"),
      (["content": .string(String(repeating: "é", count: 16 * 1024) + "x")], "too_large"),
      (["id": nil], "bad_field"), (["id": 1], "bad_field"), (["id": ""], "bad_field"),
      (["id": "00000000-0000-4000-8000-00000000000"], "bad_field"),
      (["id": "ABCDEFAB-0000-4000-8000-000000000000"], "bad_field"),
      (["id": "{00000000-0000-4000-8000-00000000000}"], "bad_field"), (["when_busy": "wait"], "bad_field"),
      (["when_busy": 1], "bad_field"), (["metadata": []], "bad_field"), (["metadata": "x"], "bad_field"),
      (["metadata": ["k": .string(String(repeating: "v", count: 4096))]], "bad_field"),
      (["metadata": ["k": "a\0b"]], "bad_field"), (["metadata": ["a\0b": 1]], "bad_field"),
      (["metadata": ["deep": ["er": ["a\0"]]]], "bad_field"), (["metadata": nil], "bad_field"),
    ] as [(JSONValue, String)])
  func badFields(fields: JSONValue, code: String) async throws {
    let client = try await TestServer.shared().client()
    var frame = JSONObject([
      ("type", "message.send"), ("id", .string(JSONValue.messageID())), ("content", "hi"), ("ref", "b"),
    ])
    for member in fields.object?.members ?? [] { frame[member.key] = member.value }
    let error = try await client.request(.object(frame))
    #expect(error["type"] == "error")
    #expect(error["code"]?.string == code)
    #expect(error["ref"] == "b")
    #expect(try await client.settle() == [])
    #expect(await client.transcript.version == 0)
  }

  /// Numbers that PostgreSQL can't keep are refused, those at the edge of what it can are kept.
  @Test func extremeNumbers() async throws {
    let client = try await TestServer.shared().client()
    func number(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }
    for text in ["1e999999", "-1e309", "1e-20000"] {
      let value = try number(text)
      #expect(
        try await client.request([
          "type": "message.send", "id": .string(JSONValue.messageID()), "content": "hi", "metadata": ["k": [value]],
        ])["code"] == "bad_field")
      #expect(try await client.request(["type": "session.update", "context": ["k": value]])["code"] == "bad_field")
    }
    #expect(await client.transcript.version == 0)
    for text in ["1e308", "1e-999", "0." + String(repeating: "1", count: 998)] {
      #expect(
        try await client.request(["type": "session.update", "context": ["k": try number(text)]])["type"]
          == "session.updated")
    }
  }

  @Test func missingFields() async throws {
    let client = try await TestServer.shared().client()
    for frame: JSONValue in [
      ["type": "message.send", "content": "x"], ["type": "message.send", "id": .string(JSONValue.messageID())],
      ["type": "history.load"], ["type": "session.update"],
    ] {
      #expect(try await client.request(frame)["code"] == "bad_field")
    }
  }

  /// Escapes that are six times as long as what they stand for.
  @Test func theLongestMessageInItsLongestEscapes() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let id = JSONValue.messageID()
    let text = String(repeating: "\\u0007", count: 32 * 1024)
    await client.send(text: "{\"type\":\"message.send\",\"id\":\"\(id)\",\"content\":\"\(text)\"}")
    try await client.until { $0.from("assistant").first?.status == "complete" }
    #expect(await client.transcript[id]?.content == [UInt8](repeating: 7, count: 32 * 1024))
    let again = try await server.client(identity)
    #expect(await again.transcript == client.transcript)
  }

  @Test func contentIsKeptByteForByte() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let texts = [
      "e\u{301} and é are not the same", "👩‍👩‍👧‍👦🏳️‍🌈", "שלום עולם — مرحبا", "\u{202E}evil\u{202C}", "line\nbreak\ttab\r\n",
      "\u{FEFF}bom", "\u{FFFE}\u{FFFF}\u{10FFFF}", " ", "'; DROP TABLE messages; --", "\\u0041 \" / \u{1F} \u{7F}",
      "\u{2028}\u{2029}",
    ]
    for text in texts {
      let id = await client.say(text)
      try await client.until { $0.messages.contains { $0.replyTo == id && $0.status == "complete" } }
      #expect(await client.transcript[id]?.content == Array(text.utf8))
    }
    #expect(try await server.stored(identity.session) == client.transcript.asStored)
    #expect(try await server.client(identity).transcript.asStored == client.transcript.asStored)
  }

  @Test func metadataIsKept() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let metadata: JSONValue = ["a": 1, "b": ["x", nil, true, 1.5], "ключ": ["e\u{301}": "é"]]
    await client.send([
      "type": "message.send", "id": .string(JSONValue.messageID()), "content": "hi", "metadata": metadata,
    ])
    let created = try await client.until("message.created")
    #expect(created["message"]?["metadata"] == metadata)
    try await client.until("message.completed")
    let reader = try await server.connect()
    let stored = try await reader.hello(identity)["messages"]?[0]?["metadata"]
    #expect(stored?["b"] == metadata["b"])
    #expect(stored?["ключ"] == metadata["ключ"])
  }

  /// JSON that is valid, but whose number PostgreSQL can't hold.
  @Test func aNumberBeyondAllBounds() async throws {
    let server = try await TestServer.shared()
    let client = try await server.client()
    await client.send(
      text: "{\"type\":\"message.send\",\"id\":\"\(JSONValue.messageID())\",\"content\":\"x\",\"ref\":\"n\","
        + "\"metadata\":{\"n\":1e999999}}")
    let error = try await client.next()
    #expect(error["type"] == "error")
    #expect(error["ref"] == "n")
    #expect(try await client.ask("hi").status == "complete")
  }
}
