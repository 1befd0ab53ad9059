import LoadKit

/// Connections that are open and idle.
struct HoldLoad {
  var target: LoadTarget
  var connections = 5000
  var process: Int32
  /// Whether each says `hello` and is welcomed to a session of its own.
  var isWelcomed = false

  struct Outcome {
    /// Resident memory a connection above the start, in bytes.
    let each: Double
    let figures: [Figure]
  }

  func run() throws -> Outcome {
    guard let before = ProcessUsage.residentMemory(of: process) else {
      throw LoadError("the memory of process \(process) can't be read")
    }
    let identities = isWelcomed ? ChatLoad.identities(connections) : []
    let scenarios = try Crew().run(
      "opening \(connections) connections", at: target, dividing: connections, seconds: 180,
      options: isWelcomed ? ChatLoad.options : LoadOptions()
    ) { _, _ in HoldScenario(connections: connections, process: process, identities: identities) }
    let each = Double(scenarios[0].memory - before) / Double(connections)
    return Outcome(
      each: each,
      figures: [
        Figure("connections", Format.count(Double(connections))),
        Figure("resident memory at the start", Format.bytes(Double(before))),
        Figure("resident memory with all of them", Format.bytes(Double(scenarios[0].memory))),
        Figure("resident memory a connection", Format.bytes(each)),
      ])
  }
}
