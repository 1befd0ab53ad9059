import Testing

@testable import Agents

/// When something is asked for again.
@Suite struct RetryPlanTests {
  @Test func pausesGrowAndEnd() {
    var plan = RetryPlan(retries: 6)
    let pauses = (0..<8).map { _ in plan.pause(after: ModelFailure(.fault), chance: 1) }
    #expect(pauses == [500, 1000, 2000, 4000, 8000, 8000, nil, nil])
    var least = RetryPlan(retries: 1)
    #expect(least.pause(after: ModelFailure(.busy), chance: 0) == 250)
  }

  @Test func whatIsAskedForIsKept() {
    var plan = RetryPlan(retries: 6)
    #expect(plan.pause(after: ModelFailure(.busy, retryAfter: 7000), chance: 0) == 7000)
    #expect(plan.pause(after: ModelFailure(.busy, retryAfter: 0), chance: 0.5) == 250)
    #expect(plan.pause(after: ModelFailure(.busy, retryAfter: 31_000), chance: 0) == nil)
  }

  @Test func whatDoesNotPassIsNotAskedAgain() {
    for kind in ModelFailure.Kind.allCases where !ModelFailure(kind).isPassing {
      var plan = RetryPlan(retries: 6)
      #expect(plan.pause(after: ModelFailure(kind), chance: 0) == nil)
    }
  }

  @Test(
    arguments: [
      ("3", 3000), ("0.5", 500), ("0", 0), ("-1", nil), ("soon", nil), ("Sun, 06 Nov 1994 08:49:37 GMT", 37_000),
      ("Sun, 06 Nov 1994 08:48:00 GMT", 0),
    ] as [(String, UInt64?)]) func theFieldIsReadInBothForms(_ text: String, _ milliseconds: UInt64?)
  {
    // 1994-11-06 08:49:00.
    #expect(RetryAfter.milliseconds(text, now: 784_111_740) == milliseconds)
  }
}
