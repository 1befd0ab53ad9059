import LoadKit

/// The engines that carry a load: how many, and where they run.
struct Crew {
  var loops = 1
  /// The processor of the first loop; the others take those after it.
  var processor: Int?

  static let parameters = [
    Parameter("loops", "N", "1", "threads that make the load"),
    Parameter("processor", "N", "", "pins the first of them to this processor, the others to those after it"),
  ]

  init(loops: Int = 1, processor: Int? = nil) {
    self.loops = loops
    self.processor = processor
  }

  init(_ arguments: Arguments) throws(LoadError) {
    loops = try arguments.number("loops", 1...64)
    processor = try arguments.optional("processor", 0...1023)
  }

  /// Runs one scenario a loop to their ends.
  /// - Parameters:
  ///   - count: what is divided among them.
  ///   - seconds: how long at most.
  ///   - make: makes the scenario of a part.
  /// - Returns: the scenarios.
  func run<Scenario: LoadScenario>(
    _ what: String, at target: LoadTarget, dividing count: Int, seconds: Double, options: LoadOptions = LoadOptions(),
    _ make: (_ part: Range<Int>, _ gate: LoadGate) -> Scenario
  ) throws -> [Scenario] {
    let loops = min(loops, count)
    let gate = LoadGate(loops)
    let scenarios = (0..<loops).map { make($0 * count / loops..<($0 + 1) * count / loops, gate) }
    let engines = try scenarios.enumerated().map { place, scenario in
      try LoadEngine(target, scenario: scenario, processor: processor.map { $0 + place }, options: options)
    }
    try LoadEngine.run(engines, what, seconds: seconds)
    return scenarios
  }
}

extension [LatencyHistogram] {
  /// All of them as one.
  var merged: LatencyHistogram { reduce(into: LatencyHistogram()) { $0.merge($1) } }
}

extension LatencyHistogram {
  /// The percentiles that are told of everything.
  func figures(_ name: String) -> [Figure] {
    [
      Figure("\(name), p50", Format.duration(percentile(0.5))),
      Figure("\(name), p99", Format.duration(percentile(0.99))),
      Figure("\(name), p99.9", Format.duration(percentile(0.999))),
    ]
  }
}
