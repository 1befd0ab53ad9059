/// When a server that ended may be started again: at once where it has been of use, later each time where not.
struct BackOff {
  private let most: UInt64
  private var failures = 0
  private var notBefore: UInt64 = 0

  /// - Parameter most: the longest wait, in milliseconds.
  init(most: UInt64) { self.most = most }

  /// How long it is not to be started yet, in milliseconds.
  func rest(at now: UInt64) -> UInt64 { notBefore > now ? notBefore - now : 0 }

  /// It has ended.
  /// - Parameter wasOfUse: whether it has answered anything.
  mutating func noteEnd(at now: UInt64, wasOfUse: Bool) {
    failures = wasOfUse ? 0 : failures + 1
    notBefore = failures == 0 ? 0 : now + min(most, 500 << UInt64(min(failures, 20)))
  }
}
