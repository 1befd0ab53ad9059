import Agents
import Conversation
import JSONWire
import SkeinTestKit
import Synchronization
import Testing

/// Answers that are made again.
@Suite struct RetryTests {
  private static let endless = "/script {\"chunks\":100000,\"bytes\":12,\"interval_ms\":20}"

  private func retry(_ message: String, as id: String, ref: String = "r") -> JSONValue {
    ["type": "run.retry", "ref": .string(ref), "message": .string(message), "id": .string(id)]
  }

  @Test func theOldAnswerStaysAndANewOneIsMade() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let watching = try await server.connect()
    try await watching.hello(identity)
    let old = try await client.ask("/script {\"text\":\"said\"}")
    let early = await client.transcript
    let new = JSONValue.messageID()
    await client.send(retry(old.id, as: new))
    let accepted = try await client.next()
    #expect(accepted["type"] == "message.accepted" && accepted["id"] == .string(new) && accepted["ref"] == "r")
    #expect(accepted["version"] == 5 && accepted["duplicate"] == false)
    let updated = try await client.next()
    #expect(updated["type"] == "message.updated" && updated["version"] == 4 && updated["ref"] == nil)
    #expect(updated["message"] == ["id": .string(old.id), "version": 4, "replaced_by": .string(new)])
    for client in [client, watching] {
      try await client.until { $0[new]?.status == "complete" }
      let answers = await client.transcript.from("assistant")
      #expect(answers.map(\.text) == ["said", "said"] && answers.map(\.replacedBy) == [new, nil])
      #expect(answers.map(\.replyTo) == [old.replyTo, old.replyTo])
    }
    let seen = await client.transcript
    #expect(try await server.stored(identity.session) == seen.asStored)
    // A reload, and a client that was away meanwhile.
    let fresh = try await server.connect()
    try await fresh.hello(identity)
    #expect(await fresh.transcript == seen)
    let late = try await server.resume(identity, early)
    #expect(await late.transcript == seen)
    // Once more, and by somebody who has not heard the answer.
    let again = try await client.request(retry(old.id, as: new))
    #expect(again["duplicate"] == true && again["version"] == 5)
    #expect(again["created_at"] == accepted["created_at"])
    #expect(try await client.settle().isEmpty)
  }

  @Test func whatCanNotBeMadeAgainIsRefused() async throws {
    let client = try await TestServer.shared().client()
    let first = try await client.ask("one")
    let (question, unknown) = (first.replyTo ?? "", JSONValue.messageID())
    #expect(try await client.request(retry(unknown, as: JSONValue.messageID()))["code"] == "not_found")
    #expect(try await client.request(retry(question, as: JSONValue.messageID()))["code"] == "bad_field")
    #expect(try await client.request(retry(first.id, as: question))["code"] == "bad_field")
    #expect(try await client.request(retry(first.id, as: "new"))["code"] == "bad_field")
    await client.say(Self.endless)
    try await client.until { $0.messages.last?.status == "streaming" && $0.messages.last?.content.isEmpty == false }
    let streaming = try #require(await client.transcript.messages.last?.id)
    for id in [first.id, streaming] {
      await client.send(retry(id, as: JSONValue.messageID()))
      #expect(try await client.until("error")["code"] == "busy")
    }
    await client.send(["type": "run.stop"])
    try await client.until { $0[streaming]?.status == "stopped" }
    #expect(try await client.request(retry(first.id, as: JSONValue.messageID()))["code"] == "bad_field")
    // One that was stopped can be made again, and the new one can be stopped too.
    let new = JSONValue.messageID()
    await client.send(retry(streaming, as: new))
    try await client.until { $0[new]?.content.isEmpty == false }
    await client.send(["type": "run.stop", "message": .string(new)])
    try await client.until { $0[new]?.status == "stopped" }
  }

  /// An agent is told of the conversation as it stands.
  @Test func anAgentDoesNotSeeWhatWasReplaced() async throws {
    try await TestServer.with(agents: ["counting": CountingAgent()]) { server in
      let client = try await server.client(agent: "counting")
      let first = try await client.ask("a")
      #expect(first.text == "answer 1 after []")
      let new = JSONValue.messageID()
      await client.send(retry(first.id, as: new))
      try await client.until { $0[new]?.status == "complete" }
      #expect(await client.transcript[new]?.text == "answer 2 after []")
      #expect(try await client.ask("b").text == "answer 3 after [a, answer 2 after []]")
    }
  }

  @Test func aReplacedAnswerSurvivesARestart() async throws {
    var server = try await TestServer()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let old = try await client.ask("hi")
    let new = JSONValue.messageID()
    await client.send(retry(old.id, as: new))
    try await client.until { $0[new]?.status == "complete" }
    let seen = await client.transcript
    server = try await server.restarted()
    let fresh = try await server.connect()
    try await fresh.hello(identity)
    #expect(await fresh.transcript == seen)
    let again = try await fresh.request(retry(old.id, as: new))
    #expect(again["type"] == "message.accepted" && again["duplicate"] == true && again["version"] == 5)
    await server.stop()
  }

  @Test func itWorksOverPlainHTTP() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    let old = try await client.ask("hi")
    let new = JSONValue.messageID()
    let order: JSONValue = ["message": .string(old.id), "id": .string(new), "ref": "r"]
    let http = try await server.http()
    let accepted = try await http.post("retry", identity, order)
    #expect(accepted.status == 202)
    #expect(accepted.json["type"] == "message.accepted" && accepted.json["id"] == .string(new))
    #expect(accepted.json["ref"] == "r" && accepted.json["version"] == 5)
    try await client.until { $0[new]?.status == "complete" }
    #expect(await client.transcript[old.id]?.replacedBy == new)
    let again = try await http.post("retry", identity, order)
    #expect(again.status == 200 && again.json["duplicate"] == true)
    let other = try await http.post(
      "retry", identity, ["message": .string(old.id), "id": .string(JSONValue.messageID())])
    #expect(other.status == 400 && other.json["code"] == "bad_field")
  }
}

/// Says how many answers it has made, and what it was told of the conversation.
private final class CountingAgent: Agent {
  private let count = Mutex(0)

  func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    let number = count.withLock {
      $0 += 1
      return $0
    }
    let turns = try await request.history(limit: 10).map(\.text)
    try await answer.write("answer \(number) after [\(turns.joined(separator: ", "))]")
  }
}
