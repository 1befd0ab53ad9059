import JSONWire
import Server
import SkeinTestKit
import SeededRandom
import Testing

/// A client that is cut anywhere, and resumes by its position, ends with the stored transcript.
@Suite struct CutTests {
  /// Emoji of several scalars, combining marks, right-to-left and left-to-right, four-byte scalars, escapes.
  private static let text =
    "Hi 👩‍👩‍👧‍👦! e\u{301}te\u{301} שָׁלוֹם, \u{202B}مرحبا\u{202C} \"x\"\n\\ 🏳️‍🌈 日本 Z\u{351}\u{36B}\u{343} \u{10FFFF}."

  private static var agent: RecitingAgent {
    let scalars = Array(text.unicodeScalars)
    let chunks = stride(from: 0, to: scalars.count, by: 4).map { start in
      scalars[start..<min(start + 4, scalars.count)].reduce(into: "") { $0.unicodeScalars.append($1) }
    }
    return RecitingAgent(chunks: chunks, interval: 4)
  }

  /// Watchers of one session, each cut after another number of bytes, from its `welcome` on.
  @Test func cutAtEveryByte() async throws {
    try await TestServer.with(agents: ["reciter": Self.agent]) { server in
      // What an uncut client is sent, to know how many cuts there are: deltas may be merged, so this is not exact.
      let probe = try await server.client(agent: "reciter")
      await probe.say("go")
      // `least` is what a client is sent in any case, who is told the whole text at once and nothing of acceptances.
      var (total, least) = (0, Self.text.utf8.count)
      while true {
        let message = try await probe.nextMessage()
        let count = message.payload.count + (message.payload.count > 125 ? 4 : 2)
        total += count
        if !message.text.contains("message.delta"), !message.text.contains("message.accepted") { least += count }
        if message.text.contains("message.completed") { break }
      }
      #expect(total > 1000 && least > 500)
      let cuts = Array(0...total + 20)
      let width = 64
      try await withThrowingTaskGroup(of: Int.self) { group in
        var resumed = 0
        var running = 0
        for start in stride(from: 0, to: cuts.count, by: width) {
          if running == 8 {
            resumed += try await group.next() ?? 0
            running -= 1
          }
          running += 1
          group.addTask {
            try await Self.watch(server, cuts: Array(cuts[start..<min(start + width, cuts.count)]))
          }
        }
        for try await count in group { resumed += count }
        // The cuts fell into the stream.
        #expect(resumed >= least)
      }
    }
  }

  /// - Returns: how many of the clients were cut.
  private static func watch(_ server: TestServer, cuts: [Int]) async throws -> Int {
    let identity = Identity.random()
    let asker = try await server.client(identity, agent: "reciter")
    let transcripts = try await withThrowingTaskGroup(of: (Transcript, Bool).self) { group in
      for cut in cuts {
        let client = try await server.client(identity)
        group.addTask {
          await client.socket.cut(after: cut)
          do {
            try await client.until { $0.from("assistant").first?.status == "complete" }
            return (await client.transcript, false)
          } catch TestClientError.closed(1006, _) {
            let again = try await server.resume(identity, await client.transcript)
            try await again.until { $0.from("assistant").first?.status == "complete" }
            return (await again.transcript, true)
          }
        }
      }
      await asker.say("go")
      try await asker.until { $0.from("assistant").first?.status == "complete" }
      var all: [(Transcript, Bool)] = []
      for try await result in group { all.append(result) }
      return all
    }
    let stored = try await server.stored(identity.session)
    #expect(stored.last?.content == Array(text.utf8))
    for (transcript, _) in transcripts { #expect(transcript.asStored == stored) }
    return transcripts.count { $0.1 }
  }

  /// Clients that are cut again and again, in their `welcome` too.
  @Test func cutAgainAndAgain() async throws {
    var generator = SeededGenerator("cutAgainAndAgain")
    let seeds = (0..<60).map { _ in generator.next() }
    try await TestServer.with(agents: ["reciter": Self.agent]) { server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for chunk in 0..<6 {
          group.addTask {
            for seed in seeds[chunk * 10..<chunk * 10 + 10] { try await Self.stumble(server, seed: seed) }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  private static func stumble(_ server: TestServer, seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    let identity = Identity.random()
    var transcript = Transcript()
    var question: String?
    var isDone = false
    var connections = 0
    while !isDone {
      connections += 1
      let client = try await server.connect(transcript: transcript)
      if connections < 30 { await client.socket.cut(after: Int.random(in: 0...1200, using: &generator)) }
      do {
        try await client.hello(identity, agent: "reciter", resumes: true)
        // Sent again with the same id, as a client does that was not told of the acceptance.
        if question == nil || transcript.messages.isEmpty {
          question = await client.say("go", id: question ?? JSONValue.messageID())
        }
        try await client.until { $0.from("assistant").first?.status == "complete" }
        isDone = true
      } catch TestClientError.closed(1006, _) {
      }
      transcript = await client.transcript
    }
    let stored = try await server.stored(identity.session)
    #expect(stored.count == 2)
    #expect(stored.last?.content == Array(text.utf8))
    #expect(transcript.asStored == stored, "seed \(seed)")
  }
}
