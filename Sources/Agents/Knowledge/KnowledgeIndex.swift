import Conversation
import Postgres

/// What the database can tell about words and passages, as far as one site may see them.
struct KnowledgeIndex {
  let client: PostgresClient
  /// PostgreSQL's names of the languages that words are understood in.
  var languages: [String]
  let scope: KnowledgeScope
  private let statements: KnowledgeStatements

  /// - Parameter languages: PostgreSQL's names of them.
  init(
    client: PostgresClient, scope: KnowledgeScope, languages: [String] = ["english"],
    statements: KnowledgeStatements = .own
  ) {
    self.client = client
    self.languages = languages
    self.scope = scope
    self.statements = statements
  }

  /// The languages of the documents, the most frequent first.
  func spoken() async throws(PostgresError) -> [String] {
    let rows = try await scope.read(statements.languages, from: client)
    return try (0..<rows.count).map { row throws(PostgresError) in try rows.text(row, 0) }
  }

  /// Looks words up.
  /// - Returns: how many passages there are, and for each word its entries, of which different languages may have
  ///   different ones, the most frequent first.
  func look(
    up words: [String]
  ) async throws(PostgresError) -> (passages: Int64, entries: [String: [VocabularyEntry]]) {
    let results = try await scope.read(
      [(statements.countPassages, []), (statements.lookUp, [.texts(languages), .texts(words)])], from: client)
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
    let results = try await scope.read(
      [(KnowledgeStatements.lowerThreshold, []), (statements.guess, [.texts(words)])], from: client)
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
    let sought = Sought(terms)
    guard !sought.isEmpty else { return [] }
    let rows = try await scope.read(
      statements.search,
      [
        .texts(sought.stems.map(\.lexeme)), .texts(sought.words.map(\.lexeme)), .float8s(sought.stems.map(\.weight)),
        .float8s(sought.words.map(\.weight)), sought.query(sought.stems, onlyRare: passages > Self.many),
        sought.query(sought.words, onlyRare: passages > Self.many), .int8(Int64(limit)),
      ], from: client)
    return try Self.passages(rows)
  }

  /// The passages of vectors, by the vectors' keys, with what they have of the terms. Those that are gone are missing.
  func passages(of vectors: [Int64], _ terms: [Term]) async throws(PostgresError) -> [Int64: FoundPassage] {
    let sought = Sought(terms)
    let rows = try await scope.read(
      statements.selectNear,
      [
        .texts(sought.stems.map(\.lexeme)), .texts(sought.words.map(\.lexeme)), sought.query(sought.stems),
        .int8s(vectors),
      ], from: client)
    var found: [Int64: FoundPassage] = [:]
    for (row, passage) in try Self.passages(rows).enumerated() { found[try rows.int(row, 12)] = passage }
    return found
  }

  /// The passages under these headings; a label is the document's title, then the passage's headings.
  func passages(labelled labels: [String]) async throws(PostgresError) -> [FoundPassage] {
    if labels.isEmpty { return [] }
    return try Self.passages(try await scope.read(statements.selectLabelled, [.texts(labels)], from: client))
  }

  /// The passages that follow one in its document.
  func passages(after place: FoundPassage.Place, limit: Int) async throws(PostgresError) -> [FoundPassage] {
    try Self.passages(
      try await scope.read(
        statements.selectFollowing, [.int8(place.document), .int8(place.ordinal), .int8(Int64(limit))], from: client))
  }

  /// The titles of the documents, by path.
  func titles(limit: Int) async throws(PostgresError) -> [String] {
    let rows = try await scope.read(statements.selectTitles, [.int8(Int64(limit))], from: client)
    var titles: [String] = []
    for row in 0..<rows.count { titles.append(try rows.text(row, 0)) }
    return titles
  }

  private static let many: Int64 = 5_000

  private static func passages(_ rows: PostgresRows) throws(PostgresError) -> [FoundPassage] {
    var passages: [FoundPassage] = []
    for row in 0..<rows.count {
      func texts(_ column: Int) throws(PostgresError) -> [String] {
        try rows.texts(row, column).compactMap(\.self)
      }
      passages.append(
        FoundPassage(
          place: FoundPassage.Place(document: try rows.int(row, 0), ordinal: try rows.int(row, 1)),
          path: try rows.text(row, 2), title: try rows.text(row, 3), heading: try rows.text(row, 4),
          anchor: try rows.text(row, 5), content: try rows.text(row, 6), address: try rows.optional(row, 7, rows.text),
          rank: try rows.double(row, 8),
          stems: Dictionary(
            zip(try texts(9), try texts(10).map(FoundPassage.Occurrences.init)), uniquingKeysWith: { first, _ in first }
          ),
          words: Set(try texts(11))))
    }
    return passages
  }
}
