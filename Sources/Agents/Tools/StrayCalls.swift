package import Log
import Reactor
import Synchronization

/// Calls of tools that nobody waits for any more and that have not ended: a tool that takes no notice when its task is
/// cancelled goes on. What it brings is dropped; but until then it holds what it holds, so that a tool of which so many
/// are left is not called any more until one of them has ended. Those that were under way by then may be left as well.
package final class StrayCalls: Sendable {
  private let most: Int
  private let log: Logger?
  private let left = Mutex<[String: Int]>([:])

  /// - Parameters:
  ///   - most: from so many left calls of a tool on no more are made of it.
  ///   - log: is told where one is not made; nil: nobody is.
  package init(most: Int = 16, log: Logger? = nil) {
    self.most = most
    self.log = log
  }

  /// How many there are.
  package var count: Int { left.withLock { $0.values.reduce(0, +) } }

  /// Does a tool's work, and waits for it no longer than the caller's task goes on.
  /// - Throws: `ToolError` where too many calls of the tool have not ended; `CancellationError`, at once, when the task
  ///   is cancelled; what the work throws.
  func wait<Value: Sendable>(
    for tool: String, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    guard left.withLock({ $0[tool, default: 0] < most }) else {
      log?.warning("a tool is not called, since earlier calls of it have not ended", ["tool": tool])
      throw ToolError("Earlier calls of \(tool) have not ended, and no more are made until they have.")
    }
    let outcome = Pending<Value>(expiry: CancellationError())
    let stage = Stage()
    let task = Task {
      let result: Result<Value, any Error>
      do { result = .success(try await work()) } catch { result = .failure(error) }
      if stage.end() { count(tool, -1) }
      outcome.resolve(result)
    }
    defer {
      task.cancel()
      if stage.leave() { count(tool, 1) }
    }
    return try await outcome.value()
  }

  /// Whether a call has ended, and whether it was left before.
  private final class Stage: Sendable {
    private enum State {
      case running, left, ended
    }

    private let state = Mutex(State.running)

    /// - Returns: whether it was left.
    func end() -> Bool {
      state.withLock { state in
        defer { state = .ended }
        return state == .left
      }
    }

    /// - Returns: whether it has not ended.
    func leave() -> Bool {
      state.withLock { state in
        guard state == .running else { return false }
        state = .left
        return true
      }
    }
  }

  private func count(_ tool: String, _ change: Int) {
    left.withLock { left in
      let rest = left[tool, default: 0] + change
      left[tool] = rest == 0 ? nil : rest
    }
  }
}
