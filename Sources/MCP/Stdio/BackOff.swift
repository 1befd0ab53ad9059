/// When a server that ended may be started again: at once where it has been of use, later each time where not.
struct BackOff {
  private let least: UInt64
  private let most: UInt64
  private let free: Int
  private var failures = 0
  private var notBefore: UInt64 = 0

  /// - Parameters:
  ///   - least: the first wait, in milliseconds.
  ///   - most: the longest, in milliseconds.
  ///   - free: so many ends in a row are not waited for.
  init(least: UInt64, most: UInt64, free: Int = 0) { (self.least, self.most, self.free) = (least, most, free) }

  /// How long it is not to be started yet, in milliseconds.
  func rest(at now: UInt64) -> UInt64 { notBefore > now ? notBefore - now : 0 }

  /// It has ended.
  /// - Parameter wasOfUse: whether it has done what it is for.
  mutating func noteEnd(at now: UInt64, wasOfUse: Bool) {
    failures = wasOfUse ? 0 : failures + 1
    notBefore = failures <= free ? 0 : now + min(most, least << UInt64(min(failures - free - 1, 20)))
  }
}
