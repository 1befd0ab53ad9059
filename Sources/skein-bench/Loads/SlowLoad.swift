import LoadKit

/// What slow peers do to others, and to the server's memory.
struct SlowLoad {
  var target: LoadTarget
  var crew = Crew()
  var connections = 200
  /// Between two messages of a connection, in milliseconds.
  var interval = 20
  var bytes = 20
  var slow = 1000
  var deaf = 1000
  /// How much the server lets wait for a peer that does not read, in bytes.
  var unsentBytes = 256 * 1024
  /// The measured time without them; with them it is at least `leastBeside`.
  var seconds = 5.0
  var process: Int32

  private static let warm = 1.0
  /// So long that a server with usual limits cuts each of the slow off once, in seconds.
  private static let leastBeside = 16.0
  /// Until the deaf are sent no more, all buffers between being full.
  private static let settle = 4.0

  struct Outcome {
    /// p99 with them to p99 without.
    let ratio: Double
    let figures: [Figure]
  }

  func run() throws -> Outcome {
    let echo = PacedEchoScenario(connections: connections, interval: interval, bytes: bytes)
    let gate = LoadGate(1)
    let peers = SlowPeersScenario(slow: slow, deaf: deaf, gate: gate)
    var options = LoadOptions()
    // They come from elsewhere, and what their own kernel keeps for them is not the server's.
    (options.source, options.socketBytes) = (1, 64 * 1024)
    let engines = [
      try LoadEngine(target, scenario: echo, processor: crew.processor),
      try LoadEngine(target, scenario: peers, processor: crew.processor, options: options),
    ]
    let memory = try course(echo, gate, engines)
    return outcome(echo, peers, memory)
  }

  private struct Memory {
    var before = 0
    var beside = 0
    var greatest = 0
  }

  /// The course of the measurement; afterwards the scenarios can be read.
  private func course(_ echo: PacedEchoScenario, _ gate: LoadGate, _ engines: [LoadEngine]) throws -> Memory {
    var memory = Memory()
    defer { for engine in engines { engine.stop() } }
    engines[0].start()
    try wait("opening the connections", 60, engines) { echo.isReady }
    try pause(Self.warm, engines)
    echo.enter(.alone)
    try pause(seconds, engines)
    memory.before = try residentMemory()
    echo.enter(.onset)
    engines[1].start()
    try wait("the coming of the slow peers", 120, engines) { gate.isOpen }
    try pause(Self.settle, engines)
    echo.enter(.beside)
    try pause(max(seconds, Self.leastBeside), engines)
    memory.beside = try residentMemory()
    memory.greatest = ProcessUsage.greatestMemory(of: process) ?? memory.beside
    echo.enter(.over)
    try wait("the end", 10, engines) { engines[0].isDone }
    return memory
  }

  private func residentMemory() throws(LoadError) -> Int {
    guard let memory = ProcessUsage.residentMemory(of: process) else {
      throw LoadError("the memory of process \(process) can't be read")
    }
    return memory
  }

  private func pause(_ seconds: Double, _ engines: [LoadEngine]) throws {
    try Patience.pause(seconds: seconds)
    try check(engines)
  }

  private func wait(_ what: String, _ seconds: Double, _ engines: [LoadEngine], _ condition: () -> Bool) throws {
    try Patience(what, seconds: seconds).wait {
      try check(engines)
      return condition()
    }
  }

  private func check(_ engines: [LoadEngine]) throws {
    for engine in engines { if engine.isDone, let failure = engine.failure { throw failure } }
  }

  private func outcome(_ echo: PacedEchoScenario, _ peers: SlowPeersScenario, _ memory: Memory) -> Outcome {
    func latency(_ stage: PacedEchoScenario.Stage) -> LatencyHistogram { echo.latencies[stage.rawValue] }
    let ratio = Double(latency(.beside).percentile(0.99)) / Double(max(1, latency(.alone).percentile(0.99)))
    // Beside what may wait: an answer that goes beyond it, and a message that has come in part.
    let bound = Double(deaf * (unsentBytes + 2 * SlowPeersScenario.messageBytes))
    let figures =
      [Figure("messages a second", Format.count(Double(latency(.alone).count) / seconds))]
      + latency(.alone).figures("without them") + latency(.onset).figures("while they come")
      + latency(.beside).figures("with them") + [
        Figure("p99 with them to without", Format.fixed(ratio, 2)),
        Figure("slow peers cut off meanwhile", Format.count(Double(peers.cutSlow))),
        Figure("deaf peers cut off meanwhile", Format.count(Double(peers.cutDeaf))),
        Figure("resident memory without them", Format.bytes(Double(memory.before))),
        Figure("resident memory with them", Format.bytes(Double(memory.beside))),
        Figure("resident memory at its greatest", Format.bytes(Double(memory.greatest))),
        Figure("what the deaf may have waiting in all", Format.bytes(bound)),
      ]
    return Outcome(ratio: ratio, figures: figures)
  }
}
