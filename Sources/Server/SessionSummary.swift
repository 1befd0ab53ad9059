import Agents
import Conversation
import Store

/// The summary of a session's older turns, in the store.
struct SessionSummary: SummaryKeeper {
  let shard: Shard
  /// For which it is read, and by which attempt at it.
  let answer: MessageID
  let attempt: UInt64
  let store: any ConversationStore
  let session: SessionKey

  func load() async throws -> Summary? {
    let session = session
    let stored = try await shard.stored(for: answer, attempt) { store async throws(StoreError) in
      try await store.summary(of: session)
    }
    return stored.map { Summary(text: $0.text, through: $0.through) }
  }

  func keep(_ summary: Summary) async throws {
    try await store.keep(StoredSummary(text: summary.text, through: summary.through), of: session)
  }
}
