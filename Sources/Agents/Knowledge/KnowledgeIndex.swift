import Conversation
import Postgres

/// What the database can tell about words and passages, as far as one site may see them.
struct KnowledgeIndex {
  let client: PostgresClient
  /// PostgreSQL's names of the languages that words are understood in.
  var languages: [String]
  private let scope: PostgresValue
  private let statements: KnowledgeStatements

  init(client: PostgresClient, scope: KnowledgeScope, languages: [String] = ["english"]) {
    self.client = client
    self.languages = languages
    switch scope {
    case .session(let session): (self.scope, statements) = (.text(session.text), .ofSession)
    case .site(let site): (self.scope, statements) = (.int8(site), .ofSite)
    }
  }

  /// - Parameter language: PostgreSQL's name of the language that is asked in.
  init(client: PostgresClient, session: SessionID, language: String) {
    self.init(client: client, scope: .session(session), languages: [language])
  }

  /// The languages of the documents, the most frequent first.
  func spoken() async throws(PostgresError) -> [String] {
    let rows = try await client.query(statements.languages, [scope])
    return try (0..<rows.count).map { row throws(PostgresError) in try rows.text(row, 0) }
  }

  /// Looks words up.
  /// - Returns: how many passages there are, and for each word its entries, of which different languages may have
  ///   different ones, the most frequent first.
  func look(
    up words: [String]
  ) async throws(PostgresError) -> (passages: Int64, entries: [String: [VocabularyEntry]]) {
    let results = try await client.transaction([
      (statements.countPassages, [scope]), (statements.lookUp, [scope, .texts(languages), .texts(words)]),
    ])
    let rows = results[1]
    var entries: [String: [VocabularyEntry]] = [:]
    for row in 0..<rows.count {
      let entry = VocabularyEntry(
        lexeme: try rows.text(row, 1), isStem: try rows.bool(row, 2), passages: try rows.int(row, 3))
      var others = entries[try rows.text(row, 0)] ?? []
      if let place = others.firstIndex(where: { $0.lexeme == entry.lexeme && $0.isStem == entry.isStem }) {
        others[place].passages += entry.passages
      } else {
        others.append(entry)
      }
      entries[try rows.text(row, 0)] = others.sorted { $0.passages > $1.passages }
    }
    return (try results[0].int(0, 0), entries)
  }

  /// Words that may have been meant by words that no document has.
  func guesses(for words: [String]) async throws(PostgresError) -> [String: [VocabularyGuess]] {
    let results = try await client.transaction([
      (KnowledgeStatements.lowerThreshold, []), (statements.guess, [scope, .texts(words)]),
    ])
    let rows = results[1]
    var guesses: [String: [VocabularyGuess]] = [:]
    for row in 0..<rows.count {
      guard let kind = VocabularyGuess.Kind(rawValue: try rows.text(row, 1)) else { continue }
      guesses[try rows.text(row, 0), default: []].append(
        VocabularyGuess(kind: kind, word: try rows.text(row, 2), passages: try rows.int(row, 3)))
    }
    return guesses
  }

  /// The passages that have any of the terms, the most promising ones first.
  /// - Parameter passages: how many there are in all. Of very many, those are left out that have frequent words only,
  ///   where there are rare ones to go by: judging them all would take seconds.
  func search(_ terms: [Term], among passages: Int64, limit: Int) async throws(PostgresError) -> [FoundPassage] {
    var weights: (stems: [String: Double], words: [String: Double]) = ([:], [:])
    var rare: Set<String> = []
    for term in terms {
      for form in term.forms {
        if term.rarity >= Self.rare { rare.insert(form.lexeme) }
        let weight = term.weight * form.likeness
        if form.isStem {
          weights.stems[form.lexeme] = max(weights.stems[form.lexeme] ?? 0, weight)
        } else {
          weights.words[form.lexeme] = max(weights.words[form.lexeme] ?? 0, weight)
        }
      }
    }
    guard !weights.stems.isEmpty || !weights.words.isEmpty else { return [] }
    let (stems, words) = (weights.stems.sorted { $0.key < $1.key }, weights.words.sorted { $0.key < $1.key })
    func anyOf(_ lexemes: [String]) -> PostgresValue {
      let all = passages > Self.many && !rare.isEmpty ? lexemes.filter(rare.contains) : lexemes
      return all.isEmpty ? .null : .text(Self.anyOf(all))
    }
    let rows = try await client.query(
      statements.search,
      [
        scope, .texts(stems.map(\.key)), .float8s(stems.map(\.value)), .texts(words.map(\.key)),
        .float8s(words.map(\.value)), anyOf(stems.map(\.key)), anyOf(words.map(\.key)),
        .int8(Int64(limit)),
      ])
    return try Self.passages(rows)
  }

  /// The passages under these headings; a label is the document's title, then the passage's headings.
  func passages(labelled labels: [String]) async throws(PostgresError) -> [FoundPassage] {
    if labels.isEmpty { return [] }
    return try Self.passages(try await client.query(statements.selectLabelled, [scope, .texts(labels)]))
  }

  /// The passages that follow one in its document.
  func passages(after place: FoundPassage.Place, limit: Int) async throws(PostgresError) -> [FoundPassage] {
    try Self.passages(
      try await client.query(
        statements.selectFollowing, [scope, .int8(place.document), .int8(place.ordinal), .int8(Int64(limit))]))
  }

  /// The titles of the documents, by path.
  func titles(limit: Int) async throws(PostgresError) -> [String] {
    let rows = try await client.query(statements.selectTitles, [scope, .int8(Int64(limit))])
    var titles: [String] = []
    for row in 0..<rows.count { titles.append(try rows.text(row, 0)) }
    return titles
  }

  /// A word that at most a fifth of many passages have.
  private static let rare = 1.6
  private static let many: Int64 = 5_000

  /// `'a' | 'b'`.
  private static func anyOf(_ lexemes: [String]) -> String {
    lexemes.map { lexeme in
      var quoted = "'"
      for character in lexeme {
        if character == "'" || character == "\\" { quoted.append(character) }
        quoted.append(character)
      }
      return quoted + "'"
    }.joined(separator: " | ")
  }

  private static func passages(_ rows: PostgresRows) throws(PostgresError) -> [FoundPassage] {
    var passages: [FoundPassage] = []
    for row in 0..<rows.count {
      func lexemes(_ column: Int) throws(PostgresError) -> Set<String> {
        Set(try rows.texts(row, column).compactMap(\.self))
      }
      passages.append(
        FoundPassage(
          place: FoundPassage.Place(document: try rows.int(row, 0), ordinal: try rows.int(row, 1)),
          path: try rows.text(row, 2), title: try rows.text(row, 3), heading: try rows.text(row, 4),
          anchor: try rows.text(row, 5), content: try rows.text(row, 6), address: try rows.optional(row, 7, rows.text),
          rank: try rows.double(row, 8), stems: try lexemes(9), headingStems: try lexemes(10),
          titleStems: try lexemes(11), words: try lexemes(12)))
    }
    return passages
  }
}
