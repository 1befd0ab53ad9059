import Reactor

/// Waits on a loop until a socket is ready, or time is over.
final class SocketWait: ReadinessTarget, TimerTarget, @unchecked Sendable {
  private var waiting: CheckedContinuation<Readiness?, Never>?

  /// On the loop.
  /// - Parameter deadline: on the monotonic clock, in milliseconds.
  /// - Returns: what it is ready for; nil where time is over.
  func wait(
    for socket: Int32, _ interest: Readiness, until deadline: UInt64, on loop: EventLoop,
    isolation: isolated (any Actor)? = #isolation
  ) async -> Readiness? {
    let now = EventLoop.monotonicMilliseconds()
    guard now < deadline, (try? loop.register(socket, for: interest, target: self, token: 0)) != nil else { return nil }
    let timer = loop.schedule(after: deadline - now, target: self)
    let readiness = await withCheckedContinuation(isolation: isolation) { waiting = $0 }
    loop.cancel(timer)
    loop.deregister(socket)
    return readiness
  }

  func ready(_ token: UInt64, _ readiness: Readiness) { resume(readiness) }

  func timerFired(_ token: UInt64) { resume(nil) }

  private func resume(_ readiness: Readiness?) {
    guard let waiting else { return }
    self.waiting = nil
    waiting.resume(returning: readiness)
  }
}
