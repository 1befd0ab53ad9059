import Conversation
import JSONWire
import SeededRandom
import Testing

/// Ratings, titles that make themselves, who is typing, and the end of a session, in a world without chance.
@Suite struct SessionChangesTests {
  private let world: Simulation
  private let question = MessageID(high: 7, low: 1)

  /// A world with two welcomed clients, and a question that is answered.
  init() throws {
    var limits = Limits()
    limits.frameBytes = 4096
    limits.messageBytes = 500
    world = Simulation(SeededGenerator(seed: 1), clients: 2, limits: limits, faults: .none)
    for client in 0...1 { world.connect(client, afresh: true) }
    world.drainPages()
    try ask(question, "?")
    for client in 0...1 { _ = frames(client) }
  }

  private func origin(_ ref: String? = nil, client: Int = 0) -> Origin {
    Origin(reader: world.connections[client].reader, ref: ref)
  }

  private func ask(_ id: MessageID, _ text: String) throws {
    world.live().send(ClientFrame.Send(id: id, content: Array(text.utf8)), from: origin(), now: 0)
    world.commitAll()
    let answer = try #require(world.session?.run?.answer)
    world.answers = []
    world.live().append(Array("!".utf8), to: answer, now: 0)
    world.live().finish(answer, Completion(.complete), now: 0)
    world.commitAll()
  }

  private func answer() throws -> MessageID { try #require(world.store.messages.last { $0.role == .assistant }?.id) }

  /// What a client is told; taken.
  private func frames(_ client: Int = 0) -> [JSONValue] {
    var frames: [JSONValue] = []
    world.fill(client)
    while !world.connections[client].pipe.isEmpty {
      frames += world.connections[client].pipe.map(\.frame)
      world.connections[client].pipe = []
      world.fill(client)
    }
    return frames
  }

  // MARK: Ratings

  @Test func everybodyIsToldOfARating() throws {
    let answer = try answer()
    for (rating, feedback) in [(Feedback.up, "up"), (.down, "down"), (.none, nil)] as [(Feedback, String?)] {
      world.live().rate(ClientFrame.Rate(message: answer, rating: rating, comment: "why"), from: origin("r"))
      world.carryOut()
      world.commitAll()
      let version = JSONValue.int(world.store.version)
      let message: JSONValue = [
        "id": .string("\(answer)"), "version": version, "feedback": feedback.map { .string($0) } ?? .null,
      ]
      #expect(
        frames() == [["type": "message.updated", "ref": "r", "version": version, "message": message]])
      #expect(frames(1) == [["type": "message.updated", "version": version, "message": message]])
      #expect(world.store.message(answer)?.feedback == feedback)
    }
    #expect(world.store.version == 6)
  }

  @Test func onlyFinalAnswersAreRated() throws {
    for (message, code) in [(question, "bad_field"), (MessageID(high: 9, low: 9), "not_found")] {
      world.live().rate(ClientFrame.Rate(message: message, rating: .up), from: origin("r"))
      world.carryOut()
      world.commitAll()
      #expect(frames().map { $0["code"]?.string } == [code] && frames(1).isEmpty)
    }
    // Two at once are two versions, one after the other.
    let answer = try answer()
    for rating in [Feedback.up, .down] {
      world.live().rate(ClientFrame.Rate(message: answer, rating: rating), from: origin())
    }
    world.carryOut()
    world.commitAll()
    #expect(frames().map { $0["version"]?.int } == [4, 5])
    #expect(world.store.message(answer)?.feedback == "down")
  }

  // MARK: Titles

  @Test func theFirstAnswerBringsATitle() throws {
    world.makesTitles = true
    world.session = nil
    for client in 0...1 { world.connect(client, afresh: true) }
    world.drainPages()
    try ask(MessageID(high: 7, low: 2), "## How do I set a *title*? And what else?")
    #expect(world.store.title == "How do I set a title?" && !world.store.isTitleSet)
    // It stays.
    try ask(MessageID(high: 7, low: 3), "Something else")
    #expect(world.store.title == "How do I set a title?")
  }

  @Test(arguments: [ClientFrame.UpdateSession.NewText.set("mine"), .clear])
  func aTitleThatIsChosenStays(_ title: ClientFrame.UpdateSession.NewText) throws {
    world.makesTitles = true
    world.session = nil
    for client in 0...1 { world.connect(client, afresh: true) }
    world.drainPages()
    world.live().update(.init(title: title), from: origin())
    world.carryOut()
    world.commitAll()
    try ask(MessageID(high: 7, low: 2), "How do I set a title?")
    #expect(world.store.title == (title == .clear ? nil : "mine") && world.store.isTitleSet)
  }

