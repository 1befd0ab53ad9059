import Conversation
import Testing

@testable import Agents

@Suite struct TokenTallyTests {
  @Test func whatIsNotCountedIsEstimated() {
    var tally = TokenTally(before: nil, question: 50, prices: nil)
    #expect(!tally.hasBegun)
    #expect(tally.usage == Usage(inputTokens: 50, outputTokens: 0, isEstimated: true))
    tally.take(String(repeating: "a", count: 30))
    #expect(tally.hasBegun && tally.usage == Usage(inputTokens: 50, outputTokens: 14, isEstimated: true))
    tally.take(String(repeating: "é", count: 15))
    #expect(tally.usage?.outputTokens == 24)
  }

  @Test func whatIsCountedCounts() {
    var tally = TokenTally(before: nil, question: 50, prices: nil)
    tally.count(Usage(inputTokens: 9, outputTokens: 1, cachedTokens: 4))
    #expect(tally.usage == Usage(inputTokens: 9, outputTokens: 1, cachedTokens: 4))
    // What came since is estimated, until it is counted.
    tally.take(String(repeating: "a", count: 30))
    #expect(tally.usage == Usage(inputTokens: 9, outputTokens: 15, cachedTokens: 4, isEstimated: true))
    tally.count(Usage(inputTokens: 9, outputTokens: 12, cachedTokens: 4))
    #expect(tally.usage == Usage(inputTokens: 9, outputTokens: 12, cachedTokens: 4))
  }

  @Test func whatWasBeforeIsAdded() {
    let before = Usage(inputTokens: 100, outputTokens: 10, cachedTokens: 1)
    var tally = TokenTally(before: before, question: 50, prices: nil)
    #expect(tally.usage == Usage(inputTokens: 150, outputTokens: 10, cachedTokens: 1, isEstimated: true))
    tally.count(Usage(inputTokens: 7, outputTokens: 3))
    #expect(tally.usage == Usage(inputTokens: 107, outputTokens: 13, cachedTokens: 1))
    var estimated = before
    estimated.isEstimated = true
    tally = TokenTally(before: estimated, question: 50, prices: nil)
    tally.count(Usage(inputTokens: 7, outputTokens: 3))
    #expect(tally.usage?.isEstimated == true)
  }

  @Test func withoutAQuestionNothingIsEstimated() {
    var tally = TokenTally(before: nil, question: nil, prices: nil)
    tally.take("Hello")
    #expect(tally.usage == nil)
    tally.count(Usage(inputTokens: 1, outputTokens: 2))
    tally.take("Hello")
    #expect(tally.usage == Usage(inputTokens: 1, outputTokens: 2))
  }
}
