/// How long an agent may take for an answer, in milliseconds; 0: as long as it likes.
package struct TimeLimits: Sendable, Equatable {
  /// Until its first text.
  package var firstByte: UInt64 = 60_000
  /// From one text to the next, or to the end.
  package var silence: UInt64 = 60_000
  /// From its beginning to its end.
  package var total: UInt64 = 600_000

  package init() {}

  /// Why an answer fails that has gone beyond a limit.
  package func error(_ excess: RunClock.Excess) -> AnswerError {
    let message =
      switch excess {
      case .firstByte: "The agent did not begin to answer within \(Self.seconds(firstByte))."
      case .silence: "The agent wrote nothing for \(Self.seconds(silence))."
      case .total: "The agent did not end its answer within \(Self.seconds(total))."
      }
    return AnswerError(code: "agent_failed", message: message)
  }

  private static func seconds(_ milliseconds: UInt64) -> String {
    milliseconds == 1000 ? "1 second" : "\((milliseconds + 999) / 1000) seconds"
  }
}

/// The time that an agent takes for one answer. The times at which it has to wait until its text is stored are not its
/// own, and do not count.
package struct RunClock: Sendable {
  /// Which limit an agent has gone beyond.
  package enum Excess: Sendable, Equatable {
    case firstByte, silence, total
  }

  private let limits: TimeLimits
  /// When it began, later by what it had to wait.
  private var begunAt: UInt64
  /// When it last wrote; nil before its first text.
  private var wroteAt: UInt64?
  private var waitsSince: UInt64?
  /// How many things it waits for.
  private var waiting = 0

  /// - Parameter now: in milliseconds of a clock that never goes back, here and below.
  package init(_ limits: TimeLimits, now: UInt64) {
    self.limits = limits
    begunAt = now
  }

  /// The agent has written.
  package mutating func wrote(now: UInt64) { wroteAt = now }

  /// The agent has to wait: until its text is stored, or for a person. It may wait for several things at once.
  package mutating func waits(now: UInt64) {
    if waiting == 0 { waitsSince = now }
    waiting += 1
  }

  /// One thing that the agent has waited for is there.
  package mutating func goesOn(now: UInt64) {
    guard let since = waitsSince else { return }
    waiting -= 1
    guard waiting == 0 else { return }
    waitsSince = nil
    begunAt += now - since
    // It may have written since, where it does several things at once.
    wroteAt = wroteAt.map { min(now, $0 + now - since) }
  }

  /// The limit that the agent has gone beyond by now.
  package func excess(now: UInt64) -> Excess? {
    if waitsSince != nil { return nil }
    if let wroteAt {
      if Self.isOver(limits.silence, from: wroteAt, now) { return .silence }
    } else if Self.isOver(limits.firstByte, from: begunAt, now) {
      return .firstByte
    }
    return Self.isOver(limits.total, from: begunAt, now) ? .total : nil
  }

  private static func isOver(_ limit: UInt64, from start: UInt64, _ now: UInt64) -> Bool {
    limit > 0 && now >= start + limit
  }
}
