import LoadKit

/// Answers that stream, one in each session.
struct StreamLoad {
  var target: LoadTarget
  var crew = Crew()
  var sessions = 500
  var bytes = 20
  /// In milliseconds.
  var interval = 20
  var warm = 1.5
  var seconds = 5.0
  var process: Int32?

  struct Outcome {
    /// Delivered chunks a second.
    let rate: Double
    let latency: LatencyHistogram
    let figures: [Figure]
  }

  func run() throws -> Outcome {
    let identities = ChatLoad.identities(sessions)
    let chunks = Int((warm + seconds + 1) * 1000) / interval + 1
    guard chunks * bytes <= 1 << 20 else { throw LoadError("these answers are longer than the server allows") }
    let scenarios = try crew.run(
      "the load of answers", at: target, dividing: sessions, seconds: (warm + seconds) * 10 + 60,
      options: ChatLoad.options
    ) { part, gate in
      StreamScenario(
        identities: Array(identities[part]), chunks: chunks, bytes: bytes, interval: interval,
        window: MeasuredWindow(gate: gate, warm: warm, seconds: seconds, process: process))
    }
    let latency = scenarios.map(\.latency).merged
    let window = scenarios[0].window.result
    let delivered = Double(latency.count) / window.seconds
    let frames = Double(scenarios.map(\.frames).reduce(0, +)) / window.seconds
    let asked = Double(sessions) * 1000 / Double(interval)
    let figures =
      [
        Figure("chunks a second that the agents are asked for", Format.count(asked)),
        Figure("durable chunks delivered a second", Format.count(delivered)),
        Figure("frames that carry them, a second", Format.count(frames)),
      ] + latency.figures("agent to client")
    return Outcome(rate: delivered, latency: latency, figures: figures + window.figures)
  }
}
