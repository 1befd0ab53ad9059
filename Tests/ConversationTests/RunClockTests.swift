import Conversation
import Testing

/// When an agent has taken too long.
@Suite struct RunClockTests {
  private static func limits(_ firstByte: UInt64, _ silence: UInt64, _ total: UInt64) -> TimeLimits {
    var limits = TimeLimits()
    (limits.firstByte, limits.silence, limits.total) = (firstByte, silence, total)
    return limits
  }

  /// What an agent does, and when.
  enum Event {
    case writes(UInt64), waits(UInt64), goesOn(UInt64)
  }

  struct Case {
    let limits: TimeLimits
    var events: [Event] = []
    /// The last moment that is good, and what is exceeded in the next; nil: nothing, ever.
    let good: UInt64
    let excess: RunClock.Excess?
  }

  static let cases: [Case] = [
    Case(limits: limits(10, 20, 100), good: 1009, excess: .firstByte),
    Case(limits: limits(10, 20, 100), events: [.writes(1009)], good: 1028, excess: .silence),
    Case(limits: limits(10, 20, 30), events: [.writes(1005), .writes(1024)], good: 1029, excess: .total),
    // What happens at once is named by what is nearest to its cause.
    Case(limits: limits(10, 20, 25), events: [.writes(1005)], good: 1024, excess: .silence),
    Case(limits: limits(30, 20, 30), good: 1029, excess: .firstByte),
    // A limit of 0 is none.
    Case(limits: limits(0, 20, 100), good: 1099, excess: .total),
    Case(limits: limits(10, 0, 0), events: [.writes(1005)], good: 1 << 60, excess: nil),
    Case(limits: limits(0, 0, 0), good: 1 << 60, excess: nil),
    // An agent that waits for the store is never too late, and has the time back afterwards.
    Case(limits: limits(10, 20, 30), events: [.writes(1005), .waits(1005)], good: 1 << 60, excess: nil),
    Case(
      limits: limits(10, 20, 100), events: [.writes(1005), .waits(1005), .goesOn(5005)], good: 5024, excess: .silence),
    Case(
      limits: limits(10, 20, 30), events: [.writes(1005), .waits(1005), .goesOn(5005), .writes(5020)], good: 5029,
      excess: .total),
    Case(limits: limits(10, 20, 100), events: [.writes(1005), .goesOn(1006)], good: 1024, excess: .silence),
  ]

  @Test(arguments: cases) func anAgentIsTooLateExactlyBeyondItsLimit(_ test: Case) {
    var clock = RunClock(test.limits, now: 1000)
    for event in test.events {
      switch event {
      case .writes(let now): clock.wrote(now: now)
      case .waits(let now): clock.waits(now: now)
      case .goesOn(let now): clock.goesOn(now: now)
      }
    }
    #expect(clock.excess(now: test.good) == nil)
    #expect(clock.excess(now: test.good + 1) == test.excess)
  }

  @Test func theErrorNamesTheLimit() {
    let limits = Self.limits(1000, 2500, 600_000)
    #expect(
      limits.error(.firstByte)
        == AnswerError(code: "agent_failed", message: "The agent did not begin to answer within 1 second."))
    #expect(limits.error(.silence).message == "The agent wrote nothing for 3 seconds.")
    #expect(limits.error(.total).message == "The agent did not end its answer within 600 seconds.")
  }
}
