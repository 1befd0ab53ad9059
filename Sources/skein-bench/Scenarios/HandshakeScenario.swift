import LoadKit

/// Clients that connect, open their WebSocket, and leave for the next to come.
final class HandshakeScenario: LoadScenario {
  private let atOnce: Int
  private(set) var window: MeasuredWindow
  /// From the connection's beginning to the open WebSocket.
  private(set) var latency = LatencyHistogram()
  private(set) var resumed = 0

  /// - Parameter atOnce: how many are on their way at any time.
  init(atOnce: Int, window: MeasuredWindow) {
    self.atOnce = atOnce
    self.window = window
  }

  func begin(_ engine: LoadEngine) { window.arrive() }

  func opened(_ client: LoadClient, _ engine: LoadEngine) {
    if window.isMeasuring {
      latency.record(engine.now - client.startedAt)
      if client.isResumed { resumed += 1 }
    }
    engine.replace(client)
  }

  func tick(_ engine: LoadEngine) {
    switch window.advance(engine.now) {
    case .load: engine.open(atOnce, window: atOnce)
    case .end: engine.finish()
    case .measure, .count, nil: break
    }
  }
}
