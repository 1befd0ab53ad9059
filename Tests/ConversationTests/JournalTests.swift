import Conversation
import SeededRandom
import Testing

/// Groups that do not take all that waits.
@Suite struct JournalTests {
  /// A world without chance whose groups take one change each, with one welcomed client.
  private func world() -> Simulation {
    let world = Simulation(SeededGenerator(seed: 1), clients: 1, limits: Limits(), faults: .none)
    world.groupSize = 1
    world.connect(0, afresh: true)
    world.drainPages()
    return world
  }

  private func send(_ world: Simulation, _ number: UInt64) {
    world.live().send(
      ClientFrame.Send(id: MessageID(high: 7, low: number), content: Array("?".utf8)),
      from: Origin(reader: world.connections[0].reader, ref: nil), now: 0)
    world.carryOut()
  }

  private func commitOne(_ world: Simulation) {
    world.formGroup()
    world.commitGroup()
    world.settleGroup()
  }

  /// The beginning stands behind another question.
  @Test func bytesWaitForTheBeginningOfTheirAnswer() throws {
    let world = world()
    for number: UInt64 in 1...3 { send(world, number) }
    commitOne(world)
    let answer = try #require(world.session?.run?.answer)
    world.answers = []
    for part in ["so", " far", " so good"] {
      world.live().append(Array(part.utf8), to: answer, now: 0)
      world.carryOut()
      world.formGroup()
      #expect(world.group?.count { if case .growth = $0 { true } else { false } } == (part == " so good" ? 1 : 0))
      world.commitGroup()
      world.settleGroup()
    }
    #expect(world.store.violations == [] && world.store.message(answer)?.content == Array("so far so good".utf8))
    world.live().finish(answer, Completion(.complete), now: 0)
    world.carryOut()
    world.settleDown()
    #expect(world.verdict() == [])
  }

  /// Nothing is on its way of what is taken out, and all else is still there.
  @Test func whatIsAskedForIsTakenOutAlone() throws {
    let world = world()
    for number: UInt64 in 1...2 { send(world, number) }
    commitOne(world)
    let requests = world.nodes[0].journal.takeRequests()
    #expect(requests.count == 1 && requests[0].isRequest)
    for request in requests { world.live().settle(request.change, request.origin, .unavailable, now: 0) }
    world.answers = []
    world.commitAll()
    #expect(world.store.messages.map(\.role) == [.user, .assistant])
  }
}
