/// Latencies by their frequency, in a fixed amount of memory: each power of two is divided into 128 equal parts, so that
/// a percentile is at most 0.8 % above the truth.
package struct LatencyHistogram: Sendable, Equatable {
  private static let parts = 128
  private static let partBits = 7
  /// Beyond 2^40 ns, about 18 minutes, all is one.
  private static let longest: UInt64 = 1 << 40

  private var counts = [UInt64](repeating: 0, count: (41 - partBits + 1) * parts)
  /// How many latencies were recorded.
  package private(set) var count = 0

  package init() {}

  /// Records one latency, in nanoseconds.
  package mutating func record(_ nanoseconds: UInt64) {
    counts[Self.bucket(nanoseconds)] += 1
    count += 1
  }

  /// Adds what another has recorded.
  package mutating func merge(_ other: LatencyHistogram) {
    for index in counts.indices { counts[index] += other.counts[index] }
    count += other.count
  }

  /// The latency, in nanoseconds, that the given share of all does not exceed; 0 where nothing was recorded.
  /// - Parameter share: from 0 to 1.
  package func percentile(_ share: Double) -> UInt64 {
    guard count > 0 else { return 0 }
    let wanted = max(1, UInt64((share * Double(count)).rounded(.up)))
    var seen: UInt64 = 0
    for (index, number) in counts.enumerated() {
      seen += number
      if seen >= wanted { return Self.upperBound(index) }
    }
    return Self.longest
  }

  private static func bucket(_ nanoseconds: UInt64) -> Int {
    let value = min(nanoseconds, longest)
    guard value >= UInt64(parts) else { return Int(value) }
    let exponent = 63 - value.leadingZeroBitCount
    return (exponent - partBits + 1) * parts + Int(value >> UInt64(exponent - partBits)) - parts
  }

  private static func upperBound(_ bucket: Int) -> UInt64 {
    guard bucket >= parts else { return UInt64(bucket) }
    let shift = UInt64(bucket / parts - 1)
    return (UInt64(bucket % parts + parts) + 1) << shift - 1
  }
}
