/// How often something may be done: so many times a minute, and as many at once after a pause.
struct Rate: Sendable, Equatable {
  /// The time that one takes, in microseconds.
  let interval: UInt64
  /// How far ahead of that pace one may be, in microseconds.
  let tolerance: UInt64

  /// - Parameter perMinute: 1 to 60,000,000; nil for 0, which is no limit.
  init?(perMinute: Int) {
    guard perMinute > 0 else { return nil }
    interval = max(1, 60_000_000 / UInt64(perMinute))
    tolerance = interval * UInt64(perMinute - 1)
  }
}

/// What has been used of a rate. It is one number: when the bucket is full again, as in the generic cell rate algorithm
/// of ATM (ITU-T I.371, annex A).
struct Pace: Equatable {
  /// In microseconds.
  private(set) var fullAt: UInt64 = 0

  /// How long it takes until one more may be done, in microseconds; 0: it may now.
  func wait(_ rate: Rate, now: UInt64) -> UInt64 {
    let earliest = fullAt > rate.tolerance ? fullAt - rate.tolerance : 0
    return earliest > now ? earliest - now : 0
  }

  /// One is done.
  mutating func take(_ rate: Rate, now: UInt64) { fullAt = max(fullAt, now) + rate.interval }
}
