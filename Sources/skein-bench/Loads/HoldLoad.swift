import LoadKit

/// Connections that are open and idle.
struct HoldLoad {
  var target: LoadTarget
  var connections = 5000
  var process: Int32
  /// The sessions that are restored, one by each; empty where the server only echoes.
  var identities: [ChatIdentity] = []

  struct Outcome {
    /// Resident memory a connection above the start, in bytes.
    let each: Double
    let figures: [Figure]
  }

  /// Puts sessions into the database for the connections to restore, each with so many messages.
  mutating func store(messages: Int, in database: Database) throws {
    var stored = StoredSessions(in: database, turns: messages / 2)
    try stored.grow(to: connections)
    try database.settle()
    identities = (0..<connections).map(stored.identity)
  }

  func run() throws -> Outcome {
    guard let before = ProcessUsage.residentMemory(of: process) else {
      throw LoadError("the memory of process \(process) can't be read")
    }
    let scenarios = try Crew().run(
      "opening \(connections) connections", at: target, dividing: connections, seconds: 180,
      options: identities.isEmpty ? LoadOptions() : ChatLoad.options
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
