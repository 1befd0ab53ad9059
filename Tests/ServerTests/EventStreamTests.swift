import HTTPWire
import JSONWire
import SeededRandom
import SkeinTestKit
import Testing

/// Sessions as streams of server-sent events.
@Suite struct EventStreamTests {
  /// Emoji of several scalars, combining marks, right-to-left and left-to-right, line ends, escapes.
  private static let text =
    "Hi 👩‍👩‍👧‍👦! e\u{301}te\u{301} שָׁלוֹם,\r\n\u{202B}مرحبا\u{202C} \"x\"\n\\ 🏳️‍🌈 日本\u{2028}Z\u{351}\u{36B} \u{10FFFF}."

  /// What has the script agent tell it, one scalar after the other.
  private static let script: String = {
    let script: JSONValue = ["chunks": 100, "text": .string(text), "interval_ms": 4]
    return "/script " + String(decoding: script.bytes, as: UTF8.self)
  }()

  @Test func theHeadKeepsOthersFromHoldingItBack() async throws {
    let server = try await TestServer.shared()
    let stream = try await server.events(.random())
    #expect(try await stream.status() == 200)
    let fields = try #require(await stream.head?.fields)
    #expect(fields["content-type"] == "text/event-stream")
    #expect(fields["cache-control"] == "no-store")
    #expect(fields["x-accel-buffering"] == "no")
    #expect(fields["connection"] == "close")
    let welcome = try await stream.until("welcome").frame
    #expect(welcome["created"] == true)
    #expect(welcome["token"] == nil)
    #expect(await stream.lastEventID == "0")
  }

