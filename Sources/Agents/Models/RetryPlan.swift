/// How often, and after which pauses, something is asked for again that has failed for the moment: twice as long each
/// time, spread at random so that a crowd does not come back as one.
package struct RetryPlan: Sendable {
  private let retries: Int
  private var made = 0

  private static let first: UInt64 = 500
  private static let longest: UInt64 = 8000
  /// Whoever asks for a longer pause is not waited for.
  private static let longestAsked: UInt64 = 30_000

  package init(retries: Int) { self.retries = retries }

  /// The pause before the next try, in milliseconds; nil: there is none.
  /// - Parameter chance: at random, from 0 to 1.
  package mutating func pause(after failure: ModelFailure, chance: Double) -> UInt64? {
    guard failure.isPassing, made < retries else { return nil }
    let longest = min(Self.longest, Self.first << UInt64(made))
    made += 1
    let own = longest / 2 + UInt64(Double(longest / 2) * chance)
    guard let asked = failure.retryAfter else { return own }
    // Not before, and not all at once then.
    return asked <= Self.longestAsked ? asked + UInt64(Double(Self.first) * chance) : nil
  }
}
