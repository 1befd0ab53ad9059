import Synchronization

/// One suspended `sleep`: woken by its timer or by the cancellation of its task, whichever comes first.
final class Sleeper: TimerTarget {
  private enum State {
    case new
    case asleep(CheckedContinuation<Void, Never>)
    case awake
  }

  private let state = Mutex(State.new)

  /// Keeps the continuation, or resumes it where the sleep is over already.
  func begin(_ continuation: CheckedContinuation<Void, Never>) {
    let began = state.withLock { state in
      guard case .new = state else { return false }
      state = .asleep(continuation)
      return true
    }
    if !began { continuation.resume() }
  }

  func wake() {
    let continuation: CheckedContinuation<Void, Never>? = state.withLock { state in
      defer { state = .awake }
      guard case .asleep(let continuation) = state else { return nil }
      return continuation
    }
    continuation?.resume()
  }

  func timerFired(_ token: UInt64) { wake() }
}