  @Test func headTellsTheSame() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.http()
    let response = try await client.get(identity.path("stream"), method: "HEAD", fields: identity.bearer)
    #expect(response.status == 200)
    #expect(response["content-type"] == "text/event-stream")
    #expect(try await client.untilEnd() == [])
    let refused = try await server.http().get(identity.path("stream"), method: "HEAD")
    #expect(refused.status == 401)
  }

  /// Two tabs, one by WebSocket and one by events, on whatever loops they were accepted.
  @Test func aWebSocketAndAStreamAreTold() async throws {
    let server = try await TestServer.shared()
    for _ in 0..<4 {
      let identity = Identity.random()
      let watcher = try await server.client(identity)
      let stream = try await server.events(identity)
      try await stream.until("welcome")
      let asker = try await server.client(identity)
      // The line ends between values must not end the event.
      let content = String(decoding: JSONValue.string(Self.script).bytes, as: UTF8.self)
      await asker.send(
        text: """
          {"type":"message.send","id":"\(JSONValue.messageID())","content":\(content),"metadata":{\n"a":\r\n[1]\r}}
          """)
      await asker.send(["type": "session.update", "title": "A\nB", "context": ["a": ["b": "\u{2028}"]], "ref": "u"])

      var told: [[UInt8]] = []
      while told.last.map({ !String(decoding: $0, as: UTF8.self).contains("message.completed") }) ?? true {
        told.append(try await watcher.nextMessage().payload)
      }
      var events: [[UInt8]] = []
      while events.last.map({ !String(decoding: $0, as: UTF8.self).contains("message.completed") }) ?? true {
        events.append(try #require(try await stream.next()).data)
      }
      #expect(Self.versioned(events) == Self.versioned(told))
      #expect(Self.deltas(events) == Self.deltas(told))
      #expect(Self.deltas(events) == Array(Self.text.utf8))
      #expect(try await server.stored(identity.session) == stream.transcript.asStored)
    }
  }

  /// The frames of versions, with white space between values as in an event.
  private static func versioned(_ frames: [[UInt8]]) -> [[UInt8]] {
    frames.filter { !String(decoding: $0, as: UTF8.self).contains("message.delta") }
      .map { $0.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 } }
  }

  private static func deltas(_ frames: [[UInt8]]) -> [UInt8] {
    frames.compactMap { try? JSONValue(parsing: $0) }.reduce(into: []) { bytes, frame in
      if frame["type"] == "message.delta" { bytes += Array((frame["text"]?.string ?? "").utf8) }
    }
  }

  /// Cut again and again, anywhere, it goes on by `Last-Event-ID`, and ends with what is stored.
  @Test func cutAgainAndAgain() async throws {
    var generator = SeededGenerator("eventsCutAgainAndAgain")
    let seeds = (0..<48).map { _ in generator.next() }
    let server = try await TestServer.shared()
    let resumed = try await withThrowingTaskGroup(of: Int.self) { group in
      for seed in seeds { group.addTask { try await Self.stumble(server, seed: seed) } }
      return try await group.reduce(0, +)
    }
    #expect(resumed > seeds.count / 4)
  }

  /// - Returns: how often the stream was resumed by a position.
  private static func stumble(_ server: TestServer, seed: UInt64) async throws -> Int {
    var generator = SeededGenerator(seed: seed)
    let identity = Identity.random()
    let id = JSONValue.messageID()
    _ = try await server.client(identity)
    var (transcript, lastEventID) = (Transcript(), "")
    var resumed = 0
    for connections in 1... {
      let stream = try await server.events(identity, transcript: transcript, lastEventID: lastEventID)
      if connections < 30 { await stream.socket.cut(after: Int.random(in: 0...1200, using: &generator)) }
      do {
        if transcript.messages.isEmpty {
          let response = try await server.http().post("messages", identity, message(script, id: id))
          #expect(response.status == (connections == 1 ? 202 : 200))
        }
        let welcome = try await stream.until("welcome").frame
        if !lastEventID.isEmpty {
          #expect(welcome["resumed"] == true)
          resumed += 1
        }
        try await stream.until { $0.from("assistant").first?.status == "complete" }
        let stored = try await server.stored(identity.session)
        #expect(stored.last?.content == Array(text.utf8))
        #expect(await stream.transcript.asStored == stored, "seed \(seed)")
        return resumed
      } catch TestClientError.closed(1006, _) {
        (transcript, lastEventID) = (await stream.transcript, await stream.lastEventID)
      }
    }
    return resumed
  }

  @Test(arguments: ["x", "-1", "1:2", "+1", "9007199254740992", "1:\(JSONValue.messageID()):", "1:X:0", "1,2"])
  func anIdThatCantBeReadCountsAsNone(id: String) async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    try await server.client(identity).ask("hi")
    let stream = try await server.events(identity, lastEventID: id)
    let welcome = try await stream.until("welcome").frame
    #expect(welcome["resumed"] == false)
    #expect(welcome["messages"]?.array?.count == 2)
  }

  @Test func historyIsAsLongAsAsked() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    for _ in 0..<3 { try await client.ask("hi") }
    for (query, count) in [("", 6), ("history=0", 0), ("history=2", 2), ("history=200", 6)] {
      let welcome = try await server.events(identity, query: query).until("welcome").frame
      #expect(welcome["messages"]?.array?.count == count)
    }
  }

  /// Answers that are longer than a frame: while they are not whole, an event has no position.
  @Test func longAnswersFollow() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let client = try await server.client(identity)
    try await client.ask("/script {\"chunks\":30,\"bytes\":30000}")
    let stream = try await server.events(identity)
    try await stream.until("welcome")
    #expect(await stream.lastEventID == "")
    try await stream.until { $0.position != nil }
    #expect(await stream.lastEventID == "3")
    #expect(await stream.transcript.messages.last == client.transcript.messages.last)
  }

  /// A reader that does not read costs an offset, not a queue: when it reads again it is given the rest.
  @Test func aSlowReaderLosesNothing() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let slow = try await server.events(identity, receiveBuffer: 4096)
    try await slow.until("welcome")
    await slow.socket.setReading(false)
    let client = try await server.client(identity)
    for _ in 0..<6 { try await client.ask("/script {\"chunks\":1000,\"bytes\":1000}") }
    for _ in 0..<20 { try await client.ask("hi") }
    await slow.socket.setReading(true)
    try await slow.until { $0.from("assistant").count { $0.status == "complete" } == 26 }
    #expect(await slow.transcript == client.transcript)
  }

  /// As HTTP/1.0 reads it: until the connection ends.
  @Test func oldClientsReadUntilTheEnd() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let content = message("hi").bytes
    let stream = try await EventClient.open(
      to: server.port, identity.path("messages"), method: "POST", fields: identity.bearer, content: content,
      version: "1.0")
    let events = try await stream.all()
    #expect(events.first?.type == "message.accepted")
    #expect(events.last?.type == "message.completed")
    #expect(await stream.head?.fields["transfer-encoding"] == nil)
  }

  // MARK: Answers of posts

  @Test func aPostStreamsItsAnswer() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let watcher = try await server.client(identity)
    let id = JSONValue.messageID()
    let stream = try await server.ask(identity, Self.script, id: id)
    let events = try await stream.all()
    #expect(try await stream.status() == 200)
    #expect(await stream.isWhole)
    #expect(events.first?.type == "message.accepted")
    #expect(events.first?.frame["id"]?.string == id)
    #expect(
      events.filter { $0.type != "message.delta" }.map(\.type).dropFirst() == [
        "message.created", "message.created", "message.completed",
      ])
    #expect(Self.deltas(events.map(\.data)) == Array(Self.text.utf8))
    #expect(events.last?.id == "3")

    // The others are told the same.
    try await watcher.until { $0.from("assistant").first?.status == "complete" }
    #expect(try await server.stored(identity.session) == watcher.transcript.asStored)

    // Asked for again: what there is of it, at once.
    let again = try await server.ask(identity, Self.script, id: id).all()
    #expect(again.map(\.type) == ["message.accepted", "welcome"])
    #expect(again[0].frame["duplicate"] == true)
    #expect(again[1].frame["resumed"] == true)
    #expect(again[1].frame["messages"]?.array?.map { $0["content"]?.string } == [Self.script, Self.text])
  }

  /// Who loses the stream of a post asks again, in the middle of the answer.
  @Test func aPostIsAskedForAgain() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    _ = try await server.client(identity)
    let id = JSONValue.messageID()
    let first = try await server.ask(identity, Self.script, id: id)
    try await first.until("message.delta")
    await first.drop()
    let second = try await server.ask(identity, Self.script, id: id)
    #expect(try await second.next()?.frame["duplicate"] == true)
    let welcome = try #require(try await second.next())
    let shown = welcome.frame["messages"]?.array?.last
    #expect(shown?["reply_to"]?.string == id)
    let rest = try await second.all()
    #expect(await second.isWhole)
    if shown?["status"] == "streaming" { #expect(rest.last?.type == "message.completed") }
    #expect(Array((shown?["content"]?.string ?? "").utf8) + Self.deltas(rest.map(\.data)) == Array(Self.text.utf8))
  }

  /// Each of those that wait is shown what happens up to the end of its own answer.
  @Test func postsThatWaitEndEachWithItsOwnAnswer() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    _ = try await server.client(identity)
    var streams: [(id: String, events: EventClient)] = []
    for index in 0..<4 {
      let id = JSONValue.messageID()
      let text = #"/script {"chunks":20,"text":"Answer \#(index) of four, told slowly.","interval_ms":5}"#
      let stream = try await server.ask(identity, text, id: id)
      #expect(try await stream.next()?.type == "message.accepted")
      streams.append((id, stream))
    }
    for (index, (id, stream)) in streams.enumerated() {
      let events = try await stream.all()
      let created = events.first { $0.frame["message"]?["reply_to"]?.string == id }
      let answer = try #require(created?.frame["message"]?["id"])
      #expect(events.last?.type == "message.completed")
      #expect(events.last?.frame["message"] == answer)
      let own = events.filter { $0.frame["message"] == answer }.map(\.data)
      #expect(String(decoding: Self.deltas(own), as: UTF8.self) == "Answer \(index) of four, told slowly.")
    }
  }

  @Test func aPostWhoseAnswerIsStoppedOrDroppedEnds() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    _ = try await server.client(identity)
    let running = try await server.ask(identity, #"/script {"chunks":2,"bytes":4,"interval_ms":3600000}"#)
    try await running.until("message.accepted")
    let waiting = try await server.ask(identity, "two")
    try await waiting.until("message.accepted")
    #expect(try await server.http().post("stop", identity, ["queued": true]).status == 202)
    #expect(try await running.all().last?.frame["status"] == "stopped")
    let rest = try await waiting.all()
    #expect(await waiting.isWhole)
    #expect(rest.contains { $0.type == "run.stopping" })
    #expect(try await server.stored(identity.session).count == 3)
  }

  @Test func aPostThatIsRefusedIsNoStream() async throws {
    let server = try await TestServer.shared()
    let identity = Identity.random()
    let running = try await server.ask(identity, #"/script {"chunks":10000,"bytes":10,"interval_ms":10}"#)
    try await running.until("message.accepted")
    let content = message("hi", [("when_busy", "reject")]).bytes
    let refused = try await EventClient.open(
      to: server.port, identity.path("messages"), method: "POST", fields: identity.bearer, content: content)
    #expect(try await refused.status() == 409)
    #expect(await refused.head?.fields["content-type"] == "application/problem+json")
    #expect(try await server.http().post("stop", identity).status == 202)
    #expect(try await running.all().last?.frame["status"] == "stopped")
  }
}
