package import JSONWire

/// What a model has said until it waited for tools, and what came of its calls.
package struct ModelRound: Sendable, Equatable {
  /// What it has said to the person.
  package var text: String
  /// What it wants to be shown again of its thoughts.
  package var thoughts: [JSONValue]
  package var calls: [ModelCall]
  /// In the order of the calls, one for each.
  package var results: [ModelResult]

  package init(text: String = "", thoughts: [JSONValue] = [], calls: [ModelCall], results: [ModelResult]) {
    self.text = text
    self.thoughts = thoughts
    self.calls = calls
    self.results = results
  }
}

/// What a model is told of a call of its.
package struct ModelResult: Sendable, Equatable {
  package var text: String
  /// Whether there is no result, and the text says why.
  package var isError: Bool

  package init(_ text: String, isError: Bool = false) {
    self.text = text
    self.isError = isError
  }
}
