import Postgres

/// Turns the words of a question into terms of the library.
struct Understanding {
  let index: KnowledgeIndex

  /// What is understood of several texts that are looked at together.
  struct Result {
    /// In the order asked.
    var terms: [Term]
    var context: [Term]
    var passages: Int64
    /// What was taken for a typing error, and for what.
    var corrections: [(typed: String, meant: String)] {
      terms.compactMap { term in term.correction.map { (term.word, $0) } }
    }
  }

  private static let likeness = (
    inflection: 0.95, synonym: 0.75, beginning: 0.8, split: 0.9, joined: 0.95, correction: 0.9
  )
  private static let unknownFactor = 1.6
  private static let mostBeginnings = 3

  /// - Parameters:
  ///   - words: what is asked now.
  ///   - context: what the conversation was about.
  func understand(
    _ words: [QuestionAnalysis.Word], context: [QuestionAnalysis.Word]
  ) async throws(PostgresError) -> Result {
    var asked: Set<String> = []
    for word in words + context {
      asked.insert(word.text)
      asked.formUnion(Synonyms.of(word.text))
      asked.formUnion(Synonyms.inflections(of: word.text))
    }
    let pairs = zip(words, words.dropFirst()).map { ($0.text, $1.text, $0.text + $1.text) }
    asked.formUnion(pairs.map(\.2))
    var (passages, entries) = try await index.look(up: asked.sorted())
    if passages == 0 { return Result(terms: [], context: [], passages: 0) }

    let unknown = Set((words + context).map(\.text).filter { Self.passages(entries, $0) == 0 })
    let guesses = unknown.isEmpty ? [:] : try await index.guesses(for: unknown.sorted())
    var meant = Set(guesses.values.joined().flatMap { $0.word.split(separator: " ").map(String.init) })
    for word in unknown { meant.formUnion(Self.mistypedSynonym(word).map(Synonyms.of) ?? []) }
    if !meant.isEmpty { entries.merge(try await index.look(up: meant.sorted()).entries) { $1 } }

    func term(_ word: QuestionAnalysis.Word) -> Term? {
      Self.term(word, entries: entries, guesses: guesses[word.text] ?? [], pairs: pairs, of: passages)
    }
    return Result(terms: words.compactMap(term), context: context.compactMap(term), passages: passages)
  }

  /// How many passages have a word, in whichever language.
  private static func passages(_ entries: [String: [VocabularyEntry]], _ word: String) -> Int64 {
    entries[word]?.reduce(0) { $0 + $1.passages } ?? 0
  }

  /// Nil for a mistyped word that says nothing.
  private static func term(
    _ word: QuestionAnalysis.Word, entries: [String: [VocabularyEntry]], guesses: [VocabularyGuess],
    pairs: [(String, String, String)], of all: Int64
  ) -> Term? {
    var forms: [Term.Form] = []
    func add(_ other: String, _ likeness: Double) {
      for entry in entries[other] ?? []
      where entry.passages > 0 && !forms.contains(where: { $0.lexeme == entry.lexeme }) {
        forms.append(Term.Form(word: other, lexeme: entry.lexeme, isStem: entry.isStem, likeness: likeness))
      }
    }
    add(word.text, 1)
    let isKnown = !forms.isEmpty
    for pair in pairs where pair.0 == word.text || pair.1 == word.text { add(pair.2, likeness.joined) }
    for inflection in Synonyms.inflections(of: word.text) { add(inflection, likeness.inflection) }
    for synonym in Synonyms.of(word.text) { add(synonym, likeness.synonym) }

    var correction: String?
    var importance = word.importance
    if !isKnown {
      if let parts = guesses.first(where: { $0.kind == .split })?.word.split(separator: " ").map(String.init) {
        // The rarer part stands for the whole: the search can't ask for both at once.
        let rarest = parts.min { passages(entries, $0) < passages(entries, $1) }
        if let rarest, !Words.empty.contains(rarest) { add(rarest, likeness.split) }
      }
      for guess in guesses.filter({ $0.kind == .begins }).prefix(mostBeginnings) { add(guess.word, likeness.beginning) }
      if forms.isEmpty {
        if let guess = TypingErrors.correction(of: word.text, among: guesses) {
          if Words.empty.contains(guess) { return nil }
          if Words.soft.contains(guess) { importance = min(importance, QuestionAnalysis.softImportance) }
          correction = guess
          add(guess, likeness.correction)
          for synonym in Synonyms.of(guess) { add(synonym, likeness.correction * likeness.synonym) }
        } else if TypingErrors.isMistypedEmptyWord(word.text) {
          return nil
        } else if let synonym = mistypedSynonym(word.text) {
          for other in Synonyms.of(synonym) { add(other, likeness.correction * likeness.synonym) }
          if !forms.isEmpty { correction = synonym }
        }
      }
    }
    let known = forms.max { $0.likeness < $1.likeness }.map { Self.passages(entries, $0.word) } ?? 0
    var rarity = Term.rarity(passages: max(known, 1), of: all)
    // What is asked about a thing that no document knows is not answered by what it knows of the rest.
    if forms.isEmpty, importance == 1 {
      // "Prevented" names no thing.
      if word.text.count > 5, word.text.hasSuffix("ed") {
        importance = QuestionAnalysis.softImportance
      } else {
        rarity *= unknownFactor
      }
    }
    return Term(word: word.text, importance: importance, rarity: rarity, forms: forms, correction: correction)
  }

  /// The word that was mistyped, where it occurs in no document but other words for it may.
  private static func mistypedSynonym(_ word: String) -> String? {
    TypingErrors.correction(
      of: word, among: Synonyms.words.map { VocabularyGuess(kind: .similar, word: $0, passages: 0) })
  }
}