  @Test func descriptionAndMetadata() throws {
    world.live().update(
      .init(description: .set("about"), metadata: SessionContext(JSONObject([("a", 1), ("b", 2)]))), from: origin())
    world.carryOut()
    world.commitAll()
    #expect(frames(1).map { $0["description"] } == ["about"])
    world.live().update(
      .init(description: .clear, metadata: SessionContext(JSONObject([("a", .null), ("c", 3)]))), from: origin())
    world.carryOut()
    world.commitAll()
    #expect(world.store.description == nil)
    #expect(try JSONValue(parsing: world.store.metadata.bytes) == ["b": 2, "c": 3])
  }

  // MARK: Typing

  private func typing(_ client: Int) -> [Bool?] {
    frames(client).filter { $0["type"] == "typing" }.map { $0["active"]?.bool }
  }

  @Test func theOthersSeeWhoIsTyping() {
    let session = world.live()
    let (one, two) = (world.connections[0].reader, world.connections[1].reader)
    session.type(true, by: one, now: 1000)
    session.type(true, by: one, now: 2000)
    world.carryOut()
    #expect(typing(0).isEmpty && typing(1) == [true])
    // Its six seconds begin anew with each word of it.
    session.endTyping(now: 7999)
    world.carryOut()
    #expect(typing(1).isEmpty)
    session.endTyping(now: 8000)
    world.carryOut()
    #expect(typing(0).isEmpty && typing(1) == [false] && !session.isTyping)
    session.type(true, by: two, now: 9000)
    session.type(true, by: one, now: 9000)
    session.type(false, by: one, now: 9001)
    world.carryOut()
    // Of what was over before it could be told nothing is told.
    #expect(typing(0) == [true] && typing(1).isEmpty)
    session.send(ClientFrame.Send(id: MessageID(high: 7, low: 5), content: [65]), from: origin(client: 1), now: 0)
    world.carryOut()
    #expect(typing(0) == [false])
    session.type(true, by: two, now: 9000)
    world.carryOut()
    world.close(two)
    #expect(typing(0) == [true, false] || typing(0) == [])
  }

  // MARK: Deletion

  @Test func nothingBeginsInADeletedSession() throws {
    let session = world.live()
    session.delete(from: origin("d"))
    session.send(ClientFrame.Send(id: MessageID(high: 7, low: 6), content: [65]), from: origin("s", client: 1), now: 0)
    world.carryOut()
    let (first, second) = (world.connections[0].reader, world.connections[1].reader)
    world.commitAll()
    #expect(session.isGone && world.store.isDeleted && world.store.runs.isEmpty)
    #expect(world.answers.allSatisfy(\.isCancelled) && session.run == nil)
    #expect(!world.connections.contains { $0.reader === first || $0.reader === second })
  }
}

@Suite struct AutomaticTitleTests {
  private static let titles: [(String, String?)] = [
    ("How does resume work?", "How does resume work?"), ("How does it work? And why?", "How does it work?"),
    ("This is it. And that.", "This is it"), ("Hi! How are you doing today?", "Hi! How are you doing today?"),
    ("", nil), (" \n\t\n", nil), ("???", nil), ("***\n---\n# \nreal", "real"),
    ("# A heading\ntext", "A heading"), ("> quoted **bold** and `code`", "quoted bold and code"),
    ("- one\n- two", "one"), ("12. twelfth", "twelfth"), ("3.5 is a number", "3.5 is a number"),
    ("see [the docs](https://example.com/a) please", "see the docs please"), ("![alt](x.png) pic", "alt pic"),
    ("[not a link] here", "[not a link] here"), ("```swift\nlet x = 1\n```", "let x = 1"),
    ("snake_case_name stays", "snake_case_name stays"), ("_emphasis_, and *more*.", "emphasis, and more"),
    ("2 * 3 is six", "2 3 is six"), ("a\u{1}b\u{7F}c d", "a b c d"),
    ("Wie geht's Ihnen? Gut.", "Wie geht's Ihnen?"), ("これは何ですか？はい。", "これは何ですか？"),
    (
      "one two three four five six seven eight nine ten eleven twelve thirteen",
      "one two three four five six seven eight nine ten eleven…"
    ),
    (String(repeating: "x", count: 61), String(repeating: "x", count: 59) + "…"),
    (String(repeating: "y", count: 60), String(repeating: "y", count: 60)),
  ]

  @Test(arguments: titles) func isTheBeginningOfTheQuestion(_ pair: (String, String?)) {
    #expect(AutomaticTitle.title(from: Array(pair.0.utf8)) == pair.1)
  }

  @Test func neverLongerThanItMayBe() {
    var random = SeededGenerator("titles")
    for _ in 0..<2000 {
      let content = SimulatedText.random(upTo: 400, using: &random)
      guard let title = AutomaticTitle.title(from: content) else { continue }
      #expect(!title.isEmpty && title.count <= AutomaticTitle.mostCharacters && !title.contains(where: \.isNewline))
    }
  }
}
