/// Timers of the loop, to the millisecond.
extension EventLoop {
  /// Sets a timer on the loop's own thread.
  /// - Parameters:
  ///   - delay: in milliseconds.
  ///   - token: handed back when the timer fires.
  @discardableResult
  package func schedule(after delay: UInt64, target: any TimerTarget, token: UInt64 = 0) -> TimerID {
    // Counted from the clock, not from the turn's beginning, and from the end of the millisecond that has begun: neither
    // a long turn nor rounding must shorten the wait.
    let start = (Self.monotonicNanoseconds() + 999_999) / 1_000_000
    return timers.insert(Timer(target: target, token: token), at: delay == 0 ? now : start + delay)
  }

  /// Suspends the caller, who is on this loop, for `delay` milliseconds, or until its task is cancelled.
  /// - Parameter isolation: the caller's own, so that going to sleep and waking up stay on the loop; without it both
  ///   would pass over another thread.
  package func sleep(milliseconds delay: UInt64, isolation: isolated (any Actor)? = #isolation) async {
    let sleeper = Sleeper()
    let timer = schedule(after: delay, target: sleeper)
    await withTaskCancellationHandler(
      operation: {
        await withCheckedContinuation(isolation: isolation) { sleeper.begin($0) }
      },
      onCancel: { sleeper.wake() },
      isolation: isolation)
    // After a cancellation the timer still waits, for what may be hours.
    cancel(timer)
  }
}
