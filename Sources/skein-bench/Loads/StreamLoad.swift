import LoadKit

/// Answers that stream, one in each session.
struct StreamLoad {
  var target: LoadTarget
  var crew = Crew()
  var sessions = 500
  /// Connections that are given each answer.
  var readers = 1
  /// The server that all but the first reader of each answer come to; nil: the same.
  var other: LoadTarget?
  var bytes = 20
  /// In milliseconds.
  var interval = 20
  var warm = 1.5
  var seconds = 5.0
  var process: Int32?
  var agent = ChatLoad.agent
  /// What is asked; nil: what has the agent for tests answer so.
  var question: String?

  struct Outcome {
    /// Delivered chunks a second.
    let rate: Double
    /// The server's time for one of them, in microseconds; nil where its process is not known.
    let serverMicroseconds: Double?
    let latency: LatencyHistogram
    /// The server's resident memory before the questions and in the middle of the answers, in bytes.
    let memory: (before: Int, during: Int)?
    let figures: [Figure]
  }

  /// How many chunks an answer has: enough for the whole time.
  var chunks: Int { Int((warm + seconds + 1) * 1000) / interval + 1 }

  func run() throws -> Outcome {
    let identities = ChatLoad.identities(sessions)
    let chunks = chunks
    guard chunks * bytes <= 1 << 20 else { throw LoadError("these answers are longer than the server allows") }
    var options = ChatLoad.options
    options.other = other.map { ($0, readers) }
    let scenarios = try crew.run(
      "the load of answers", at: target, dividing: sessions, seconds: (warm + seconds) * 10 + 60,
      options: options
    ) { part, gate in
      StreamScenario(
        identities: Array(identities[part]), readers: readers, chunks: chunks, bytes: bytes, interval: interval,
        agent: agent, question: question, process: process,
        window: MeasuredWindow(gate: gate, warm: warm, seconds: seconds, process: process))
    }
    let latency = scenarios.map(\.latency).merged
    let window = scenarios[0].window.result
    let delivered = Double(latency.count) / window.seconds
    let frames = Double(scenarios.map(\.frames).reduce(0, +)) / window.seconds
    let asked = Double(sessions) * 1000 / Double(interval)
    let each = window.usage.map { $0.seconds / Double(max(1, latency.count)) * 1e6 }
    var figures =
      [
        Figure("chunks a second that the agents are asked for", Format.count(asked)),
        Figure("durable chunks delivered a second", Format.count(delivered)),
        Figure("frames that carry them, a second", Format.count(frames)),
      ] + latency.figures("agent to client")
    if other != nil {
      figures += scenarios.map(\.furtherLatency).merged.figures("agent to client, by the other server")
    }
    if let each { figures.append(Figure("server time a delivered chunk", Format.fixed(each, 2) + " µs")) }
    return Outcome(
      rate: delivered, serverMicroseconds: each, latency: latency, memory: scenarios[0].memory,
      figures: figures + window.figures)
  }

  /// The same answers with one reader each, and with all of them.
  func compare() throws -> [Figure] {
    var alone = self
    alone.readers = 1
    let (one, all) = (try alone.run(), try run())
    var figures =
      one.figures.map { Figure("1 reader: \($0.name)", $0.value) }
      + all.figures.map { Figure("\(readers) readers: \($0.name)", $0.value) }
    guard readers > 1, let first = one.serverMicroseconds, let each = all.serverMicroseconds else { return figures }
    let further = (each * Double(readers) - first) / Double(readers - 1)
    figures += [
      Figure("server time a delivered chunk, \(readers) readers to 1", Format.fixed(each / first, 2)),
      Figure("server time a chunk for each further reader", Format.fixed(further, 2) + " µs"),
      Figure("the same, to that of the first reader", Format.fixed(further / first, 2)),
    ]
    return figures
  }
}
