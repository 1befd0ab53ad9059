import Conversation
import JSONWire
import SeededRandom
import Testing

/// Cases that the simulation found, or that it reaches too seldom, each on its own.
@Suite struct LiveSessionTests {
  /// A world without chance, with one welcomed client.
  private func world(frameBytes: Int = 4096) -> Simulation {
    var limits = Limits()
    limits.frameBytes = frameBytes
    limits.messageBytes = (frameBytes - 1000) / 6
    let world = Simulation(SeededGenerator(seed: 1), clients: 1, limits: limits, faults: .none)
    world.connect(0, afresh: true)
    world.drainPages()
    return world
  }

  private func origin(_ world: Simulation, ref: String? = nil) -> Origin {
    Origin(reader: world.connections[0].reader, ref: ref)
  }

  private func send(_ world: Simulation, _ number: UInt64, _ whenBusy: ClientFrame.WhenBusy = .queue) {
    world.live().send(
      ClientFrame.Send(id: MessageID(high: 7, low: number), content: Array("?".utf8), whenBusy: whenBusy),
      from: origin(world), now: 0)
    world.carryOut()
  }

  private func types(_ world: Simulation) -> [String] {
    world.connections[0].pipe.map { frame in
      let id = frame.frame["id"]?.string ?? frame.frame["message"]?["id"]?.string
      return (frame.frame["type"]?.string ?? "") + (id.map { " " + $0.suffix(1) } ?? "")
    }
  }

  @Test func askersOfOneGroupAreAnsweredBeforeAnyoneIsTold() {
    let world = world()
    send(world, 1)
    send(world, 2)
    world.formGroup()
    world.commitGroup()
    world.connections[0].pipe = []
    world.settleGroup()
    #expect(types(world).prefix(2) == ["message.accepted 1", "message.accepted 2"])
  }

  @Test func aReaderThatLeavesBeforeItsPageComesIsForgotten() throws {
    let world = world()
    let reader = Reader(token: 9)
    let session = world.live()
    session.bind(
      Binding(reader: reader, ref: nil, session: world.store.id, position: nil, history: 5, token: nil, created: false))
    world.carryOut()
    session.remove(reader)
    world.drainPages()
    #expect(!session.readers.contains { $0 === reader })
    session.remove(world.connections[0].reader)
    #expect(session.isIdle)
  }

  /// While changes are held back for a reader that then leaves, later ones wait behind them.
  @Test func changesDoNotOvertakeThoseThatAreHeldBack() {
    let world = world()
    let session = world.live()
    send(world, 1)
    let reader = Reader(token: 9)
    session.bind(
      Binding(reader: reader, ref: nil, session: world.store.id, position: nil, history: 5, token: nil, created: false))
    send(world, 2)
    session.remove(reader)
    send(world, 3)
    world.answers = []
    world.commitAll()
    #expect(world.store.messages.filter { $0.role == .user }.map(\.id.low) == [1, 2, 3])
  }

  /// A node that ends has left what waits to another, and still writes its answer: that one waits for its end.
  @Test func whoTakesOverWhatWaitsLeavesAnAnswerToItsNode() throws {
    let world = Simulation(SeededGenerator(seed: 1), nodes: 2, clients: 1, limits: Limits(), faults: .none)
    world.agentContinues = true
    world.connect(0, afresh: true)
    world.drainPages()
    let (ending, heir) = (world.at, 1 - world.at)
    send(world, 1)
    send(world, 2)
    world.commitAll()
    let run = try #require(world.session?.run)
    world.end()
    #expect(world.store.release(by: world.nodes[ending].identity, except: run.question.id) == 1)
    world.at = heir
    world.sweep()
    world.readNews()
    world.deliverNews()
    #expect(world.nodes[heir].answers.isEmpty && world.session?.run?.answer == run.answer)
    world.at = ending
    world.session?.finish(run.answer, Completion(.complete), now: 0)
    world.carryOut()
    world.commitAll()
    #expect(world.session?.run == nil)
    world.at = heir
    world.takeHint()
    world.readNews()
    world.deliverNews()
    #expect(world.nodes[heir].answers.count == 1 && world.session?.run?.question.id.low == 2)
  }

  /// A world of two nodes in which one is making an answer, of which nothing has come yet.
  private func answering() throws -> (world: Simulation, here: Int, elsewhere: Int, answer: MessageID) {
    let world = Simulation(SeededGenerator(seed: 1), nodes: 2, clients: 1, limits: Limits(), faults: .none)
    world.connect(0, afresh: true)
    world.drainPages()
    let here = world.at
    send(world, 1)
    world.commitAll()
    let answer = try #require(world.session?.run?.answer)
    world.answers = []
    return (world, here, 1 - here, answer)
  }

