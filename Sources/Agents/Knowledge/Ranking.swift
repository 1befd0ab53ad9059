/// Judges the passages that were found for a question.
struct Ranking {
  /// What is asked now.
  var terms: [Term]
  /// What the conversation was about, where the question leans on it.
  var context: [Term] = []
  /// The passages that the answer before came from.
  var cited: Set<FoundPassage.Place> = []
  /// Whether a number or a measure is asked for.
  var wantsNumber = false
  /// Of the language that is asked in.
  var lists = WordLists.english

  /// A passage with its marks.
  struct Judged: Equatable {
    var passage: FoundPassage
    /// For each term how well the passage has it, 0 to 1.
    var likenesses: [Double]
    /// How much of what is asked it speaks of, by weight: 0 to 1.
    var coverage: Double
    /// What it is ordered by.
    var score: Double
  }

  /// Best first.
  func judge(_ passages: [FoundPassage]) -> [Judged] {
    passages.map(judge).sorted {
      ($1.score, $0.passage.place.document, $0.passage.place.ordinal)
        < ($0.score, $1.passage.place.document, $1.passage.place.ordinal)
    }
  }

  /// The passages to show: the best one and others nearly as good; where none covers the question, two that do together.
  /// - Parameter judged: best first.
  func choose(_ judged: [Judged], leastCoverage: Double, limit: Int) -> [Judged] {
    let known = judged.filter { $0.coverage >= leastCoverage }
    guard let best = known.first else { return pair(judged) }
    return known.filter { $0.score >= 0.85 * best.score && $0.coverage >= 0.85 * best.coverage }.prefix(limit).map(
      \.self)
  }

  private func pair(_ judged: [Judged]) -> [Judged] {
    guard let first = judged.first else { return [] }
    let best = judged.dropFirst().max { coverage(first, $0) < coverage(first, $1) }
    guard let best, coverage(first, best) >= 0.85 else { return [] }
    return [first, best]
  }

  /// How much of what is asked two passages speak of together.
  private func coverage(_ a: Judged, _ b: Judged) -> Double {
    let all = terms.reduce(0) { $0 + $1.weight }
    let both = terms.indices.reduce(0.0) { $0 + terms[$1].weight * max(a.likenesses[$1], b.likenesses[$1]) }
    return all > 0 ? both / all : 0
  }

  private func judge(_ passage: FoundPassage) -> Judged {
    let own = Self.share(terms, passage)
    var score = own.ranked + 0.1 * passage.rank / (passage.rank + 0.5)
    if !context.isEmpty { score += (terms.isEmpty ? 1 : 0.45) * Self.share(context, passage).ranked }
    if cited.contains(where: { $0.document == passage.place.document }) { score += 0.06 }
    let words = Words.split(passage.heading + " . " + passage.content)
    score += 0.25 * neighbours(in: words)
    if wantsNumber, givesNumber(passage) { score += 0.15 }
    return Judged(passage: passage, likenesses: own.likenesses, coverage: own.covered, score: score)
  }

  /// The part of the question's neighbouring words that are neighbours in a text too.
  private func neighbours(in words: [String]) -> Double {
    let pairs = zip(terms, terms.dropFirst()).filter { !$0.forms.isEmpty && !$1.forms.isEmpty }
    guard !pairs.isEmpty else { return 0 }
    let found = pairs.count { first, second in
      words.indices.contains { place in
        Self.isForm(words[place], of: first)
          && words[place...].dropFirst().prefix(2).contains { Self.isForm($0, of: second) }
      }
    }
    return Double(found) / Double(pairs.count)
  }

  private static func isForm(_ word: String, of term: Term) -> Bool {
    term.forms.contains { $0.likeness >= 0.8 && Words.isForm(word, of: $0.lexeme) }
  }

  /// Whether a sentence that has one of the weightiest terms has a number or a measure.
  private func givesNumber(_ passage: FoundPassage) -> Bool {
    guard let heaviest = terms.map(\.weight).max() else { return false }
    let asked = terms.filter { $0.weight >= 0.5 * heaviest }
    return passage.content.split(separator: "\n").joined(separator: " ").split(separator: ".").contains { sentence in
      let words = Words.split(String(sentence))
      return words.contains { word in word.contains(where: \.isNumber) || lists.measures.contains(word) }
        && words.contains { word in asked.contains { Self.isForm(word, of: $0) } }
    }
  }

  /// The part of the terms' weight that a passage has: as it is, and with more for headings, which say what a passage is
  /// about.
  private static func share(
    _ terms: [Term], _ passage: FoundPassage
  ) -> (likenesses: [Double], covered: Double, ranked: Double) {
    let all = terms.reduce(0) { $0 + $1.weight }
    let matches = terms.map { best($0, passage) }
    guard all > 0 else { return (matches.map(\.likeness), 0, 0) }
    var (covered, ranked) = (0.0, 0.0)
    for (term, match) in zip(terms, matches) {
      covered += term.weight * match.likeness
      ranked += term.weight * match.likeness * (1 + (match.inHeading ? 0.5 : 0) + (match.inTitle ? 0.2 : 0))
    }
    return (matches.map(\.likeness), covered / all, ranked / all)
  }

  private static func best(
    _ term: Term, _ passage: FoundPassage
  ) -> (likeness: Double, inHeading: Bool, inTitle: Bool) {
    var best = (likeness: 0.0, inHeading: false, inTitle: false)
    for form in term.forms where form.likeness > best.likeness {
      guard form.isStem ? passage.stems.contains(form.lexeme) : passage.words.contains(form.lexeme) else { continue }
      best = (
        form.likeness, passage.headingStems.contains(form.lexeme), passage.titleStems.contains(form.lexeme)
      )
    }
    return best
  }
}
