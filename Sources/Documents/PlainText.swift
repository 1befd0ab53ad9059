/// A plain text as Markdown: its paragraphs and lists, and nothing else of it has a meaning.
enum PlainText {
  /// - Parameter text: valid UTF-8 without carriage returns.
  static func markdown(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let trimmed = line.drop { $0 == " " || $0 == "\t" || $0 == "\u{c}" }
      let isItem = trimmed.first.map { "-+*".contains($0) } ?? false && trimmed.dropFirst().first == " "
      let rest = isItem ? trimmed.dropFirst(2) : trimmed
      return MarkdownText.line((isItem ? trimmed.prefix(2) : "") + MarkdownText.escaped(rest), keepsLists: true)
    }.joined(separator: "\n")
  }

  /// The first line with words, where it is short enough to be a title.
  static func title(_ text: String) -> String? {
    let line = text.split(separator: "\n").first { $0.contains { $0.isLetter || $0.isNumber } }
    guard let line, line.count <= 120 else { return nil }
    return String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
