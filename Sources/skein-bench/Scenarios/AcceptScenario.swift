import LoadKit

/// Each client sends a message to its own session, and the next one when the answer to it is complete; or, at a rate,
/// when its turn has come.
final class AcceptScenario: LoadScenario {
  private struct Sender {
    var number: UInt64 = 0
    var sentAt: UInt64 = 0
    var isBusy = false
    /// When those were due that wait for the client.
    var waiting: [UInt64] = []
  }

  let tickMilliseconds: UInt64 = 1
  private let identities: [ChatIdentity]
  private let content: String
  /// Messages a second over all clients; 0: as many as come through.
  private let rate: Double
  private var senders: [Sender]
  private var startedAt: UInt64 = 0
  private var issued = 0
  private(set) var window: MeasuredWindow
  private(set) var acceptance = LatencyHistogram()
  private(set) var turn = LatencyHistogram()

  init(identities: [ChatIdentity], content: String, rate: Double, window: MeasuredWindow) {
    self.identities = identities
    self.content = content
    self.rate = rate
    self.window = window
    senders = Array(repeating: Sender(), count: identities.count)
  }

  func begin(_ engine: LoadEngine) { engine.open(identities.count, window: 256) }

  func opened(_ client: LoadClient, _ engine: LoadEngine) {
    engine.send(ChatFrames.hello(identities[client.index], agent: ChatLoad.agent, history: 0), to: client)
  }

  func allReady(_ engine: LoadEngine) { window.arrive() }

  func tick(_ engine: LoadEngine) {
    switch window.advance(engine.now) {
    case .load:
      startedAt = engine.now
      if rate == 0 { engine.forEachClient { send($0, dueAt: engine.now, engine) } }
    case .end: return engine.finish()
    case .measure, .count, nil: break
    }
    if rate > 0, startedAt > 0 { issue(engine) }
  }

  private func issue(_ engine: LoadEngine) {
    let due = Int(Double(engine.now - startedAt) / 1e9 * rate)
    while issued < due {
      // From when it was due, not from when it was sent: a server that halts must not hide those that wait.
      let dueAt = startedAt + UInt64(Double(issued) / rate * 1e9)
      let index = issued % senders.count
      issued += 1
      if senders[index].isBusy {
        senders[index].waiting.append(dueAt)
      } else if let client = engine.client(index) {
        send(client, dueAt: dueAt, engine)
      }
    }
  }

  private func send(_ client: LoadClient, dueAt: UInt64, _ engine: LoadEngine) {
    senders[client.index].number += 1
    senders[client.index].sentAt = dueAt
    senders[client.index].isBusy = true
    engine.send(ChatFrames.message(senders[client.index].number, content: content), to: client)
  }

  func received(_ payload: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine) {
    switch ServerFrameKind(payload) {
    case .welcome: engine.noteReady(client)
    case .accepted: if window.isMeasuring { acceptance.record(engine.now - senders[client.index].sentAt) }
    case .completed:
      if window.isMeasuring { turn.record(engine.now - senders[client.index].sentAt) }
      senders[client.index].isBusy = false
      if rate == 0 {
        send(client, dueAt: engine.now, engine)
      } else if !senders[client.index].waiting.isEmpty {
        send(client, dueAt: senders[client.index].waiting.removeFirst(), engine)
      }
    case .error, nil: ChatLoad.fail(engine, payload)
    default: break
    }
  }
}
