import LoadKit

/// Every session's answer streams at once. Each chunk begins with the instant at which the agent wrote it.
final class StreamScenario: LoadScenario {
  static let stampDigits = 16

  let tickMilliseconds: UInt64 = 1
  private let identities: [ChatIdentity]
  /// Of each session, one client behind the other; the first of them asks.
  private let readers: Int
  private let chunks: Int
  private let bytes: Int
  /// In milliseconds.
  private let interval: Int
  private let agent: String
  private let question: String?
  private let process: Int32?
  private var started = 0
  private var loadedAt: UInt64 = 0
  private var completed = 0
  private(set) var window: MeasuredWindow
  private(set) var latency = LatencyHistogram()
  /// Of those only who do not ask, but read along.
  private(set) var furtherLatency = LatencyHistogram()
  private(set) var frames = 0
  private(set) var delivered = 0
  /// The server's resident memory before the questions and in the middle of the answers, in bytes.
  private(set) var memory: (before: Int, during: Int)?

  init(
    identities: [ChatIdentity], readers: Int, chunks: Int, bytes: Int, interval: Int, agent: String,
    question: String?, process: Int32?, window: MeasuredWindow
  ) {
    self.identities = identities
    self.readers = readers
    self.chunks = chunks
    self.bytes = bytes
    self.interval = interval
    self.agent = agent
    self.question = question
    self.process = process
    self.window = window
  }

  private var script: String {
    "/script {\"chunks\":\(chunks),\"bytes\":\(bytes),\"interval_ms\":\(interval),\"clock\":true}"
  }

  func begin(_ engine: LoadEngine) { engine.open(identities.count * readers, window: 256) }

  func opened(_ client: LoadClient, _ engine: LoadEngine) {
    engine.send(ChatFrames.hello(identities[client.index / readers], agent: agent, history: 0), to: client)
  }

  func allReady(_ engine: LoadEngine) { window.arrive() }

  func tick(_ engine: LoadEngine) {
    switch window.advance(engine.now) {
    case .load?:
      loadedAt = engine.now
      memory = process.flatMap { ProcessUsage.residentMemory(of: $0) }.map { ($0, $0) }
    case .count?:
      if let during = process.flatMap({ ProcessUsage.residentMemory(of: $0) }) { memory?.during = during }
    case .measure?, .end?, nil: break
    }
    guard loadedAt > 0, started < identities.count else { return }
    // Spread over one interval: answers of many people don't beat in time.
    let due = interval == 0 ? identities.count : Int(engine.now - loadedAt) * identities.count / (interval * 1_000_000)
    while started < min(due, identities.count), let client = engine.client(started * readers) {
      started += 1
      engine.send(ChatFrames.message(1, content: question ?? script), to: client)
    }
  }

  func received(_ payload: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine) {
    switch ServerFrameKind(payload) {
    case .delta: if window.isMeasuring { read(payload, client, engine) }
    case .welcome: engine.noteReady(client)
    case .completed:
      guard ServerFrameFields.integer("length", in: payload) == Int64(chunks * bytes) else {
        return engine.fail("an answer is not whole: \(String(decoding: payload, as: UTF8.self))")
      }
      completed += 1
      guard completed == identities.count * readers else { return }
      if window.isOver { engine.finish() } else { engine.fail("the answers ended before the measured time did") }
    case .error, nil: ChatLoad.fail(engine, payload)
    default: break
    }
  }

  private func read(_ payload: UnsafeRawBufferPointer, _ client: LoadClient, _ engine: LoadEngine) {
    guard let (offset, text) = ServerFrameFields.delta(payload) else { return engine.fail("a delta can't be read") }
    frames += 1
    let now = engine.now / 1000
    // Chunks begin at multiples of their size in the whole answer.
    var place = (bytes - offset % bytes) % bytes
    while place + Self.stampDigits <= text.count {
      var stamp: UInt64 = 0
      for digit in text[place..<place + Self.stampDigits] { stamp = stamp * 10 + UInt64(digit &- UInt8(ascii: "0")) }
      delivered += 1
      let taken = now > stamp ? (now - stamp) * 1000 : 0
      latency.record(taken)
      if client.index % readers > 0 { furtherLatency.record(taken) }
      place += bytes
    }
  }
}
