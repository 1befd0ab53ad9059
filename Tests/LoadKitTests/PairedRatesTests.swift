import Testing

@testable import LoadKit

@Suite struct PairedRatesTests {
  @Test func nothingWasMeasured() {
    #expect(PairedRates().ratio == 0)
    #expect(PairedRates().bounds == nil)
  }

  @Test func theRatioIsOfTheSums() {
    var rates = PairedRates()
    for (first, second) in [(200.0, 100.0), (90, 100), (310, 200)] { rates.add(first, second) }
    #expect(rates.ratio == 1.5)
    #expect(rates.bounds == 0.9...2)
  }

  @Test func aRoundWithoutTheSecondHasNoRatio() {
    var rates = PairedRates()
    rates.add(5, 0)
    #expect(rates.ratio == 0)
    #expect(rates.bounds == nil)
    rates.add(15, 10)
    #expect(rates.ratio == 2)
    #expect(rates.bounds == 1.5...1.5)
  }
}
