import Synchronization

/// What has been used of rates, for all loops of the process.
final class RateLimiter: Sendable {
  /// Whose rate it is.
  enum Holder: Hashable {
    /// By the digest that it is known by.
    case visitor([UInt8])
    /// An IPv4 address, or an IPv6 network of 64 bits.
    case network(UInt64)
    case site(Int64)
  }

  private struct State: ~Copyable {
    var paces: [Holder: Pace] = [:]
    /// At how many it is looked who has all again.
    var sweepAt = 1024
  }

  private let state = Mutex(State())

  /// Takes one from each of some rates, or from none where one of them is used up.
  /// - Parameter now: in microseconds.
  /// - Returns: how long it takes until all of them have one, in microseconds; 0: it was taken.
  func take(_ shares: [(holder: Holder, rate: Rate)], now: UInt64) -> UInt64 {
    state.withLock { state in
      let wait = shares.map { (state.paces[$0.holder] ?? Pace()).wait($0.rate, now: now) }.max() ?? 0
      guard wait == 0 else { return wait }
      for share in shares { state.paces[share.holder, default: Pace()].take(share.rate, now: now) }
      if state.paces.count >= state.sweepAt {
        state.paces = state.paces.filter { $0.value.fullAt > now }
        state.sweepAt = max(1024, state.paces.count * 2)
      }
      return 0
    }
  }

  /// How many are known that have not all of their rate.
  var count: Int { state.withLock { $0.paces.count } }
}
