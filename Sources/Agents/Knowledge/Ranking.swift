/// Judges the passages that were found for a question.
struct Ranking {
  /// What is asked now.
  var terms: [Term]
  /// What the conversation was about, where the question leans on it.
  var context: [Term] = []
  /// The passages that the answer before came from.
  var cited: Set<FoundPassage.Place> = []

  /// A passage with its marks.
  struct Judged: Equatable {
    var passage: FoundPassage
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

  private func judge(_ passage: FoundPassage) -> Judged {
    let own = Self.share(terms, passage)
    let around = Self.share(context, passage)
    var score = own.ranked + 0.12 * passage.rank / (passage.rank + 0.5)
    if !context.isEmpty { score += (terms.isEmpty ? 1 : 0.45) * around.ranked }
    if cited.contains(passage.place) {
      score += 0.12
    } else if cited.contains(where: { $0.document == passage.place.document }) {
      score += 0.06
    }
    return Judged(passage: passage, coverage: own.covered, score: score)
  }

  /// The part of the terms' weight that a passage has: as it is, and with more for headings, which say what a passage is
  /// about.
  private static func share(_ terms: [Term], _ passage: FoundPassage) -> (covered: Double, ranked: Double) {
    let all = terms.reduce(0) { $0 + $1.weight }
    guard all > 0 else { return (0, 0) }
    var (covered, ranked) = (0.0, 0.0)
    for term in terms {
      let match = best(term, passage)
      covered += term.weight * match.likeness
      ranked += term.weight * match.likeness * (1 + (match.inHeading ? 0.5 : 0) + (match.inTitle ? 0.2 : 0))
    }
    return (covered / all, ranked / all)
  }

  private static func best(_ term: Term, _ passage: FoundPassage) -> (likeness: Double, inHeading: Bool, inTitle: Bool)
  {
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
