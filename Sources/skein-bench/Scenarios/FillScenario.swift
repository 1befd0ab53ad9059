import LoadKit

/// Makes sessions with messages in them.
final class FillScenario: LoadScenario {
  private let identities: [ChatIdentity]
  private let turns: Range<Int>
  private let content: String
  private var sent: [Int]
  private var full = 0

  /// - Parameters:
  ///   - turns: the questions' numbers in each session, every one with an answer.
  ///   - content: the question, which says what the answer is to be.
  init(identities: [ChatIdentity], turns: Range<Int>, content: String) {
    self.identities = identities
    self.turns = turns
    self.content = content
    sent = Array(repeating: turns.lowerBound, count: identities.count)
  }

  func begin(_ engine: LoadEngine) { engine.open(identities.count, window: 256) }

  func opened(_ client: LoadClient, _ engine: LoadEngine) {
    engine.send(ChatFrames.hello(identities[client.index], agent: ChatLoad.agent, history: 0), to: client)
  }

  func allReady(_ engine: LoadEngine) { if turns.isEmpty { engine.finish() } }

  func received(_ payload: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine) {
    switch ServerFrameKind(payload) {
    case .welcome:
      engine.noteReady(client)
      if !turns.isEmpty { send(client, engine) }
    case .completed:
      if sent[client.index] < turns.upperBound { return send(client, engine) }
      full += 1
      if full == identities.count { engine.finish() }
    case .error, nil: ChatLoad.fail(engine, payload)
    default: break
    }
  }

  private func send(_ client: LoadClient, _ engine: LoadEngine) {
    sent[client.index] += 1
    engine.send(ChatFrames.message(UInt64(sent[client.index]), content: content), to: client)
  }
}
