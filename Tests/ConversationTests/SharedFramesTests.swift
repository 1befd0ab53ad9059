import Conversation
import SeededRandom
import Testing

/// A frame is encoded once for all readers who come to the same place, in whichever order they come.
@Suite struct SharedFramesTests {
  /// A session that answers, with groups of readers at places of their own in the answer.
  private struct Audience {
    let world: Simulation
    let answer: MessageID
    var groups: [[Reader]] = []

    init() throws {
      var limits = Limits()
      limits.frameBytes = 2048
      limits.messageBytes = 100
      limits.answerBytes = 128 * 1024
      world = Simulation(SeededGenerator(seed: 1), clients: 1, limits: limits, faults: .none)
      world.connect(0, afresh: true)
      world.drainPages()
      let question = ClientFrame.Send(id: MessageID(high: 7, low: 1), content: Array("?".utf8))
      world.live().send(question, from: Origin(reader: world.connections[0].reader, ref: nil), now: 0)
      world.commitAll()
      answer = try #require(world.session?.run?.answer)
      world.answers = []
    }

    func write(_ count: Int) {
      world.live().append([UInt8](repeating: 0x61, count: count), to: answer, now: 0)
      world.commitAll()
    }

    /// So many readers more, who are given all that there is.
    mutating func join(_ count: Int) {
      let readers = (0..<count).map { _ in Reader(token: world.random.next()) }
      for reader in readers {
        world.live().bind(
          Binding(
            reader: reader, ref: nil, session: world.store.id, position: nil, history: 5, token: nil, created: false))
        world.carryOut()
        world.drainPages()
        world.live().fill(reader) { _ in true }
      }
      groups.append(readers)
    }

    /// One frame for each reader of each group in turns, until all have everything.
    /// - Returns: for each reader of a group, what it was given.
    func read() -> [[[[UInt8]]]] {
      var given = groups.map { $0.map { _ in [[UInt8]]() } }
      var isBusy = true
      while isBusy {
        isBusy = false
        for place in 0..<(groups.map(\.count).max() ?? 0) {
          for (group, readers) in groups.enumerated() where place < readers.count {
            world.live().fill(readers[place]) { frame in
              given[group][place].append(frame)
              isBusy = true
              return false
            }
          }
        }
      }
      return given
    }
  }

  /// Arrays that share their bytes were made once.
  private func distinct(_ frames: [[UInt8]]) -> Int {
    Set(frames.map { frame in frame.withUnsafeBytes { Int(bitPattern: $0.baseAddress) } }).count
  }

  @Test(arguments: [1, 2, 7], [1, 3]) func readersTakeTurns(_ groups: Int, _ readers: Int) throws {
    var audience = try Audience()
    for group in 0..<groups {
      audience.write(100 + group)
      audience.join(readers)
    }
    audience.write(7000)
    let given = audience.read()
    for group in given {
      // At least four frames of 2048 bytes, and the same for each reader of the group.
      #expect(group[0].count >= 4)
      #expect(group.allSatisfy { $0 == group[0] })
    }
    // Each group has places of its own.
    #expect(distinct(given.flatMap { $0 }.flatMap { $0 }) == given.map { $0[0].count }.reduce(0, +))
  }

  /// What is remembered has a bound: here each place's frames are as long as the answer may be, all together.
  @Test func whatIsEncodedIsRightBeyondTheBound() throws {
    var audience = try Audience()
    for group in 0..<6 {
      audience.write(10 + group)
      audience.join(2)
    }
    audience.write(30_000)
    let lengths = audience.read().map { group in group.map { frames in frames.map(\.count).reduce(0, +) } }
    #expect(lengths.allSatisfy { $0[0] == $0[1] && $0[0] > 30_000 })
  }
}
