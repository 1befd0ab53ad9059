import LoadKit

/// Messages that come back.
struct EchoLoad {
  var target: LoadTarget
  var crew = Crew()
  var connections = 200
  /// The size of a message; where `messages` are given they have theirs.
  var bytes = 20
  var messages: EchoMessages?
  var pipeline = 1
  var warm = 1.0
  var seconds = 5.0
  var process: Int32?
  var options = LoadOptions()

  /// Runs it once.
  func run() throws -> EchoTally {
    var options = options
    options.gathersSends = true
    let messages = messages ?? EchoMessages(bytes: bytes)
    let scenarios = try crew.run(
      "the echo load", at: target, dividing: connections, seconds: warm + seconds + 60, options: options
    ) { part, gate in
      EchoScenario(
        connections: part.count, messages: messages, pipeline: pipeline,
        window: MeasuredWindow(gate: gate, warm: warm, seconds: seconds, process: process, countsCalls: true))
    }
    var tally = scenarios[0].tally
    for other in scenarios.dropFirst() { tally.join(other.tally) }
    return tally
  }
}
