/// Replies that need no document.
enum SmallTalk {
  /// - Parameter titles: of the library's documents.
  static func reply(to kind: QuestionAnalysis.Kind, titles: [String], in phrases: Phrases = .english) -> String? {
    switch kind {
    case .greeting: phrases.hello + " " + offer(titles, phrases)
    case .thanks: phrases.thanks
    case .farewell: phrases.goodbye
    case .capabilities:
      titles.isEmpty
        ? offer(titles, phrases) : phrases.capabilities + titles.map { "- \($0)" }.joined(separator: "\n")
    case .more, .why, .ask: nil
    }
  }

  private static func offer(_ titles: [String], _ phrases: Phrases) -> String {
    if titles.isEmpty { return phrases.noDocuments }
    return phrases.offer.before + phrases.list(titles.prefix(5).map(\.self)) + phrases.offer.after
  }
}
