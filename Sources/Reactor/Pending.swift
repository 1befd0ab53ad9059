import Synchronization

/// A value that comes later. Any number of tasks wait for it, each until it is cancelled; as a timer it fails.
package final class Pending<Value: Sendable>: TimerTarget {
  private struct State {
    var result: Result<Value, any Error>?
    var waiting: [UInt64: CheckedContinuation<Value, any Error>] = [:]
    /// Those that were cancelled before they waited.
    var cancelled: Set<UInt64> = []
    var count: UInt64 = 0
  }

  private let expiry: any Error
  private let state = Mutex(State())

  /// - Parameter expiry: what it fails with where a timer fires first.
  package init(expiry: any Error) { self.expiry = expiry }

  /// Gives the value to all that wait and will wait; the first one counts.
  /// - Returns: whether anybody waited.
  @discardableResult
  package func resolve(_ result: Result<Value, any Error>) -> Bool {
    let waiting = state.withLock { state -> [CheckedContinuation<Value, any Error>] in
      guard state.result == nil else { return [] }
      state.result = result
      defer { state.waiting = [:] }
      return Array(state.waiting.values)
    }
    for continuation in waiting { continuation.resume(with: result) }
    return !waiting.isEmpty
  }

  /// Waits for the value.
  /// - Throws: its failure, or `CancellationError` once the caller's task is cancelled.
  package func value(isolation: isolated (any Actor)? = #isolation) async throws -> Value {
    let id = state.withLock { state in
      state.count += 1
      return state.count
    }
    return try await withTaskCancellationHandler(
      operation: {
        try await withCheckedThrowingContinuation(isolation: isolation) { begin(id, $0) }
      },
      onCancel: { cancel(id) },
      isolation: isolation)
  }

  package func timerFired(_ token: UInt64) { resolve(.failure(expiry)) }

  private func begin(_ id: UInt64, _ continuation: CheckedContinuation<Value, any Error>) {
    let result = state.withLock { state -> Result<Value, any Error>? in
      if let result = state.result { return result }
      if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
      state.waiting[id] = continuation
      return nil
    }
    if let result { continuation.resume(with: result) }
  }

  private func cancel(_ id: UInt64) {
    let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
      guard state.result == nil else { return nil }
      if let continuation = state.waiting.removeValue(forKey: id) { return continuation }
      state.cancelled.insert(id)
      return nil
    }
    continuation?.resume(throwing: CancellationError())
  }
}
