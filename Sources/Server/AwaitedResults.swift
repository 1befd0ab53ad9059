/// Results by their keys, each waited for by one task, and each free to come before that does. It is used on one loop.
final class AwaitedResults<Key: Hashable & Sendable, Value: Sendable> {
  private var waiting: [Key: CheckedContinuation<Value?, Never>] = [:]
  /// Those that came before anybody waited.
  private var early: [Key: Value] = [:]
  private var isOver = false

  init() {}

  /// Whether anybody waits.
  var isAwaited: Bool { !waiting.isEmpty }

  /// The result of a key, which is given once. Whoever waits for the same key already is given none.
  /// - Returns: nil where it will not come, since all is over.
  func value(for key: Key) async -> Value? {
    await withCheckedContinuation { continuation in
      // Asked here: a task that does not prefer the loop may have been suspended since it was called.
      if isOver {
        continuation.resume(returning: nil)
      } else if let value = early.removeValue(forKey: key) {
        continuation.resume(returning: value)
      } else {
        waiting.updateValue(continuation, forKey: key)?.resume(returning: nil)
      }
    }
  }

  /// A result is there. Of several that nobody has waited for yet the last one counts.
  func come(_ value: Value, for key: Key) {
    guard !isOver else { return }
    if let continuation = waiting.removeValue(forKey: key) {
      continuation.resume(returning: value)
    } else {
      early[key] = value
    }
  }

  /// Nothing comes any more: whoever waits, or will, goes on without.
  func end() {
    isOver = true
    let all = waiting.values
    (waiting, early) = ([:], [:])
    for continuation in all { continuation.resume(returning: nil) }
  }
}
