package import Conversation
package import JSONWire

/// Something that a model may have done for it: a search, a statement, a call of another server. One value serves all
/// sessions at once and keeps nothing of any of them.
package protocol Tool: Sendable {
  var description: ToolDescription { get }

  /// Does what is asked. Its task is cancelled once the answer is over or its time is, and nobody waits for it any more:
  /// what it brings later is dropped.
  /// - Parameters:
  ///   - arguments: an object that the description's schema allows.
  ///   - request: what the agent was asked: the session, and so whose data may be seen.
  /// - Throws: `ToolError` for what the model is to be told; `CancellationError` once it is cancelled.
  func call(_ arguments: JSONObject, for request: AgentRequest) async throws -> ToolResult
}

/// What a model is told of a tool, and what the server holds it to.
package struct ToolDescription: Sendable, Equatable {
  /// What the model calls it by: 1 to 64 of `a-z`, `A-Z`, `0-9`, `-` and `_`.
  package var name: String
  /// What persons read while it works.
  package var title: String
  /// What it is for, as the model is told.
  package var purpose: String
  /// A JSON Schema of type `object` for its arguments.
  package var schema: JSONObject
  /// Whether a person has to agree to each call.
  package var needsApproval = false
  /// How long a call may take, in milliseconds.
  package var timeLimitMilliseconds: UInt64 = 30_000
  /// Whether its calls, and those of all others that say so, are made one after the other within an answer.
  package var isSerial = false
  /// Whether a call does no harm that is made twice: one of which it is not known whether it was made is made again.
  package var mayRepeat = false
  /// Whether persons may be shown its arguments and results.
  package var isShown = false

  package init(name: String, title: String, purpose: String, schema: JSONObject) {
    self.name = name
    self.title = title
    self.purpose = purpose
    self.schema = schema
  }
}

/// What a tool has found out.
package struct ToolResult: Sendable {
  /// What the model is told; data and never instructions.
  package var text: String
  /// What persons may be shown instead of the text.
  package var shown: JSONValue?
  /// The sources that it goes back to.
  package var citations: [Citation] = []

  package init(_ text: String, shown: JSONValue? = nil, citations: [Citation] = []) {
    self.text = text
    self.shown = shown
    self.citations = citations
  }
}

/// Why a tool has no result, in words that the model may act upon.
package struct ToolError: Error, Equatable {
  package var message: String

  package init(_ message: String) { self.message = message }
}

/// Who has tools; what they are may change while the server runs.
package protocol ToolSource: Sendable {
  /// The tools that there are for one question.
  /// - Throws: `ToolError` where they can't be told now; the answer goes on without them.
  func tools(for request: AgentRequest) async throws -> [any Tool]
}
