/// How long to wait before the next attempt to connect: twice as long each time, with jitter, so that many clients of
/// one database don't come back in step.
struct Backoff {
  let range: ClosedRange<UInt64>
  private(set) var failures = 0

  init(_ range: ClosedRange<UInt64>) { self.range = range }

  /// Counts a failure and returns the wait in milliseconds: between half and all of the doubled step.
  mutating func failed(using generator: inout some RandomNumberGenerator) -> UInt64 {
    let step = min(range.upperBound, range.lowerBound << UInt64(min(failures, 20)))
    failures += 1
    return max(1, UInt64.random(in: step / 2...step, using: &generator))
  }

  mutating func failed() -> UInt64 {
    var generator = SystemRandomNumberGenerator()
    return failed(using: &generator)
  }

  mutating func succeeded() { failures = 0 }
}
