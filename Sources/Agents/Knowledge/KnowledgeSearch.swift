package import Conversation
package import Postgres

/// Finds what the documents of a site say of some words: what the knowledge agent answers from, for whoever else wants
/// to know.
package struct KnowledgeSearch: Sendable {
  /// A passage that was found.
  package struct Finding: Sendable, Equatable {
    /// The document's title and the headings above the passage.
    package let title: String
    /// The document's address with the passage's anchor, absolute or on this server.
    package let link: String
    /// Markdown.
    package let text: String
    /// The document's name in the library, and the passage's anchor there.
    package let path: String
    package let anchor: String
    /// The document's own title.
    package let document: String
    /// How much of what was asked it speaks of, by weight: 0 to 1.
    package let coverage: Double
    /// Whether what it means is near enough to what was asked, whatever its words are.
    package var isNear = false
  }

  /// All that was understood and found.
  struct Findings {
    var understood: Understanding.Result
    var ranking: Ranking
    /// Best first.
    var judged: [Ranking.Judged] = []
    /// Whether what is asked is in the questions before.
    var leans = false
  }

  private let client: PostgresClient
  private let linkPrefix: String
  private let vectors: VectorSearch?

  private static let mostFound = 100
  private static let mostNear = 50
  private static let leaningImportance = 0.5

  /// - Parameters:
  ///   - linkPrefix: what goes before the relative path of a document of this program.
  ///   - vectors: finds by what is meant; nil: it is looked for words alone.
  package init(client: PostgresClient, linkPrefix: String = "/", vectors: VectorSearch? = nil) {
    self.client = client
    self.linkPrefix = linkPrefix
    self.vectors = vectors
  }

  /// The passages that speak most of some words, as far as a session's site may see them, the best first.
  package func passages(
    about words: String, for session: SessionID, limit: Int = 5
  ) async throws(PostgresError) -> [Finding] {
    try await passages(about: words, in: .session(session), limit: limit)
  }

  /// The same in whatever scope.
  package func passages(
    about words: String, in scope: KnowledgeScope, limit: Int = 5
  ) async throws(PostgresError) -> [Finding] {
    let index = try await index(of: scope)
    let lists = WordLists.of(words, among: index.languages)
    let findings = try await look(for: QuestionAnalysis(words, lists), Topic(), meaning: words, in: index, lists)
    return findings.judged.prefix(limit).map { one in
      Finding(
        title: one.passage.label, link: one.passage.link(behind: linkPrefix), text: one.passage.content,
        path: one.passage.path, anchor: one.passage.anchor, document: one.passage.title, coverage: one.coverage,
        isNear: findings.ranking.isNear(one))
    }
  }

  /// What can be asked about the documents of a scope, in their languages.
  func index(of scope: KnowledgeScope) async throws(PostgresError) -> KnowledgeIndex {
    var index = KnowledgeIndex(client: client, scope: scope)
    let spoken = try await index.spoken()
    if !spoken.isEmpty { index.languages = spoken }
    return index
  }

  /// Looks for what is asked, in the light of what the conversation was about.
  /// - Parameter text: what is asked, as it was typed.
  func look(
    for question: QuestionAnalysis, _ topic: Topic, meaning text: String, in index: KnowledgeIndex,
    _ lists: WordLists = .english
  ) async throws(PostgresError) -> Findings {
    // The service is asked while the words are looked up.
    async let near = nearest(to: text, question, topic, index)
    var words = question.words
    if question.kind == .more || question.kind == .why { words = [] }
    // With nothing else to go by, a word of asking is what is asked about.
    if topic.words.isEmpty, !question.namesSomething {
      words = words.map { QuestionAnalysis.Word(text: $0.text, importance: 1) }
    }
    let understood = try await Understanding(index: index, lists: lists).understand(words, context: topic.words)
    guard understood.passages > 0 else { return Findings(understood: understood, ranking: Ranking(terms: [])) }

    let cited = topic.shown(try await index.passages(labelled: topic.labels))
    var ranking = Ranking(terms: understood.terms, context: understood.context, cited: Set(cited.map(\.place)))
    ranking.wantsNumber = question.asksForNumber
    ranking.lists = lists
    ranking.leastLikeness = vectors?.leastLikeness ?? 1
    ranking.meaningWeight = vectors?.weight ?? 0
    // "How do I change it?": what is asked is in the questions before, and in the words of asking.
    let leans = !understood.terms.contains { $0.importance == 1 } && !understood.context.isEmpty
    if leans {
      let own = understood.terms.map { term in
        var term = term
        term.importance = Self.leaningImportance
        return term
      }
      ranking.terms = understood.context + own
      ranking.context = []
    }
    let sought = ranking.terms + ranking.context
    let found = try await index.search(sought, among: understood.passages, limit: Self.mostFound)
    var judged = ranking.judge(found)
    let nearest = await near
    if !nearest.isEmpty {
      let passages = try await index.passages(of: nearest.map(\.key), sought)
      judged = ranking.fuse(judged, nearest.compactMap { one in passages[one.key].map { ($0, one.likeness) } })
    }
    return Findings(understood: understood, ranking: ranking, judged: judged, leans: leans)
  }

  /// What is near to a question by its meaning. One that leans on those before means what they do.
  private func nearest(
    to text: String, _ question: QuestionAnalysis, _ topic: Topic, _ index: KnowledgeIndex
  ) async -> [NearVector] {
    guard let vectors else { return [] }
    let before = topic.words.map(\.text).joined(separator: " ")
    let whole = question.isFollowUp && !before.isEmpty ? "\(before): \(text)" : text
    return await vectors.nearest(to: whole, in: index.scope, limit: Self.mostNear)
  }
}