  /// The answer to a group is lost, and the group committed again. Meanwhile another node has changed the message whose end
  /// it was: everybody is told of both, each once.
  @Test func anEndThatIsCommittedAgainIsToldOnce() throws {
    let (world, here, elsewhere, answer) = try answering()
    world.live().finish(answer, Completion(.complete), now: 0)
    world.carryOut()
    world.formGroup()
    _ = world.store.commit(world.group ?? [], by: world.nodes[here].identity) { _ in false }
    world.nodes[here].isRepeated = true
    world.at = elsewhere
    world.live().rate(
      ClientFrame.Rate(message: answer, rating: .up), from: Origin(reader: Reader(token: 9), ref: nil))
    world.commitAll()
    #expect(world.store.message(answer)?.feedback == "up")
    world.at = here
    world.commitAll()
    world.settleDown()
    #expect(world.verdict() == [])
  }

  @Test func anAnswerThatTheStoreRefusesEndsAsFailedWithWhatIsStored() throws {
    let world = world()
    send(world, 1)
    world.commitAll()
    let answer = try #require(world.session?.run?.answer)
    world.live().append(Array("good".utf8), to: answer, now: 0)
    world.commitAll()
    world.live().append(Array(" bad".utf8), to: answer, now: 0)
    world.carryOut()
    world.formGroup()
    // The group's growth fails, and so would the whole answer.
    world.faults.failure = 1
    world.commitGroup()
    world.faults = .none
    world.settleGroup()
    world.commitAll()
    let stored = try #require(world.store.message(answer))
    #expect(stored.status == .failed && stored.content == Array("good".utf8) && stored.error?.code == "internal")
    #expect(world.session?.run == nil)
  }

  @Test func anEndThatTheStoreRefusesIsTriedAgainAsAFailure() throws {
    let world = world()
    send(world, 1)
    world.commitAll()
    let answer = try #require(world.session?.run?.answer)
    world.live().append(Array("good".utf8), to: answer, now: 0)
    world.live().finish(answer, Completion(.complete), now: 0)
    world.carryOut()
    world.formGroup()
    world.faults.failure = 1
    world.commitGroup()
    world.faults = .none
    world.settleGroup()
    world.commitAll()
    #expect(world.store.message(answer)?.status == .failed && world.session?.run == nil)
  }

  /// The stop is committed, the beginning is not: the next node knows.
  @Test func aStopBeforeTheBeginningSurvivesACrash() throws {
    let world = world()
    send(world, 1)
    world.formGroup()
    world.commitGroup()
    world.settleGroup()
    world.live().stop(ClientFrame.Stop(), from: origin(world))
    world.carryOut()
    world.formGroup()
    world.group?.removeAll { if case .change(.begin, _) = $0 { true } else { false } }
    world.commitGroup()
    #expect(world.store.runs.map(\.stopping) == [true])
    world.crash()
    world.sweep()
    world.readNews()
    world.deliverNews()
    world.commitAll()
    let answer = try #require(world.store.messages.last)
    #expect(answer.status == .stopped && answer.reason == .user && answer.content == [])
    #expect(world.answers.isEmpty && world.store.runs.isEmpty)
  }

  /// A stop that comes while an answer is being completed means the next one.
  @Test func aStopBetweenTwoAnswersStopsTheNext() throws {
    let world = world()
    send(world, 1)
    world.commitAll()
    send(world, 2)
    world.commitAll()
    let first = try #require(world.session?.run?.answer)
    world.live().finish(first, Completion(.complete), now: 0)
    world.live().stop(ClientFrame.Stop(), from: origin(world))
    world.commitAll()
    #expect(world.store.messages.filter { $0.role == .assistant }.map(\.status) == [.complete, .stopped])
  }

