import LoadKit

/// Each client sends a message as soon as one has come back.
final class EchoScenario: LoadScenario {
  private let connections: Int
  private let messages: EchoMessages
  private let pipeline: Int
  private var window: MeasuredWindow
  /// When each message under way was sent: of each client a ring.
  private var sentAt: [UInt64]
  private var ringPlace: [Int]
  /// The message that each client gets back next.
  private var awaited: [Int]
  private(set) var tally = EchoTally()

  init(connections: Int, messages: EchoMessages, pipeline: Int, window: MeasuredWindow) {
    self.connections = connections
    self.messages = messages
    self.pipeline = pipeline
    self.window = window
    sentAt = Array(repeating: 0, count: connections * pipeline)
    ringPlace = Array(repeating: 0, count: connections)
    awaited = (0..<connections).map { $0 % messages.frames.count }
  }

  func begin(_ engine: LoadEngine) { engine.open(connections, window: 256) }

  func opened(_ client: LoadClient, _ engine: LoadEngine) { engine.noteReady(client) }

  func allReady(_ engine: LoadEngine) { window.arrive() }

  func tick(_ engine: LoadEngine) {
    switch window.advance(engine.now) {
    case .load:
      for place in sentAt.indices { sentAt[place] = engine.now }
      engine.forEachClient { client in
        for number in 0..<pipeline { send(number, client, engine) }
      }
    case .measure: (tally.received, tally.sent) = (engine.bytesReceived, engine.bytesSent)
    case .count:
      tally.received = engine.bytesReceived - tally.received
      tally.sent = engine.bytesSent - tally.sent
    case .end:
      tally.window = window.result
      engine.finish()
    case nil: break
    }
  }

  func received(_ payload: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine) {
    let index = client.index
    guard payload.count == messages.sizes[awaited[index]] else { return engine.fail("the server does not echo") }
    awaited[index] = place(after: awaited[index], 1)
    let ring = index * pipeline + ringPlace[index]
    ringPlace[index] = ringPlace[index] + 1 == pipeline ? 0 : ringPlace[index] + 1
    if window.isMeasuring { tally.latency.record(engine.now - sentAt[ring]) }
    if window.isCounting { tally.counted += 1 }
    sentAt[ring] = engine.now
    send(pipeline - 1, client, engine)
  }

  /// Sends the message that is so many behind the awaited one.
  private func send(_ distance: Int, _ client: LoadClient, _ engine: LoadEngine) {
    engine.send(frames: messages.frames[place(after: awaited[client.index], distance)], to: client)
  }

  private func place(after place: Int, _ distance: Int) -> Int {
    messages.frames.count == 1 ? 0 : (place + distance) % messages.frames.count
  }
}
