/// Two rates that were measured in turns, so that what else the machine did hit both alike.
package struct PairedRates: Sendable {
  private var rounds: [(first: Double, second: Double)] = []

  package init() {}

  /// Adds one round.
  package mutating func add(_ first: Double, _ second: Double) { rounds.append((first, second)) }

  /// What the first has for one of the second, over all rounds; 0 where nothing was measured.
  package var ratio: Double {
    let second = rounds.map(\.second).reduce(0, +)
    return second > 0 ? rounds.map(\.first).reduce(0, +) / second : 0
  }

  /// The least and the greatest ratio of one round; nil where nothing was measured.
  package var bounds: ClosedRange<Double>? {
    let ratios = rounds.filter { $0.second > 0 }.map { $0.first / $0.second }
    guard let least = ratios.min(), let greatest = ratios.max() else { return nil }
    return least...greatest
  }
}
