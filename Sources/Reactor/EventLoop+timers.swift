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
  package func sleep(milliseconds delay: UInt64) async {
    let sleeper = Sleeper()
    // Set here and not in the closures below, which run on another thread: there the wheel is not theirs, and the loop
    // would not wake for the timer.
    let timer = schedule(after: delay, target: sleeper)
    await withTaskCancellationHandler {
      await withCheckedContinuation { sleeper.begin($0) }
    } onCancel: {
      sleeper.wake()
    }
    // After a cancellation the timer still waits, for what may be hours.
    cancel(timer)
  }
}