  /// Of a stop and a time limit the first one counts.
  @Test(arguments: [true, false]) func aStopAndATimeLimitEndAnAnswerOnce(_ isStoppedFirst: Bool) throws {
    let world = world()
    send(world, 1)
    world.commitAll()
    let answer = try #require(world.session?.run?.answer)
    world.live().append(Array("so far".utf8), to: answer, now: 0)
    let late = Completion(.failed, error: TimeLimits().error(.silence))
    if isStoppedFirst {
      world.live().stop(ClientFrame.Stop(), from: origin(world))
      world.carryOut()
      world.formGroup()
      world.commitGroup()
      world.settleGroup()
      world.live().expire(answer, late, now: 0)
    } else {
      world.live().expire(answer, late, now: 0)
      world.live().stop(ClientFrame.Stop(message: answer), from: origin(world))
    }
    world.carryOut()
    #expect(world.answers.allSatisfy { $0.isCancelled })
    world.commitAll()
    let stored = try #require(world.store.message(answer))
    #expect(stored.status == (isStoppedFirst ? .stopped : .failed) && stored.content == Array("so far".utf8))
    #expect(stored.error == (isStoppedFirst ? nil : TimeLimits().error(.silence)))
    #expect(world.session?.run == nil && world.store.runs.isEmpty)
  }

  @Test(arguments: [2048, 2500, 4096, 8192]) func noWelcomeAndNoPageIsLongerThanAFrame(_ frameBytes: Int) throws {
    let world = world(frameBytes: frameBytes)
    for number: UInt64 in 1...5 {
      send(world, number)
      world.commitAll()
      let answer = try #require(world.session?.run?.answer)
      world.live().append([UInt8](repeating: 1, count: 3000), to: answer, now: 0)
      world.commitAll()
      if number < 5 {
        world.live().finish(answer, Completion(.complete), now: 0)
        world.commitAll()
      }
      world.connect(0, afresh: true)
      world.drainPages()
    }
    world.receive(0, most: .max)
    world.settleDown()
    world.loadAllHistory()
    #expect(world.verdict() == [])
  }

  /// An older page would take back what was shown of it, and a rest of that page would leave a hole.
  @Test func thePageLeavesOutTheAnswerThatIsBeingGiven() throws {
    let world = world(frameBytes: 2048)
    send(world, 1)
    world.commitAll()
    let answer = try #require(world.session?.run?.answer)
    world.answers = []
    world.live().append([UInt8](repeating: 0x61, count: 3000), to: answer, now: 0)
    world.commitAll()
    world.receive(0, most: .max)
    let created = try #require(world.store.message(answer)?.createdVersion)
    world.loadHistory(HistoryCursor(createdVersion: created + 1), origin(world))
    world.drainPages()
    let page = try #require(world.connections[0].pipe.first { $0.frame["type"]?.string == "history.page" })
    #expect(page.frame["messages"]?.array?.map { $0["role"]?.string } == ["user"])
    world.live().finish(answer, Completion(.complete), now: 0)
    world.commitAll()
    world.settleDown()
    #expect(world.verdict() == [])
  }

  /// Two pages that begin the same long message, the second asked for before the first one's rest was read.
  @Test func twoPagesThatBeginTheSameMessageLeaveNoHole() throws {
    let world = world(frameBytes: 2048)
    send(world, 1)
    world.commitAll()
    let answer = try #require(world.session?.run?.answer)
    world.answers = []
    world.live().append([UInt8](repeating: 0x61, count: 9000), to: answer, now: 0)
    world.live().finish(answer, Completion(.complete), now: 0)
    world.commitAll()
    let created = try #require(world.store.message(answer)?.createdVersion)
    let reader = Reader(token: 9)
    world.live().bind(
      Binding(reader: reader, ref: nil, session: world.store.id, position: nil, history: 0, token: nil, created: false))
    world.carryOut()
    world.drainPages()
    let page = world.store.page(
      PageRequest(session: world.store.id, before: created + 1, limit: 1))
    var shown = 0
    func read(_ most: Int) {
      var left = most
      world.live().fill(reader) { frame in
        let value = try? JSONValue(parsing: frame)
        if let offset = value?["offset"]?.int, let text = value?["text"]?.string {
          #expect(Int(offset) <= shown, "a hole")
          shown = max(shown, Int(offset) + text.utf8.count)
        }
        left -= 1
        return left > 0
      }
    }
    func begin(_ ref: String) -> Int {
      #expect(world.live().show(page, to: Origin(reader: reader, ref: ref)))
      for case .send(let to, let frame) in world.live().takeActions() where to === reader {
        let text = (try? JSONValue(parsing: frame))?["messages"]?.array?.first?["content"]?.string
        return text?.utf8.count ?? 0
      }
      return 0
    }
    // The longer its ref, the less of the message fits into a page.
    shown = begin(String(repeating: "r", count: 100))
    read(1)
    // A client that knows the message keeps what it has.
    #expect(begin("") > 0)
    read(.max)
    #expect(shown == 9000)
  }

  // MARK: Answers that go on on another node

