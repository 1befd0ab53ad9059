import JSONWire
import Postgres
import Server
import SkeinTestKit
import Testing

/// Ratings, titles that make themselves, and who is typing.
@Suite struct FeedbackTests {
  @Test func aRatingIsToldAndStays() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let watching = try await server.connect()
    try await watching.hello(identity)
    let answer = try await client.ask("/script {\"text\":\"said\"}")
    let early = await client.transcript
    let rated = try await client.request([
      "type": "message.feedback", "ref": "f", "message": .string(answer.id), "rating": "up", "comment": "good 🙂",
    ])
    #expect(
      rated == [
        "type": "message.updated", "ref": "f", "version": 4,
        "message": ["id": .string(answer.id), "version": 4, "feedback": "up"],
      ])
    try await watching.until { $0[answer.id]?.feedback == "up" }
    let late = try await server.resume(identity, early)
    #expect(await late.transcript == client.transcript)
    let fresh = try await server.connect()
    #expect(try await fresh.hello(identity)["messages"]?.array?.last?["feedback"] == "up")
    #expect(
      try await client.request(["type": "message.feedback", "message": .string(answer.id), "rating": "none"])[
        "message"]?[
          "feedback"] == .null)
    for (message, code) in [(answer.replyTo ?? "", "bad_field"), (JSONValue.messageID(), "not_found")] {
      let refused = try await client.request([
        "type": "message.feedback", "message": .string(message), "rating": "up",
      ])
      #expect(refused["code"]?.string == code)
    }
    let rows = try await server.query("SELECT count(*) FROM messages WHERE feedback_comment = 'good 🙂'")
    #expect(try rows.int(0, 0) == 0)
  }

  /// Another server tells the same, each version once.
  @Test func anotherServerTellsIt() async throws {
    try await TestServer.with { one in
      try await TestServer.with(url: one.url) { two in
        let identity = Identity.random()
        let asking = try await one.client(identity)
        let watching = try await two.client(identity)
        let answer = try await asking.ask("/script {\"text\":\"said\"}")
        for rating in ["up", "down"] {
          await asking.send(["type": "message.feedback", "message": .string(answer.id), "rating": .string(rating)])
        }
        for client in [asking, watching] { try await client.until { $0.version == 5 } }
        #expect(await watching.transcript[answer.id]?.feedback == "down")
        #expect(await watching.transcript == asking.transcript)
        await watching.send(["type": "message.feedback", "message": .string(answer.id), "rating": "up"])
        for client in [asking, watching] { try await client.until { $0[answer.id]?.feedback == "up" } }
      }
    }
  }

  @Test func theFirstQuestionGivesTheTitle() async throws {
    try await TestServer.with({ $0.makesTitles = true }) { server in
      let identity = Identity.random()
      let client = try await server.client(identity)
      try await client.ask("# What *is* this? Tell me.")
      let told = try await client.until("session.updated")
      #expect(told["title"] == "What is this?" && told["version"] == 4)
      try await client.ask("Another one")
      #expect(try await client.settle().isEmpty)
      let fresh = try await server.connect()
      #expect(try await fresh.hello(identity)["title"] == "What is this?")
      // One that was chosen, before or after, stays.
      let chosen = try await server.client()
      #expect(try await chosen.request(["type": "session.update", "title": nil])["version"] == 1)
      try await chosen.ask("What is this?")
      #expect(try await chosen.settle().isEmpty)
    }
  }

  @Test func theOthersSeeWhoIsTyping() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let typing = try await server.client(identity)
    let watching = try await server.connect()
    try await watching.hello(identity)
    let stranger = try await server.client()
    for _ in 0..<2 { await typing.send(["type": "typing", "active": true]) }
    #expect(try await watching.next() == ["type": "typing", "role": "user", "active": true])
    // The server ends it, where nothing else does.
    #expect(try await watching.next() == ["type": "typing", "role": "user", "active": false])
    await typing.send(["type": "typing", "active": true])
    #expect(try await watching.next()["active"] == true)
    await typing.drop()
    #expect(try await watching.next()["active"] == false)
    #expect(try await stranger.settle().isEmpty)
  }
}
