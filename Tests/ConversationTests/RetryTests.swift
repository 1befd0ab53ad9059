import Conversation
import JSONWire
import SeededRandom
import Testing

/// Answers that are made again, in a world without chance.
@Suite struct RetryTests {
  private let world: Simulation
  private let question = MessageID(high: 7, low: 1)
  private let new = MessageID(high: 7, low: 100)

  /// A world with one welcomed client, and a question that is answered.
  init() throws {
    var limits = Limits()
    limits.frameBytes = 4096
    limits.messageBytes = 500
    world = Simulation(SeededGenerator(seed: 1), clients: 1, limits: limits, faults: .none)
    world.connect(0, afresh: true)
    world.drainPages()
    ask(question)
    try finish("old")
    _ = told()
  }

  private func origin(_ ref: String? = nil) -> Origin { Origin(reader: world.connections[0].reader, ref: ref) }

  private func ask(_ id: MessageID) {
    world.live().send(ClientFrame.Send(id: id, content: Array("?".utf8)), from: origin(), now: 0)
    world.commitAll()
    world.answers = []
  }

  private func finish(_ text: String) throws {
    let answer = try #require(world.session?.run?.answer)
    world.answers = []
    world.live().append(Array(text.utf8), to: answer, now: 0)
    world.live().finish(answer, Completion(.complete), now: 0)
    world.commitAll()
  }

  private func retry(_ message: MessageID, as id: MessageID, ref: String? = nil) {
    world.live().retry(ClientFrame.Retry(message: message, id: id), from: origin(ref), now: 0)
    world.carryOut()
  }

