package import Conversation
package import JSONWire

/// Whoever answers: a model, a service, or something built in. One value serves all sessions at once and keeps nothing
/// of any of them.
package protocol Agent: Sendable {
  /// Whether it can go on with an answer that was begun on a server that is gone. Where not, such an answer ends as
  /// `interrupted`.
  var continues: Bool { get }

  /// Answers a question, writing the text as it is made. Returning ends the answer as complete, throwing as failed.
  /// Once the answer is over (stopped, or its server leaves) its task is cancelled, and writing throws.
  ///
  /// Where `request.begun` is not empty it writes what follows on that, and nothing else; it throws `CannotContinue`
  /// where there is nothing that could.
  func answer(_ request: AgentRequest, into answer: any Answer) async throws
}

extension Agent {
  package var continues: Bool { false }
}

/// An agent can't go on with what is there of an answer: that ends as `interrupted`.
package struct CannotContinue: Error {
  package init() {}
}

/// A turn of the conversation so far.
package struct Turn: Sendable, Equatable {
  package var role: Role
  package var text: String
  /// Grows from turn to turn of a session.
  package var place: Int64

  package init(role: Role, text: String, place: Int64 = 0) {
    self.role = role
    self.text = text
    self.place = place
  }
}

/// What was said in a conversation up to a turn, told shortly.
package struct Summary: Sendable, Equatable {
  package var text: String
  /// The place of the last turn that it tells of.
  package var through: Int64

  package init(text: String, through: Int64) {
    self.text = text
    self.through = through
  }
}

/// Keeps the summary of one conversation.
package protocol SummaryKeeper: Sendable {
  func load() async throws -> Summary?
  /// Keeps a summary, unless one that goes further was kept meanwhile.
  func keep(_ summary: Summary) async throws
}

/// A step of an agent's work on an answer, as it has kept it by `Answer.keep`.
package struct AgentStep: Sendable, Equatable {
  /// How much there was of the answer by then, in bytes.
  package var offset: Int
  /// JSON; empty where steps are missing from here on.
  package var content: [UInt8]

  package init(offset: Int, content: [UInt8]) {
    self.offset = offset
    self.content = content
  }
}

/// What an agent is asked.
package struct AgentRequest: Sendable {
  package var session: SessionID
  package var question: String
  /// The session's context data, JSON.
  package var context: [UInt8]
  /// What was stored of the answer on a server that is gone; empty for a new answer, and for agents that do not continue.
  package var begun: String
  /// Where the conversation's summary is kept; nil where none is.
  package var summaries: (any SummaryKeeper)?
  /// Reads what was kept of the work on this answer by servers that are gone; nil where there was none.
  package var loadSteps: (@Sendable () async throws -> [AgentStep])?
  private let loadHistory: @Sendable (Int) async throws -> [Turn]

  package init(
    session: SessionID, question: String, context: [UInt8], begun: String = "",
    history: @escaping @Sendable (Int) async throws -> [Turn]
  ) {
    self.session = session
    self.question = question
    self.context = context
    self.begun = begun
    loadHistory = history
  }

  /// The conversation before the question, oldest first; at most the last `limit` turns. It is read when it is asked
  /// for.
  package func history(limit: Int) async throws -> [Turn] { try await loadHistory(limit) }

  /// What was kept of the work on this answer by servers that are gone, in order.
  package func steps() async throws -> [AgentStep] { try await loadSteps?() ?? [] }

  /// What is still to be written of a whole answer.
  /// - Throws: `CannotContinue` where that does not begin with what is there.
  package func rest(of whole: String) throws(CannotContinue) -> String {
    if begun.isEmpty { return whole }
    guard whole.utf8.starts(with: begun.utf8) else { throw CannotContinue() }
    return String(decoding: whole.utf8.dropFirst(begun.utf8.count), as: UTF8.self)
  }
}

/// An answer in the making: where an agent puts what it makes.
package protocol Answer: Sendable {
  /// Appends text. Waits where much of the answer is not stored yet; throws `CancellationError` once it is over.
  func write(_ text: String) async throws
  /// Adds a source to the answer's citations.
  func cite(_ citation: Citation) async
  /// Notes what was counted of the answer until now, or may have been taken for it; nil: nothing.
  func report(_ usage: Usage?) async
  /// Notes a call of a tool, or what became of it. Returns once that is stored, or the answer is over.
  func note(_ call: ToolCall) async
  /// Keeps a step of the work on the answer, for whoever goes on with it where this server is gone; nobody is shown it.
  /// Returns once it is stored, with all text that was written before. It is gone when the answer has ended.
  /// - Throws: `CancellationError` once the answer is over, another error where it can't be stored.
  func keep(_ step: JSONValue) async throws
  /// Notes what was thought on the way to the answer, which is no part of it. Returns once that is stored, or the answer
  /// is over.
  /// - Parameter isCut: whether there was more of it.
  func think(_ text: String, isCut: Bool) async
  /// Where a call stands that a server which is gone has told of, and what persons have said of it; nil: none has.
  /// - Throws: `CancellationError` once the answer is over.
  func standing(of call: String) async throws -> CallStanding?
  /// Asks the persons of the conversation whether a call may be made, and waits for what they say: the answer's own time
  /// does not run meanwhile. What was asked on a server that is gone is not asked again: its decision is waited for, or
  /// told. Throws `CancellationError` once the answer is over.
  /// - Parameter milliseconds: how long they are waited for, from the first time that they were asked on.
  func ask(_ call: ToolCall, within milliseconds: UInt64) async throws -> ToolVerdict
  /// Waits, on the loop's own timers; throws `CancellationError` once the answer is over.
  /// - Parameter instant: in milliseconds of the monotonic clock.
  func pause(until instant: UInt64) async throws
  /// The agent is at work, though it writes nothing: its time for the next text begins anew.
  func showLife() async
  /// Now, in milliseconds of the monotonic clock.
  var now: UInt64 { get }
}

extension Answer {
  package func showLife() async {}
  /// Where nobody goes on with it.
  package func keep(_ step: JSONValue) async throws {}
  package func think(_ text: String, isCut: Bool) async {}
  /// Where nobody goes on with it.
  package func standing(of call: String) async throws -> CallStanding? { nil }
  /// Where nobody is there to be asked.
  package func ask(_ call: ToolCall, within milliseconds: UInt64) async throws -> ToolVerdict { .expired }
}

/// What is known of a call from a server that is gone.
package struct CallStanding: Sendable, Equatable {
  /// Where it stands, as it is told.
  package var status: ToolStatus
  /// What persons have said of it; nil: nothing.
  package var verdict: ToolVerdict?

  package init(status: ToolStatus, verdict: ToolVerdict? = nil) {
    self.status = status
    self.verdict = verdict
  }
}

/// A call of a tool, as an answer tells of it.
package struct ToolCall: Sendable, Equatable {
  package typealias Status = ToolStatus

  package var id: String
  package var name: String
  package var title: String
  package var status: Status
  package var durationMilliseconds: Int64?
  /// What it is asked, and what it has found, where persons may see that.
  package var arguments: JSONValue?
  package var result: JSONValue?

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
  /// What the log says beside it.
  package var detail: String

  package init(_ message: String, detail: String = "") {
    self.message = message
    self.detail = detail
  }
}
