/// Puts an answer's text together.
enum AnswerText {
  /// Passages under their labels, in bold; the labels tell a later question what this answer showed.
  static func of(_ parts: [(label: String, text: String)]) -> String {
    parts.map { part in mark(part.label) + "\n\n" + part.text }.joined(separator: "\n\n")
  }

  /// Parts of one section; rows of one table that was cut come under one head.
  static func joined(_ texts: [String]) -> String {
    texts.reduce(into: "") { all, text in
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let isTable = lines.count > 2 && lines[0].hasPrefix("|") && lines[1].hasPrefix("|")
      let head = lines.prefix(2).joined(separator: "\n")
      let endsInTable = all.split(separator: "\n").last?.hasPrefix("|") ?? false
      if isTable, endsInTable, all.contains(head) {
        all += "\n" + lines.dropFirst(2).joined(separator: "\n")
      } else {
        all += (all.isEmpty ? "" : "\n\n") + text
      }
    }
  }

  /// The labels of the passages in an answer.
  static func labels(in answer: String) -> [String] {
    answer.split(separator: "\n").compactMap { line in
      guard line.count > 4, line.hasPrefix("**"), line.hasSuffix("**") else { return nil }
      let label = line.dropFirst(2).dropLast(2)
      return label.contains("**") ? nil : String(label)
    }
  }

  /// What was understood, where words were corrected; empty otherwise.
  static func note(_ corrections: [(typed: String, meant: String)], in phrases: Phrases = .english) -> String {
    if corrections.isEmpty { return "" }
    let read = corrections.map { phrases.quoted($0.typed) + phrases.read.between + phrases.quoted($0.meant) }
    return phrases.read.before + phrases.list(read) + ".\n\n"
  }

  /// Says plainly that there is no answer.
  /// - Parameters:
  ///   - unknown: the words that no document has.
  ///   - nearest: the labels of passages that touch the question.
  static func unknown(
    _ unknown: [String], nearest: [String], titles: [String], in phrases: Phrases = .english
  ) -> String {
    var text = phrases.unknown
    if !unknown.isEmpty {
      text = phrases.unknownOf + phrases.list(unknown.prefix(3).map(phrases.quoted), phrases.or) + "."
    }
    if !nearest.isEmpty {
      text += phrases.nearest + phrases.list(nearest) + "."
    } else if !titles.isEmpty {
      text += phrases.about + phrases.list(titles) + "."
    }
    return text
  }

  private static func mark(_ label: String) -> String { "**" + label.filter { $0 != "*" } + "**" }
}
