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
  /// How near a passage has to be to what is asked to answer it without its words: 0 to 1.
  var leastLikeness = 1.0
  /// How much the order by meaning counts beside that by words: 0 to 1.
  var meaningWeight = 0.5

  /// A passage with its marks.
  struct Judged: Equatable {
    var passage: FoundPassage
    /// For each term how well the passage has it, 0 to 1.
    var likenesses: [Double]
    /// How much of what is asked it speaks of, by weight: 0 to 1.
    var coverage: Double
    /// How well its words answer.
    var score: Double
    /// How near its meaning is to what is asked, as a cosine; nil where it is not among the nearest.
    var likeness: Double?
  }

  /// Best first.
  func judge(_ passages: [FoundPassage]) -> [Judged] {
    withSections(passages.map(judge)).sorted {
      ($1.score, $0.passage.place.document, $0.passage.place.ordinal)
        < ($0.score, $1.passage.place.document, $1.passage.place.ordinal)
    }
  }

  /// What the passages of a section say together counts a little for each of them: a section is read as a whole.
  private func withSections(_ judged: [Judged]) -> [Judged] {
    let all = terms.reduce(0) { $0 + $1.weight }
    guard all > 0 else { return judged }
    return judged.map { one in
      let beside = judged.filter {
        $0.passage.place.document == one.passage.place.document && $0.passage.label == one.passage.label
          && abs($0.passage.place.ordinal - one.passage.place.ordinal) <= 1
      }
      let more = terms.indices.reduce(0.0) { sum, place in
        sum + terms[place].weight * ((beside.map { $0.likenesses[place] }.max() ?? 0) - one.likenesses[place])
      }
      var one = one
      one.score += Marks.section * more / all
      return one
    }
  }

  /// The passages to show: the best one and others nearly as good; where none covers the question, two that do together.
  /// - Parameter judged: best first.
  func choose(_ judged: [Judged], leastCoverage: Double, limit: Int) -> [Judged] {
    let known = judged.filter { $0.coverage >= leastCoverage || isNear($0) }
    guard let best = known.first else { return pair(judged) }
    // One that was found by its meaning is as good as others of which that is said.
    if best.coverage < leastCoverage {
      return known.filter { ($0.likeness ?? 0) >= 0.95 * (best.likeness ?? 0) }.prefix(limit).map(\.self)
    }
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

  func judge(_ passage: FoundPassage) -> Judged {
    let own = share(terms, passage)
    var score = own.ranked + Marks.density * passage.rank / (passage.rank + 0.5)
    if !context.isEmpty { score += (terms.isEmpty ? 1 : Marks.context) * share(context, passage).ranked }
    if cited.contains(where: { $0.document == passage.place.document }) { score += Marks.sameDocument }
    let words = Words.split(passage.heading + " . " + passage.content)
    score += Marks.neighbours * neighbours(in: words)
    score += Marks.heading * focus(of: passage)
    if wantsNumber, givesNumber(passage) { score += Marks.number }
    return Judged(passage: passage, likenesses: own.likenesses, coverage: own.covered, score: score)
  }

  /// How much of what a passage's own heading speaks of is asked.
  private func focus(of passage: FoundPassage) -> Double {
    let last = passage.heading.split(separator: KnowledgeLibrary.headingSeparator).last.map(String.init) ?? ""
    let words = Words.split(last).filter { !lists.empty.contains($0) }
    guard !words.isEmpty else { return 0 }
    let weight = { (word: String) -> Double in lists.soft.contains(word) ? Marks.softWord : 1 }
    let all = words.reduce(0.0) { $0 + weight($1) }
    let asked = words.reduce(0.0) { sum, word in
      let likeness = terms.flatMap(\.forms).filter { Words.isForm(word, of: $0.lexeme) }.map(\.likeness).max()
      return sum + weight(word) * (likeness ?? 0)
    }
    return asked / all
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

  /// The part of the terms' weight that a passage has: as it is; and for the order, where often counts more than once,
  /// less in a long passage, and most in a heading, which says what a passage is about (as in BM25F).
  private func share(
    _ terms: [Term], _ passage: FoundPassage
  ) -> (likenesses: [Double], covered: Double, ranked: Double) {
    let all = terms.reduce(0) { $0 + $1.weight }
    let norm = 1 - Marks.length + Marks.length * Double(passage.content.utf8.count) / Marks.usualLength
    let matches = terms.map { match($0, passage, norm) }
    guard all > 0 else { return (matches.map(\.likeness), 0, 0) }
    var (covered, ranked) = (0.0, 0.0)
    for (term, match) in zip(terms, matches) {
      covered += term.weight * match.likeness
      ranked += term.weight * match.ranked
    }
    return (matches.map(\.likeness), covered / all, ranked / all)
  }

  private func match(_ term: Term, _ passage: FoundPassage, _ norm: Double) -> (likeness: Double, ranked: Double) {
    var best = (likeness: 0.0, ranked: 0.0)
    for form in term.forms {
      var often = 0.0
      if form.isStem {
        guard let found = passage.stems[form.lexeme] else { continue }
        often =
          Double(found.content) / norm + Marks.inHeading * Double(found.heading) + Marks.inTitle * Double(found.title)
      } else {
        guard passage.words.contains(form.lexeme) else { continue }
        often = 1 / norm
      }
      best.likeness = max(best.likeness, form.likeness)
      best.ranked = max(best.ranked, form.likeness * often * (1 + Marks.saturation) / (often + Marks.saturation))
    }
    return best
  }
}
