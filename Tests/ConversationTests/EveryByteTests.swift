import Conversation
import JSONWire
import SeededRandom
import Testing

/// A client that is cut after every possible byte of what the server sends, and comes back with its position.
@Suite struct EveryByteTests {
  static let text = "Grüße, 👨‍👩‍👧‍👦! שלום עולם — مرحبا \"e\u{301}\"\\\n\u{1}한국어 🇩🇪👋🏽 the end\u{202E}."

  @Test func aCutAtAnyByteLosesNothing() throws {
    let whole = try Self.talk(cutAfter: .max)
    #expect(whole.sent > 1500)
    for cut in 0...whole.sent {
      let talk = try Self.talk(cutAfter: cut)
      guard talk.problems.isEmpty, talk.content == Array(Self.text.utf8) else {
        Issue.record("cut after \(cut) bytes: \(talk.problems)")
        return
      }
    }
  }

  /// One question and its answer, scalar by scalar. Nothing here is left to chance.
  static func talk(cutAfter limit: Int) throws -> (sent: Int, content: [UInt8], problems: [String]) {
    var limits = Limits()
    limits.frameBytes = 4096
    let world = Simulation(SeededGenerator(seed: 1), clients: 1, limits: limits, faults: .none)
    world.connect(0, afresh: true)
    world.drainPages()
    var left = limit
    var sent = 0
    // A client takes what comes while its connection holds; then it opens another.
    func take() {
      guard let place = world.connections.firstIndex(where: { $0.token == world.clients[0].connection }) else { return }
      let arriving = world.connections[place].pipe.reduce(0) { $0 + $1.size }
      sent += arriving
      if arriving > left {
        var room = left
        var whole = 0
        for frame in world.connections[place].pipe {
          guard frame.size <= room else { break }
          room -= frame.size
          whole += 1
        }
        world.receive(0, most: whole)
        if let place = world.connections.firstIndex(where: { $0.token == world.clients[0].connection }) {
          world.connections[place].pipe = []
          world.close(world.connections[place].reader)
        }
        left = .max
        world.connect(0, afresh: false)
        world.drainPages()
        take()
      } else {
        left -= left == .max ? 0 : arriving
        world.receive(0, most: .max)
      }
    }
    take()
    guard let connection = world.connections.first else { throw Lost() }
    let id = MessageID(high: 1, low: 2)
    world.live().send(
      ClientFrame.Send(id: id, content: Array("?".utf8)), from: Origin(reader: connection.reader, ref: nil), now: 0)
    world.commitAll()
    take()
    guard let answer = world.session?.run?.answer else { throw Lost() }
    world.answers = []
    // Four scalars at a time: pieces end within clusters.
    let scalars = Array(text.unicodeScalars)
    for start in stride(from: 0, to: scalars.count, by: 4) {
      let piece = scalars[start..<min(start + 4, scalars.count)].flatMap { Array(String($0).utf8) }
      world.live().append(piece, to: answer, now: 0)
      world.commitAll()
      take()
    }
    world.live().finish(answer, Completion(.complete), now: 0)
    world.commitAll()
    take()
    let content = world.clients[0].model.messages[answer.description]?.content ?? []
    return (sent, content, world.verdict())
  }

  struct Lost: Error {}
}

extension Simulation {
  /// Commits and tells everything that is under way.
  func commitAll() {
    carryOut()
    while !journal.isEmpty || group != nil || results != nil {
      formGroup()
      commitGroup()
      settleGroup()
    }
    carryOut()
  }

  /// Reads and hands over all pages that are asked for.
  func drainPages() {
    while !reads.isEmpty {
      snapshot()
      deliverPage()
    }
  }
}
