/// Replies that need no document.
enum SmallTalk {
  /// - Parameter titles: of the library's documents.
  static func reply(to kind: QuestionAnalysis.Kind, titles: [String]) -> String? {
    switch kind {
    case .greeting: "Hello! " + offer(titles)
    case .thanks: "You're welcome. Ask me whenever there is something else."
    case .farewell: "Goodbye! This conversation stays here for when you come back."
    case .capabilities:
      titles.isEmpty
        ? offer(titles)
        : "I look your question up in my documents and show you the passages that answer it, with their sources. "
          + "I don't make anything up: where they say nothing, I tell you so.\n\nMy documents:\n\n"
          + titles.map { "- \($0)" }.joined(separator: "\n")
    case .more, .why, .ask: nil
    }
  }

  static let noDocuments = "I have no documents yet, so I can't answer anything."

  static let askForWords = "What would you like to know? Please ask in a few words."

  private static func offer(_ titles: [String]) -> String {
    if titles.isEmpty { return noDocuments }
    return "I answer questions from my documents: \(list(titles.prefix(5).map(\.self))). What would you like to know?"
  }

  /// "a, b and c".
  static func list(_ items: [String], _ joint: String = "and") -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " \(joint) " + last
  }
}
