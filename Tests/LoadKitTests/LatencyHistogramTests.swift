import Testing

@testable import LoadKit

@Suite struct LatencyHistogramTests {
  @Test func emptyTellsZero() {
    #expect(LatencyHistogram().percentile(0.99) == 0)
  }

  @Test(arguments: [0, 1, 127, 128, 255, 256, 999, 1_000_000, 123_456_789, 1 << 39] as [UInt64])
  func oneValueIsFoundWithinItsBucket(value: UInt64) {
    var histogram = LatencyHistogram()
    histogram.record(value)
    let found = histogram.percentile(0.5)
    #expect(found >= value)
    #expect(Double(found) <= Double(value) * 1.008)
  }

  @Test func percentilesOfAThousand() {
    var (odd, even) = (LatencyHistogram(), LatencyHistogram())
    for value in 1...1000 as ClosedRange<UInt64> {
      if value % 2 == 0 { even.record(value * 1000) } else { odd.record(value * 1000) }
    }
    odd.merge(even)
    #expect(odd.count == 1000)
    for (share, value) in [(0.5, 500_000.0), (0.99, 990_000), (0.999, 999_000), (1, 1_000_000)] {
      #expect(abs(Double(odd.percentile(share)) / value - 1) < 0.009)
    }
  }
}
