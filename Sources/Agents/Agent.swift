package import Conversation

/// Whoever answers: a model, a service, or something built in. One value serves all sessions at once and keeps nothing
/// of any of them.
package protocol Agent: Sendable {
  /// Answers a question, writing the text as it is made. Returning ends the answer as complete, throwing as failed.
  /// Once the answer is over (stopped, or its server leaves) its task is cancelled, and writing throws.
  func answer(_ request: AgentRequest, into answer: any Answer) async throws
}

/// A turn of the conversation so far.
package struct Turn: Sendable, Equatable {
  package var role: Role
  package var text: String

  package init(role: Role, text: String) {
    self.role = role
    self.text = text
  }
}

/// What an agent is asked.
package struct AgentRequest: Sendable {
  package var session: SessionID
  package var question: String
  /// The session's context data, JSON.
  package var context: [UInt8]
  private let loadHistory: @Sendable (Int) async throws -> [Turn]

  package init(
    session: SessionID, question: String, context: [UInt8],
    history: @escaping @Sendable (Int) async throws -> [Turn]
  ) {
    self.session = session
    self.question = question
    self.context = context
    loadHistory = history
  }

  /// The conversation before the question, oldest first; at most the last `limit` turns. It is read when it is asked
  /// for.
  package func history(limit: Int) async throws -> [Turn] { try await loadHistory(limit) }
}

/// An answer in the making: where an agent puts what it makes.
package protocol Answer: Sendable {
  /// Appends text. Waits where much of the answer is not stored yet; throws `CancellationError` once it is over.
  func write(_ text: String) async throws
  /// Adds a source to the answer's citations.
  func cite(_ citation: Citation) async
  /// Notes what a model counted.
  func report(_ usage: Usage) async
  /// Notes a call of a tool, or what became of it.
  func note(_ call: ToolCall) async
  /// Waits, on the loop's own timers; throws `CancellationError` once the answer is over.
  /// - Parameter instant: in milliseconds of the monotonic clock.
  func pause(until instant: UInt64) async throws
  /// Now, in milliseconds of the monotonic clock.
  var now: UInt64 { get }
}

/// A call of a tool, as an answer tells of it.
package struct ToolCall: Sendable, Equatable {
  /// Where a call stands.
  package enum Status: String, Sendable {
    case running, done, failed
  }

  package var id: String
  package var name: String
  package var title: String
  package var status: Status
  package var durationMilliseconds: Int64?

  package init(id: String, name: String, title: String, status: Status, durationMilliseconds: Int64? = nil) {
    self.id = id
    self.name = name
    self.title = title
    self.status = status
    self.durationMilliseconds = durationMilliseconds
  }
}

/// Why an agent gives up, in words for the person who asked.
package struct AgentError: Error, Sendable {
  package var message: String

  package init(_ message: String) { self.message = message }
}
