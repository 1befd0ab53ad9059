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
  /// What stands before and behind the content, and sets it off from what the model is told by others.
  private var frame: (before: String, behind: String)
  private var content: String
  /// How many bytes of the content were left out.
  private var missing: Int
  /// Whether there is no result, and the text says why.
  package var isError: Bool

  package init(
    _ content: String, before: String = "", behind: String = "", missing: Int = 0, isError: Bool = false
  ) {
    self.content = content
    self.missing = missing
    self.isError = isError
    frame = (before, behind)
  }

  /// What it is told.
  package var text: String {
    frame.before + content + frame.behind + (missing > 0 ? "\n[\(missing) bytes more are left out]" : "")
  }

  /// The same with less of its content where it is longer, or with nothing but a mark.
  package func shortened(to bytes: Int) -> ModelResult {
    guard text.utf8.count > bytes else { return self }
    let whole = content.utf8.count
    let kept = content.prefix(bytes: max(0, bytes - frame.before.utf8.count - frame.behind.utf8.count - Self.markBytes))
    // Of a few words nobody learns anything.
    guard kept.utf8.count >= Self.leastBytes else {
      return ModelResult("[\(whole + missing) bytes are left out, for which there is no room]", isError: isError)
    }
    var short = self
    (short.content, short.missing) = (String(kept), missing + whole - kept.utf8.count)
    return short
  }

  /// What a mark of what is left out takes at most, in bytes.
  static let markBytes = 80
  private static let leastBytes = 100

  package static func == (one: ModelResult, other: ModelResult) -> Bool {
    one.text == other.text && one.isError == other.isError
  }
}

/// As it is kept for whoever goes on with the answer.
extension ModelResult {
  /// - Returns: nil for what `json` has not made.
  init?(_ value: JSONValue) {
    guard let content = value["content"]?.string, let before = value["before"]?.string,
      let behind = value["behind"]?.string, let missing = value["missing"]?.int, let isError = value["is_error"]?.bool
    else { return nil }
    self.init(content, before: before, behind: behind, missing: Int(missing), isError: isError)
  }

  var json: JSONValue {
    [
      "content": .string(content), "before": .string(frame.before), "behind": .string(frame.behind),
      "missing": .int(Int64(missing)), "is_error": .bool(isError),
    ]
  }
}
