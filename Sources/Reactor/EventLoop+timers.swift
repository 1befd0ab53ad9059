/// Timers of the loop, to the millisecond.
extension EventLoop {
  /// Sets a timer on the loop's own thread.
  /// - Parameters:
  ///   - delay: in milliseconds.
  ///   - token: handed back when the timer fires.
  @discardableResult
  package func schedule(after delay: UInt64, target: any TimerTarget, token: UInt64 = 0) -> TimerID {
    // Counted from the clock, not from the turn's beginning: a long turn must not shorten the wait.
    timers.insert(Timer(target: target, token: token), at: Self.monotonicMilliseconds() + delay)
  }

  /// Ends a timer that has not fired yet.
  package func cancel(_ id: TimerID) {
    timers.remove(id)
  }

  /// Suspends the caller, who is on this loop, for `delay` milliseconds, or until its task is cancelled.
  package func sleep(milliseconds delay: UInt64) async {
    let sleeper = Sleeper()
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if sleeper.begin(continuation) { schedule(after: delay, target: sleeper) }
      }
    } onCancel: {
      sleeper.wake()
    }
  }
}
