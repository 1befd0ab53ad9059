import LoadKit

/// The same restores with few and with many messages in the database.
extension RestoreLoad {
  /// What one kind of restores took in all rounds.
  private struct Tally {
    var seconds = 0.0
    var latency = LatencyHistogram()

    mutating func add(_ other: Tally) {
      seconds += other.seconds
      latency.merge(other.latency)
    }

    mutating func add(_ scenarios: [RestoreScenario]) {
      seconds += scenarios.map(\.result.seconds).max() ?? 0
      latency.merge(scenarios.map(\.latency).merged)
    }

    /// The time of one, in microseconds.
    var each: Double { seconds / Double(max(1, latency.count)) * 1e6 }
  }

  private struct Tallies {
    var fresh = Tally()
    var resumed = Tally()

    mutating func add(_ other: Tallies) {
      fresh.add(other.fresh)
      resumed.add(other.resumed)
    }
  }

  /// Measures new sessions; then so many more are stored, and the same ones and others are measured.
  func run(stored: Int, in database: Database, rounds: Int) throws -> [Figure] {
    var population = StoredSessions(in: database, turns: messages / 2)
    try population.grow(to: sessions)
    try database.settle()
    let first = (0..<sessions).map(population.identity)
    // Connections to the database and their plans are made by then.
    _ = try measure(first)
    var few = Tallies()
    for _ in 0..<rounds { few.add(try measure(first)) }
    let fewMessages = try database.messages()

    try population.grow(to: sessions + max(0, stored - fewMessages) / max(1, population.messages))
    try database.settle()
    _ = try measure(first)
    var (same, others) = (Tallies(), Tallies())
    let step = population.count / sessions
    for round in 1...rounds {
      same.add(try measure(first))
      // Others in each round, so that none of them was read before.
      others.add(try measure((0..<sessions).map { population.identity($0 * step + round * step / (rounds + 1)) }))
    }
    let many = "\(Format.count(Double(try database.messages()))) messages"
    return figures(
      [
        ("\(Format.count(Double(fewMessages))) messages", few), (many, same), ("\(many), anywhere among them", others),
      ])
  }

  private func measure(_ identities: [ChatIdentity]) throws -> Tallies {
    var tallies = Tallies()
    try Patience.pause(seconds: 0.5)
    let fresh = try restore(identities, versions: nil)
    tallies.fresh.add(fresh)
    try Patience.pause(seconds: 0.5)
    tallies.resumed.add(try restore(identities, versions: fresh.flatMap(\.versions)))
    return tallies
  }

  private func figures(_ tallies: [(name: String, value: Tallies)]) -> [Figure] {
    let kinds: [(String, KeyPath<Tallies, Tally>)] = [("fresh page", \.fresh), ("by position", \.resumed)]
    return kinds.flatMap { kind, path in
      let base = tallies[0].value[keyPath: path].each
      return tallies.flatMap { name, value in
        let tally = value[keyPath: path]
        return [
          Figure("\(kind), \(name): restores a second", Format.count(1e6 / tally.each)),
          Figure("\(kind), \(name): p99", Format.duration(tally.latency.percentile(0.99))),
        ]
      }
        + tallies.dropFirst().map { name, value in
          Figure(
            "\(kind), time with \(name), to that with the first",
            Format.fixed(value[keyPath: path].each / base, 2))
        }
    }
  }
}