  private func old() throws -> MessageID { try #require(world.store.messages.last { $0.role == .assistant }?.id) }

  /// What the client is told; taken.
  private func frames() -> [JSONValue] {
    var frames: [JSONValue] = []
    while !world.connections[0].pipe.isEmpty {
      frames += world.connections[0].pipe.map(\.frame)
      world.connections[0].pipe = []
      world.fill(0)
    }
    return frames
  }

  /// The same, each frame as its type and what it is about; taken.
  private func told() -> [String] {
    frames().map { frame in
      let what = frame["code"]?.string ?? frame["version"]?.int.map { "\($0)" }
      return [frame["type"]?.string, what, frame["ref"]?.string].compactMap(\.self).joined(separator: " ")
    }
  }

  @Test func theOldAnswerIsMarkedAndANewOneIsMade() throws {
    let old = try old()
    retry(old, as: new, ref: "r")
    world.commitAll()
    #expect(world.answers.map(\.answer) == [new])
    world.answers = []
    let frames = frames()
    #expect(frames.map { $0["type"] } == ["message.accepted", "message.updated", "message.created"])
    #expect(frames.map { $0["version"] } == [5, 4, 5] && frames[0]["ref"] == "r" && frames[0]["duplicate"] == false)
    #expect(frames[1]["message"] == ["id": .string("\(old)"), "version": 4, "replaced_by": .string("\(new)")])
    #expect(frames[2]["message"]?["reply_to"]?.string == "\(question)")
    #expect(frames[2]["message"]?["status"] == "streaming")
    try finish("new")
    #expect(world.store.messages.map(\.content).suffix(2) == [Array("old".utf8), Array("new".utf8)])
    #expect(world.store.messages.map(\.replacedBy) == [nil, new, nil])
  }

  @Test func aRetryThatComesAgainIsAnsweredAndMakesNothing() throws {
    let old = try old()
    retry(old, as: new, ref: "1")
    retry(old, as: new, ref: "2")
    world.commitAll()
    world.answers = []
    #expect(told() == ["message.accepted 5 1", "message.accepted 5 2", "message.updated 4", "message.created 5"])
    // While it is being made, and when it is final.
    retry(old, as: new, ref: "3")
    world.commitAll()
    #expect(told() == ["message.accepted 5 3"])
    try finish("new")
    _ = told()
    retry(old, as: new)
    world.commitAll()
    #expect(frames().map { $0["duplicate"] } == [true])
    #expect(world.store.messages.count == 3 && world.answers.isEmpty && world.store.runs.isEmpty)
  }

  @Test func whatIsNotTheLastAnswerIsRefused() throws {
    let first = try old()
    ask(MessageID(high: 7, low: 2))
    try finish("second")
    let last = try old()
    _ = told()
    for (message, id, code) in [
      (MessageID(high: 9, low: 9), new, "not_found"), (question, new, "bad_field"), (first, new, "bad_field"),
      (last, question, "bad_field"), (last, first, "bad_field"), (last, last, "bad_field"),
    ] {
      retry(message, as: id, ref: "r")
      world.commitAll()
      #expect(told() == ["error \(code) r"])
    }
    #expect(world.store.version == 6 && world.store.messages.allSatisfy { $0.replacedBy == nil })
    // One that was replaced is not the last any more.
    retry(last, as: new)
    world.commitAll()
    try finish("third")
    _ = told()
    retry(last, as: MessageID(high: 7, low: 101))
    world.commitAll()
    #expect(told() == ["error bad_field"])
  }

  @Test func whileSomethingRunsOrWaitsItIsBusy() throws {
    let old = try old()
    // The question is on its way to the store.
    world.live().send(
      ClientFrame.Send(id: MessageID(high: 7, low: 2), content: Array("?".utf8)), from: origin(), now: 0)
    retry(old, as: new, ref: "a")
    world.commitAll()
    world.answers = []
    #expect(told().contains("error busy a"))
    retry(try self.old(), as: new, ref: "b")
    world.commitAll()
    #expect(told() == ["error busy b"])
    // Two at once: one is made.
    try finish("second")
    _ = told()
    let last = try self.old()
    retry(last, as: new, ref: "c")
    retry(last, as: MessageID(high: 7, low: 101), ref: "d")
    world.commitAll()
    #expect(told() == ["message.accepted 8 c", "error busy d", "message.updated 7", "message.created 8"])
  }

  /// A question that comes while a retry is on its way waits for its answer.
  @Test func aQuestionBehindARetryWaits() throws {
    retry(try old(), as: new)
    world.formGroup()
    let next = MessageID(high: 7, low: 2)
    world.live().send(ClientFrame.Send(id: next, content: Array("?".utf8)), from: origin(), now: 0)
    world.commitAll()
    #expect(world.session?.run?.answer == new && world.store.runs.map(\.question) == [question, next])
    try finish("new")
    try finish("next")
    #expect(world.store.messages.filter { $0.role == .assistant }.map(\.replyTo) == [question, question, next])
  }

  /// By the id that its client has chosen, or by none, before the store has it.
  @Test(arguments: [true, false]) func aRetryIsStoppedBeforeItBegins(_ byName: Bool) throws {
    retry(try old(), as: new)
    world.live().stop(ClientFrame.Stop(message: byName ? new : nil), from: origin())
    world.commitAll()
    let stored = try #require(world.store.message(new))
    #expect(stored.status == .stopped && stored.content == [] && world.store.runs.isEmpty)
    #expect(world.session?.run == nil)
  }

  @Test func aServerThatEndsMakesNoneAgain() throws {
    world.live().holdsRuns = true
    retry(try old(), as: new, ref: "r")
    world.commitAll()
    let frames = frames()
    #expect(frames.map { $0["code"] } == ["unavailable"] && frames[0]["retry_after_ms"] == 1000)
    #expect(world.store.version == 3)
  }

  /// A page that was read before the mark would take it back.
  @Test func aPageOfBeforeIsReadAgain() throws {
    let stale = world.store.page(PageRequest(session: world.store.id, before: 100, limit: 10))
    retry(try old(), as: new)
    world.commitAll()
    #expect(!world.live().show(stale, to: origin()))
    #expect(world.live().show(world.store.page(PageRequest(session: world.store.id, limit: 10)), to: origin()))
  }

  @Test func aRetryThatTheStoreCanNotTakeIsRefused() throws {
    retry(try old(), as: new, ref: "r")
    world.formGroup()
    world.faults.failure = 1
    world.commitGroup()
    world.faults = .none
    world.settleGroup()
    #expect(told() == ["error internal r"])
    #expect(world.session?.run == nil && world.live().isIdle == false)
    retry(try old(), as: new)
    world.commitAll()
    #expect(world.session?.run?.answer == new)
  }
}
