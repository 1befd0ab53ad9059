import Agents
import Conversation
import Reactor
import Store

/// What agents have to know from the store.
extension Shard {
  /// Reads something without which an answer can't go on, however long the store may be away. That time is not the agent's
  /// own.
  /// - Throws: `CancellationError` once the answer is over, and what the store answers that it should not have.
  func stored<Value: Sendable>(
    for answer: MessageID, _ attempt: UInt64,
    _ read: @Sendable (any ConversationStore) async throws(StoreError) -> Value
  ) async throws -> Value {
    guard let run = running(answer, attempt) else { throw CancellationError() }
    run.clock.waits(now: loop.now)
    defer { run.clock.goesOn(now: loop.now) }
    while true {
      do throws(StoreError) {
        return try await read(store)
      } catch {
        guard error == .unavailable else { throw error }
      }
      // Jitter, so that not all answers come at once when the store is back.
      await loop.sleep(milliseconds: UInt64.random(in: 100...500, using: &random))
      guard runs[answer] === run else { throw CancellationError() }
    }
  }

  /// Where a call stands that a server which is gone has told of.
  func standing(of call: String, in answer: MessageID, _ attempt: UInt64) async throws -> CallStanding? {
    guard let run = running(answer, attempt) else { throw CancellationError() }
    guard run.session.run?.takeovers ?? 0 > 0, run.session.status(of: call, in: answer) != nil else { return nil }
    let key = run.session.key
    let verdict = try await stored(for: answer, attempt) { store async throws(StoreError) in
      try await store.standing(of: call, in: answer, of: key).verdict
    }
    // Asked now: it may have been decided meanwhile.
    return run.session.status(of: call, in: answer).map { CallStanding(status: $0, verdict: verdict) }
  }
}
