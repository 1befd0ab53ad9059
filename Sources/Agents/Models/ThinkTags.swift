/// Parts `<think>…</think>` at the beginning of a model's text from its answer: some servers do not do it themselves.
struct ThinkTags: Sendable {
  private enum Stage {
    /// It may still begin with the tag; what has come is held back.
    case start
    case inside
    /// Behind the tag, before the answer's first character.
    case behind
    case outside
  }

  private var stage = Stage.start
  private var held = ""
  private static let open = "<think>"
  private static let close = "</think>"

  /// The next piece of text, parted.
  mutating func split(_ piece: String) -> (text: String, reasoning: String) {
    var (text, reasoning) = ("", "")
    if case .outside = stage { return (piece, "") }
    held += piece
    if case .start = stage {
      let begun = held.drop(while: \.isWhitespace)
      if begun.hasPrefix(Self.open) {
        held = String(begun.dropFirst(Self.open.count))
        stage = .inside
      } else if Self.open.hasPrefix(begun) {
        return ("", "")
      } else {
        stage = .outside
        text = held
        held = ""
      }
    }
    if case .inside = stage {
      if let end = held.firstRange(of: Self.close) {
        reasoning = String(held[..<end.lowerBound])
        held = String(held[end.upperBound...])
        stage = .behind
      } else {
        // The last characters may be the beginning of the closing tag.
        var rest = min(held.count, Self.close.count - 1)
        while rest > 0, !Self.close.hasPrefix(held.suffix(rest)) { rest -= 1 }
        reasoning = String(held.dropLast(rest))
        held = String(held.suffix(rest))
      }
    }
    if case .behind = stage {
      let rest = held.drop(while: \.isWhitespace)
      held = ""
      if !rest.isEmpty {
        stage = .outside
        text = String(rest)
      }
    }
    return (text, reasoning)
  }

  /// What was held back, at the end.
  mutating func finish() -> (text: String, reasoning: String) {
    defer { held = "" }
    return switch stage {
    case .start: (held, "")
    case .inside: ("", held)
    case .behind, .outside: ("", "")
    }
  }

  /// An answer that goes on has its beginning behind it.
  static var past: ThinkTags {
    var tags = ThinkTags()
    tags.stage = .outside
    return tags
  }
}
