package import Conversation
package import HTTPWire
package import JSONWire

/// What a model's stream says, whatever its format.
package enum ModelEvent: Sendable, Equatable {
  /// More of the answer.
  case text(String)
  /// More of what the model thinks on its way to the answer, which is no part of it.
  case reasoning(String)
  /// What it has thought, as it wants to be shown it again where the same answer goes on.
  case thought(JSONValue)
  /// It is about to ask for a tool, and has not said all of what it asks.
  case asking
  /// It asks for a tool, and has said all of what it asks.
  case call(ModelCall)
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

/// A call that a model asks for.
package struct ModelCall: Sendable, Equatable {
  package var id: String
  package var name: String
  /// As the model has written them: JSON, if it has made no mistake; nothing for none.
  package var arguments: String

  package init(id: String, name: String, arguments: String) {
    self.id = id
    self.name = name
    self.arguments = arguments
  }

  /// Arguments beyond this are not read to their end.
  static let mostBytes = 1024 * 1024

  /// The arguments; nil where they are no JSON object.
  package var parsed: JSONObject? {
    if arguments.utf8.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return JSONObject() }
    return (try? JSONValue(parsing: arguments))?.object
  }
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
