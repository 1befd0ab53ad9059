package import Conversation
package import HTTPWire

/// What a model's stream says, whatever its format.
package enum ModelEvent: Sendable, Equatable {
  /// More of the answer.
  case text(String)
  /// More of what the model thinks on its way to the answer, which is no part of it.
  case reasoning(String)
  /// What was counted so far, in all.
  case usage(Usage)
  /// The model has ended its answer.
  case end(ModelEnd)
  case failure(ModelFailure)
  /// The service uses a tool of its own.
  case tool(id: String, name: String)
  case toolEnded(id: String)
  /// Nothing follows.
  case done
}

/// Why a model ended its answer.
package enum ModelEnd: Sendable, Equatable {
  /// It has said everything.
  case stop
  /// It was as long as allowed.
  case length
  /// It waits for a tool.
  case tools
  /// What it would have said was held back.
  case filter
}

/// Turns the events of a model's stream into what they say. One value is for one answer.
package protocol ModelDecoder: Sendable {
  mutating func decode(_ event: EventStreamEvent) -> [ModelEvent]
  /// What was held back until the stream's end.
  mutating func finish() -> [ModelEvent]
}