  @Test func anAnswerGoesOnBehindWhatIsStored() throws {
    let world = world()
    world.agentContinues = true
    send(world, 1)
    world.commitAll()
    let answer = try #require(world.session?.run?.answer)
    world.answers = []
    world.live().append(Array("so far".utf8), to: answer, now: 0)
    world.commitAll()
    let version = world.store.version
    world.crash()
    world.store.expired.formUnion(world.store.runs.map(\.node))
    world.sweep()
    world.readNews()
    world.deliverNews()
    let session = try #require(world.session)
    #expect(session.run?.answer == answer && session.run?.buffer.bytes == Array("so far".utf8))
    #expect(world.answers.map(\.answer) == [answer])
    world.answers = []
    session.append(Array(", so good".utf8), to: answer, now: 0)
    session.finish(answer, Completion(.complete), now: 0)
    world.commitAll()
    let stored = try #require(world.store.message(answer))
    #expect(stored.content == Array("so far, so good".utf8) && stored.status == .complete)
    #expect(stored.version == version + 1 && world.store.version == version + 1)
    world.settleDown()
    #expect(world.verdict() == [])
  }

  /// A newer question was to go ahead of it; its node died before it had ended the answer.
  /// A node loses an answer without noticing, and has it back when another has written on: it goes on behind that.
  @Test func anAnswerThatComesBackGoesOnBehindWhatAnotherHasWritten() throws {
    let world = Simulation(SeededGenerator(seed: 1), nodes: 2, clients: 1, limits: Limits(), faults: .none)
    world.agentContinues = true
    world.connect(0, afresh: true)
    world.drainPages()
    let (here, elsewhere) = (world.at, 1 - world.at)
    send(world, 1)
    world.commitAll()
    let answer = try #require(world.session?.run?.answer)
    world.answers = []
    world.live().append(Array("so far".utf8), to: answer, now: 0)
    world.commitAll()
    for (thief, text) in [(elsewhere, ", so good"), (here, "!")] {
      world.store.expired.insert(world.nodes[1 - thief].identity)
      world.at = thief
      world.sweep()
      while !world.newsReads.isEmpty {
        world.readNews()
        world.deliverNews()
      }
      #expect(world.answers.map(\.answer) == [answer])
      world.answers = []
      world.live().append(Array(text.utf8), to: answer, now: 0)
      world.commitAll()
    }
    world.live().finish(answer, Completion(.complete), now: 0)
    world.commitAll()
    #expect(world.store.message(answer)?.content == Array("so far, so good!".utf8))
    world.settleDown()
    #expect(world.verdict() == [])
  }

  /// A call that was told to run comes to wait, which is not stored yet: that it stands there as running is no word of a
  /// person's.
  @Test func whatWaitsAnewIsNotDecidedByHowItStoodBefore() throws {
    let (world, here, elsewhere, answer) = try answering()
    func note(_ status: ToolStatus) {
      let call = JSONObject([
        ("id", "c"), ("name", "n"), ("title", "T"), ("status", .string(status.rawValue)),
      ])
      #expect(world.live().note(call, to: answer))
    }
    note(.running)
    world.commitAll()
    world.at = elsewhere
    world.live().update(
      ClientFrame.UpdateSession(title: .set("t")), from: Origin(reader: Reader(token: 9), ref: nil))
    world.commitAll()
    world.at = here
    // Its news are on their way.
    world.live().hint()
    world.carryOut()
    note(.waiting)
    world.carryOut()
    world.readNews()
    world.deliverNews()
    #expect(world.live().status(of: "c", in: answer) == .waiting && world.counts.decided == 0)
    world.commitAll()
    world.live().decide(
      ClientFrame.Decide(message: answer, tool: "c", verdict: .rejected),
      from: Origin(reader: world.connections[0].reader, ref: nil))
    world.commitAll()
    #expect(world.live().status(of: "c", in: answer) == .rejected && world.counts.decided == 1)
  }

  @Test func anAnswerThatWasToBeInterruptedDoesNotGoOn() throws {
    let world = world()
    world.agentContinues = true
    send(world, 1)
    world.commitAll()
    let answer = try #require(world.session?.run?.answer)
    world.answers = []
    world.live().append(Array("so far".utf8), to: answer, now: 0)
    world.commitAll()
    send(world, 2, .interrupt)
    world.formGroup()
    world.commitGroup()
    world.crash()
    world.store.expired.formUnion(world.store.runs.map(\.node))
    world.settleDown()
    let stored = try #require(world.store.message(answer))
    #expect(stored.status == .stopped && stored.reason == .interrupt && stored.content == Array("so far".utf8))
    #expect(world.verdict() == [])
  }

