/// A passage as a search finds it.
struct FoundPassage: Equatable {
  /// Where it is: its document's key and its number there.
  struct Place: Hashable {
    var document: Int64
    var ordinal: Int64
  }

  /// How often it has a lexeme in its headings, in its document's title, and in its text.
  struct Occurrences: Equatable {
    var heading = 0
    var title = 0
    var content = 0

    /// - Parameter weights: a letter for each, as PostgreSQL names the weights.
    init(_ weights: String) {
      for weight in weights.utf8 {
        switch weight {
        case UInt8(ascii: "A"): heading += 1
        case UInt8(ascii: "B"): title += 1
        default: content += 1
        }
      }
    }
  }

  var place: Place
  var path: String
  /// The document's title.
  var title: String
  /// The headings above it, joined; empty at a document's start.
  var heading: String
  var anchor: String
  /// Markdown.
  var content: String
  /// Where its document is found; nil for a document of this program, which is known by its path.
  var address: String?
  /// `ts_rank_cd`: many of the asked words, near one another.
  var rank: Double
  /// Which of the asked lexemes it has, and where.
  var stems: [String: Occurrences] = [:]
  /// Which of the asked words that stemming drops it has.
  var words: Set<String> = []

  /// What it is called: in answers, in citations, and when a conversation comes back to it.
  var label: String { heading.isEmpty ? title : title + KnowledgeLibrary.headingSeparator + heading }

  /// A link that the page can open, with the anchor: the document's address, or its path, which is a URL or stands behind
  /// a prefix.
  func link(behind prefix: String) -> String {
    let isURL = path.hasPrefix("https://") || path.hasPrefix("http://")
    let target = address ?? (isURL ? path : prefix + path)
    return anchor.isEmpty || target.contains("#") ? target : target + "#" + anchor
  }
}
