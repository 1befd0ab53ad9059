import LoadKit

/// People's messages, each with the shortest answer.
struct AcceptLoad {
  var target: LoadTarget
  var crew = Crew()
  var connections = 500
  /// Messages a second; 0: each client sends its next when the answer to the last is complete.
  var rate = 0.0
  var warm = 1.0
  var seconds = 5.0
  var process: Int32?

  struct Outcome {
    /// Accepted messages a second.
    let rate: Double
    let figures: [Figure]
  }

  func run() throws -> Outcome {
    let identities = ChatLoad.identities(connections)
    let scenarios = try crew.run(
      "the load of messages", at: target, dividing: connections, seconds: warm + seconds + 60,
      options: ChatLoad.options
    ) { part, gate in
      AcceptScenario(
        identities: Array(identities[part]), content: ChatLoad.shortest,
        rate: rate * Double(part.count) / Double(connections),
        window: MeasuredWindow(gate: gate, warm: warm, seconds: seconds, process: process))
    }
    let acceptance = scenarios.map(\.acceptance).merged
    let turns = scenarios.map(\.turn).merged
    let window = scenarios[0].window.result
    let accepted = Double(acceptance.count) / window.seconds
    let figures =
      [
        Figure("accepted messages a second", Format.count(accepted)),
        Figure("complete turns a second", Format.count(Double(turns.count) / window.seconds)),
      ] + acceptance.figures("send to accepted") + turns.figures("send to completed")
    return Outcome(rate: accepted, figures: figures + window.figures)
  }
}
