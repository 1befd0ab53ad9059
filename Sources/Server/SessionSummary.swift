import Agents
import Conversation
import Store

/// The summary of a session's older turns, in the store.
struct SessionSummary: SummaryKeeper {
  let store: any ConversationStore
  let session: SessionKey

  func load() async throws -> Summary? {
    try await store.summary(of: session).map { Summary(text: $0.text, through: $0.through) }
  }

  func keep(_ summary: Summary) async throws {
    try await store.keep(StoredSummary(text: summary.text, through: summary.through), of: session)
  }
}
