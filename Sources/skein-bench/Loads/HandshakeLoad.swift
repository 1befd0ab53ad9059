import LoadKit

/// Connections that come and go.
struct HandshakeLoad {
  var target: LoadTarget
  var crew = Crew()
  /// How many are on their way at any time.
  var atOnce = 64
  /// Whether each resumes the TLS session of one before.
  var isResuming = false
  var warm = 1.0
  var seconds = 3.0
  var process: Int32?

  struct Outcome {
    var latency: LatencyHistogram
    var window: WindowResult
    /// How many were not as they were wanted: resumed or not.
    var other: Int
  }

  func run() throws -> Outcome {
    var options = LoadOptions()
    options.resumesSessions = isResuming
    let scenarios = try crew.run(
      "the handshakes", at: target, dividing: atOnce, seconds: warm + seconds + 60, options: options
    ) { part, gate in
      HandshakeScenario(
        atOnce: part.count, window: MeasuredWindow(gate: gate, warm: warm, seconds: seconds, process: process))
    }
    let latency = scenarios.map(\.latency).merged
    let resumed = scenarios.map(\.resumed).reduce(0, +)
    return Outcome(
      latency: latency, window: scenarios[0].window.result, other: isResuming ? latency.count - resumed : resumed)
  }
}

extension HandshakeLoad.Outcome {
  func figures(_ name: String) -> [Figure] {
    var figures = [Figure("\(name) a second", Format.count(Double(latency.count) / window.seconds))]
    if let usage = window.usage, latency.count > 0 {
      let each = usage.seconds / Double(latency.count)
      figures.append(Figure("\(name): server time each", Format.fixed(each * 1e6, 0) + " µs"))
    }
    figures += latency.figures("\(name): connect to open")
    if other > 0 { figures.append(Figure("\(name): of the other kind", Format.count(Double(other)))) }
    return figures + window.figures.map { Figure("\(name): \($0.name)", $0.value) }
  }
}
