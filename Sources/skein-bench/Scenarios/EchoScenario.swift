import LoadKit
import WebSocketWire

/// Each client sends a message as soon as one has come back.
final class EchoScenario: LoadScenario {
  private let connections: Int
  private let bytes: Int
  private let pipeline: Int
  private let frame: [UInt8]
  private(set) var window: MeasuredWindow
  /// When each message under way was sent: of each client a ring.
  private var sentAt: [UInt64]
  private var next: [Int]
  private(set) var latency = LatencyHistogram()

  init(connections: Int, bytes: Int, pipeline: Int, window: MeasuredWindow) {
    self.connections = connections
    self.bytes = bytes
    self.pipeline = pipeline
    self.window = window
    let text = [UInt8](repeating: UInt8(ascii: "x"), count: bytes)
    var frame: [UInt8] = []
    WebSocketEncoder.append(.text, text.span.bytes, maskKey: 0x3DFA_2137, to: &frame)
    self.frame = frame
    sentAt = Array(repeating: 0, count: connections * pipeline)
    next = Array(repeating: 0, count: connections)
  }

  func begin(_ engine: LoadEngine) { engine.open(connections, window: 256) }

  func opened(_ client: LoadClient, _ engine: LoadEngine) { engine.noteReady(client) }

  func allReady(_ engine: LoadEngine) { window.arrive() }

  func tick(_ engine: LoadEngine) {
    switch window.advance(engine.now) {
    case .load:
      for place in sentAt.indices { sentAt[place] = engine.now }
      engine.forEachClient { client in
        for _ in 0..<pipeline { engine.send(frames: frame, to: client) }
      }
    case .end: engine.finish()
    case .measure, nil: break
    }
  }

  func received(_ payload: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine) {
    guard payload.count == bytes else { return engine.fail("the server does not echo") }
    let place = client.index * pipeline + next[client.index]
    next[client.index] = next[client.index] + 1 == pipeline ? 0 : next[client.index] + 1
    if window.isMeasuring { latency.record(engine.now - sentAt[place]) }
    sentAt[place] = engine.now
    engine.send(frames: frame, to: client)
  }
}
