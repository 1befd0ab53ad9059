import LoadKit

/// Messages that come back.
struct EchoLoad {
  var target: LoadTarget
  var crew = Crew()
  var connections = 200
  var bytes = 20
  var pipeline = 1
  var warm = 1.0
  var seconds = 5.0
  var process: Int32?

  struct Outcome {
    /// Messages a second.
    let rate: Double
    let figures: [Figure]
  }

  func run() throws -> Outcome {
    let scenarios = try crew.run("the echo load", at: target, dividing: connections, seconds: warm + seconds + 60) {
      part, gate in
      EchoScenario(
        connections: part.count, bytes: bytes, pipeline: pipeline,
        window: MeasuredWindow(gate: gate, warm: warm, seconds: seconds, process: process))
    }
    let latency = scenarios.map(\.latency).merged
    let window = scenarios[0].window.result
    let rate = Double(latency.count) / window.seconds
    var figures = [Figure("messages a second", Format.count(rate))]
    figures.append(Figure("payload a second", Format.fixed(rate * Double(bytes) / 1e6, 1) + " MB"))
    figures += latency.figures("round trip")
    if let usage = window.usage {
      figures.append(
        Figure("server time a message", Format.fixed(usage.seconds / Double(latency.count) * 1e6, 2) + " µs"))
      if usage.readsAndWrites > 0 {
        let calls = Double(usage.readsAndWrites) / Double(latency.count)
        figures.append(Figure("server's calls of read and write a message", Format.fixed(calls, 2)))
      }
    }
    return Outcome(rate: rate, figures: figures + window.figures)
  }
}
