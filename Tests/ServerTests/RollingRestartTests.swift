import JSONWire
import Server
import SkeinTestKit
import Testing

/// Two servers on one database are restarted one after the other while people talk: nothing is lost, and nobody is shown
/// an error.
@Suite struct RollingRestartTests {
  private static let people = 12

  @Test func nobodyNotices() async throws {
    let first = try await node()
    let fleet = Fleet([first, try await node(first.url)], people: Self.people)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for person in 0..<Self.people { group.addTask { try await self.talk(on: fleet, as: person) } }
      for place in 0..<2 {
        // Everybody is somewhere, and was answered since the restart before.
        let before = await fleet.answers
        #expect(await comesTrue { zip(await fleet.answers, before).allSatisfy { $0 > $1 } })
        try await fleet.restart(place)
      }
      await fleet.finish()
      try await group.waitForAll()
    }
    for server in await fleet.servers { await server.stop() }
  }

  private func node(_ url: String? = nil) async throws -> TestServer {
    try await TestServer(url: url) {
      $0.graceSeconds = 30
      $0.drainSeconds = 1
    }
  }

  /// A person who asks one question after the other until both servers were restarted, and three times at least.
  private func talk(on fleet: Fleet, as person: Int) async throws {
    let identity = Identity.random()
    var transcript = Transcript()
    var asked: [(id: String, text: String)] = []
    var closes = 0
    while true {
      // One that has just begun to end says so, as a balancer would find out.
      guard let client = try await fleet.client(identity, transcript) else { continue }
      do {
        while true {
          let isAnswered = Set(transcript.messages.compactMap { $0.status == "complete" ? $0.replyTo : nil })
          if let last = asked.last, !isAnswered.contains(last.id) {
            // Sent again, in case it was not taken.
            await client.say(last.text, id: last.id)
            try await client.until { transcript in
              transcript.messages.contains { $0.replyTo == last.id && $0.status != "streaming" }
            }
            await fleet.note(answerTo: person)
          } else if asked.count >= 3, await fleet.isFinished {
            break
          } else {
            let answer = "Answer \(asked.count) of \(identity.session)"
            asked.append(
              (JSONValue.messageID(), "/script {\"chunks\":12,\"interval_ms\":8,\"text\":\"\(answer)\"}"))
          }
          transcript = await client.transcript
        }
        break
      } catch TestClientError.closed(let code, _) {
        #expect(code == 1012)
        closes += 1
        transcript = await client.transcript
        #expect(await client.lastError == nil)
        // A server that ends waits for those who do not answer its close.
        await client.drop()
      }
    }
    #expect(closes >= 1)
    let answers = transcript.from("assistant")
    #expect(answers.map(\.status) == asked.map { _ in "complete" })
    #expect(answers.map(\.text) == asked.indices.map { "Answer \($0) of \(identity.session)" })
    #expect(try await fleet.servers[0].stored(identity.session) == transcript.asStored)
  }
}

/// Servers that can be restarted while clients come.
private actor Fleet {
  private(set) var servers: [TestServer]
  private(set) var isFinished = false
  private var isEnding: [Bool]
  /// How often each has been answered.
  private(set) var answers: [Int]

  init(_ servers: [TestServer], people: Int) {
    self.servers = servers
    isEnding = servers.map { _ in false }
    answers = Array(repeating: 0, count: people)
  }

  func note(answerTo person: Int) { answers[person] += 1 }

  func finish() { isFinished = true }

  func restart(_ place: Int) async throws {
    isEnding[place] = true
    servers[place] = try await servers[place].restarted()
    isEnding[place] = false
  }

  /// A client of a server that takes new ones, as a load balancer finds it by its health.
  func client(_ identity: Identity, _ transcript: Transcript) async throws -> ChatClient? {
    let place = servers.indices.filter { !isEnding[$0] }.randomElement() ?? 0
    let server = servers[place]
    do {
      let client = try await server.connect(transcript: transcript)
      try await client.hello(identity, agent: "script", resumes: true)
      return client
    } catch {
      // It may have ended meanwhile, and have a follower.
      guard isEnding[place] || servers[place] !== server else { throw error }
      return nil
    }
  }
}