  // MARK: Readers that stay for one answer

  private func types(given reader: Reader, of world: Simulation) -> [String] {
    var types: [String] = []
    world.live().fill(reader) { frame in
      types.append(String(decoding: ServerFrame.type(of: frame), as: UTF8.self))
      return true
    }
    return types
  }

  /// A question that comes with a reader of its own, which is bound to nothing.
  private func post(_ world: Simulation, _ number: UInt64) -> Reader {
    let id = MessageID(high: 7, low: number)
    let reader = Reader(token: 9, until: id)
    world.live().send(
      ClientFrame.Send(id: id, content: Array("?".utf8)), from: Origin(reader: reader, ref: nil), now: 0)
    world.carryOut()
    return reader
  }

  @Test func aReaderThatStaysForAnAnswerIsGivenNoMore() throws {
    let world = world()
    let reader = post(world, 1)
    #expect(reader.position == nil && !world.live().hasServed(reader))
    world.commitAll()
    let answer = try #require(world.session?.run?.answer)
    #expect(types(given: reader, of: world) == ["message.created", "message.created"])
    #expect(reader.position == Position(version: 2, streaming: .init(message: answer, offset: 0)))
    world.answers = []
    world.live().append(Array("so".utf8), to: answer, now: 0)
    world.commitAll()
    #expect(types(given: reader, of: world) == ["message.delta"])
    #expect(reader.position == Position(version: 2, streaming: .init(message: answer, offset: 2)))
    #expect(!world.live().hasServed(reader))
    // What comes behind its end is there already when the reader can be written again.
    world.live().finish(answer, Completion(.complete), now: 0)
    world.commitAll()
    send(world, 2)
    world.commitAll()
    #expect(types(given: reader, of: world) == ["message.completed"])
    #expect(world.live().hasServed(reader) && world.live().isComplete(reader))
  }

  @Test func aReaderThatStaysForAnAnswerWaitsForNone() throws {
    // The store refuses the answer's beginning.
    let world = world()
    let reader = post(world, 1)
    world.formGroup()
    world.commitGroup()
    world.settleGroup()
    world.formGroup()
    world.faults.failure = 1
    world.commitGroup()
    world.faults = .none
    world.settleGroup()
    #expect(types(given: reader, of: world) == ["message.created"])
    #expect(world.live().hasServed(reader))
  }

  /// Another node has changed the session before the answer's end: who stays for that is told both.
  @Test func aReaderThatStaysForAnAnswerIsToldItsEndBehindWhatOthersDo() throws {
    let world = Simulation(SeededGenerator(seed: 1), nodes: 2, clients: 1, limits: Limits(), faults: .none)
    world.connect(0, afresh: true)
    world.drainPages()
    let (here, elsewhere) = (world.at, 1 - world.at)
    let reader = post(world, 1)
    world.commitAll()
    let answer = try #require(world.session?.run?.answer)
    world.answers = []
    #expect(types(given: reader, of: world) == ["message.created", "message.created"])
    world.at = elsewhere
    world.live().update(
      ClientFrame.UpdateSession(title: .set("t")), from: Origin(reader: Reader(token: 9), ref: nil))
    world.commitAll()
    world.at = here
    world.live().finish(answer, Completion(.complete), now: 0)
    world.commitAll()
    #expect(!world.live().hasServed(reader))
    world.readNews()
    #expect(!world.live().hasServed(reader))
    world.deliverNews()
    #expect(types(given: reader, of: world) == ["session.updated", "message.completed"])
    #expect(world.live().hasServed(reader))
  }

  /// Somebody asks again, while the answer is made: what there is of it comes as a welcome.
  @Test func aReaderThatAsksAgainIsWelcomed() throws {
    let world = world()
    _ = post(world, 1)
    world.commitAll()
    let answer = try #require(world.session?.run?.answer)
    world.answers = []
    let reader = post(world, 1)
    world.commitAll()
    world.drainPages()
    #expect(reader.isWelcomed && !world.live().hasServed(reader))
    #expect(reader.position?.streaming?.message == answer)
    world.live().append(Array("so".utf8), to: answer, now: 0)
    world.live().finish(answer, Completion(.complete), now: 0)
    world.commitAll()
    #expect(types(given: reader, of: world) == ["message.delta", "message.completed"])
    #expect(world.live().hasServed(reader))
  }
}
