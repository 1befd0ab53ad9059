import LoadKit

/// Sessions whose clients all come back.
struct RestoreLoad {
  var target: LoadTarget
  var crew = Crew()
  var sessions = 1000
  /// Messages in each, questions and answers.
  var messages = 20
  var atOnce = 200
  var process: Int32?

  struct Outcome {
    /// Restores a second by a fresh page, and by position.
    let fresh: Double
    let resumed: Double
    let figures: [Figure]
  }

  func run() throws -> Outcome {
    let identities = ChatLoad.identities(sessions)
    let content = "/script {\"text\":\"\(ChatLoad.sentence)\"}"
    _ = try crew.run(
      "making the sessions", at: target, dividing: sessions, seconds: 60 + Double(sessions * messages) / 300,
      options: ChatLoad.options
    ) { part, _ in FillScenario(identities: Array(identities[part]), turns: 0..<messages / 2, content: content) }
    // The server notices that they are gone, and forgets the sessions.
    try Patience.pause(seconds: 0.5)
    let fresh = try restore(identities, versions: nil)
    try Patience.pause(seconds: 0.5)
    let resumed = try restore(identities, versions: fresh.flatMap(\.versions))
    let (freshRate, freshFigures) = figures(fresh, "fresh page")
    let (resumedRate, resumedFigures) = figures(resumed, "by position")
    return Outcome(fresh: freshRate, resumed: resumedRate, figures: freshFigures + resumedFigures)
  }

  func restore(_ identities: [ChatIdentity], versions: [Int64]?) throws -> [RestoreScenario] {
    let loops = min(crew.loops, sessions)
    return try crew.run(
      "the restores", at: target, dividing: sessions, seconds: 60 + Double(sessions) / 100,
      options: ChatLoad.options
    ) { part, _ in
      RestoreScenario(
        identities: Array(identities[part]), versions: versions.map { Array($0[part]) }, atOnce: max(1, atOnce / loops),
        process: process)
    }
  }

  private func figures(_ scenarios: [RestoreScenario], _ name: String) -> (rate: Double, [Figure]) {
    let latency = scenarios.map(\.latency).merged
    let seconds = scenarios.map(\.result.seconds).max() ?? 0
    let rate = Double(latency.count) / seconds
    let each = Double(scenarios.map(\.bytes).reduce(0, +)) / Double(max(1, latency.count))
    let figures =
      [Figure("\(name): restores a second", Format.count(rate)), Figure("\(name): welcome", Format.bytes(each))]
      + latency.figures("\(name): connect to welcome")
      + scenarios[0].result.figures.map { Figure("\(name): \($0.name)", $0.value) }
    return (rate, figures)
  }
}
