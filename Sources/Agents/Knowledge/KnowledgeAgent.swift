import Conversation
package import Postgres

/// Answers from the documents of the library, without a model and without network: finds the passages that speak of what
/// is asked, shows the best of them and names where they stand, or says that it does not know.
package struct KnowledgeAgent: Agent {
  /// How it behaves.
  package struct Settings: Sendable {
    /// Goes before a document's relative path in citations.
    package var linkPrefix = "/"
    /// The pause before each piece of a few words, so that a person sees the answer grow; 0: none.
    package var paceMilliseconds: UInt64 = 15
    /// How much of a question's words, by weight, a passage must have to count as an answer: 0 to 1.
    package var leastCoverage = 0.5

    package init() {}
  }

  let client: PostgresClient
  let settings: Settings
  let vectors: VectorSearch?

  private static let mostParts = 3
  private static let mostTurns = 12

  /// - Parameter vectors: finds by what is meant; nil: it looks for words alone.
  package init(client: PostgresClient, settings: Settings = Settings(), vectors: VectorSearch? = nil) {
    self.client = client
    self.settings = settings
    self.vectors = vectors
  }

  /// It finds the same again, as long as its documents are the same.
  package var continues: Bool { true }

  package func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    do {
      let reply = try await reply(to: request)
      for (number, piece) in Pieces.cut(try request.rest(of: reply.text)).enumerated() {
        if number > 0, settings.paceMilliseconds > 0 {
          try await answer.pause(until: answer.now + settings.paceMilliseconds)
        }
        try await answer.write(piece)
      }
      for citation in reply.citations { await answer.cite(citation) }
    } catch let error as PostgresError {
      throw AgentError(
        error.isConnectionFailure || error.kind == .unavailable
          ? "My documents can't be reached at the moment." : "My documents could not be searched.")
    }
  }

  /// An answer before it is streamed.
  struct Reply {
    var text: String
    var citations: [Citation] = []
  }

  private func reply(to request: AgentRequest) async throws -> Reply {
    let search = KnowledgeSearch(client: client, linkPrefix: settings.linkPrefix, vectors: vectors)
    let index = try await search.index(of: .session(request.session))
    let lists = WordLists.of(request.question, among: index.languages)
    let phrases = Phrases.of(lists.language)
    let question = QuestionAnalysis(request.question, lists)
    if question.kind != .ask, question.kind != .more, question.kind != .why {
      let titles = try await index.titles(limit: 12)
      return Reply(text: SmallTalk.reply(to: question.kind, titles: titles, in: phrases) ?? phrases.noDocuments)
    }
    let topic =
      question.isFollowUp || question.kind != .ask
      ? Topic(try await request.history(limit: Self.mostTurns), lists) : Topic()
    if question.kind == .more, !topic.labels.isEmpty { return try await more(after: topic, index, phrases) }
    if question.words.isEmpty || question.kind != .ask, topic.words.isEmpty {
      return Reply(text: phrases.askForWords)
    }
    let findings = try await search.look(for: question, topic, meaning: request.question, in: index, lists)
    guard findings.understood.passages > 0 else { return Reply(text: phrases.noDocuments) }
    return try await self.reply(to: question, findings, index, lists)
  }

  private func reply(
    to question: QuestionAnalysis, _ findings: KnowledgeSearch.Findings, _ index: KnowledgeIndex,
    _ lists: WordLists
  ) async throws -> Reply {
    let (understood, ranking) = (findings.understood, findings.ranking)
    let judged = question.kind == .why ? reasons(findings.judged, cited: ranking.cited, lists) : findings.judged
    let note = AnswerText.note(understood.corrections, in: Phrases.of(lists.language))
    let chosen = ranking.choose(
      judged, leastCoverage: settings.leastCoverage * (findings.leans && !understood.terms.isEmpty ? 0.7 : 1),
      limit: Self.mostParts)
    if chosen.isEmpty {
      return Reply(text: note + (try await unknown(question, understood, judged, index, Phrases.of(lists.language))))
    }
    var extract = Extract(terms: ranking.terms + ranking.context)
    extract.wantsNumber = question.asksForNumber
    extract.wantsReason = question.asksForReason
    extract.lists = lists
    return reply(with: chosen.map(\.passage), extract, note: note)
  }

  func reply(with passages: [FoundPassage], _ extract: Extract, note: String = "") -> Reply {
    var shorter = extract
    (shorter.whole, shorter.limit) = (extract.whole * 2 / 3, extract.limit * 2 / 3)
    // Passages of one section stand together, in its order, under one label.
    var sections: [(best: FoundPassage, parts: [(ordinal: Int64, text: String)])] = []
    for (number, passage) in passages.enumerated() {
      let part = (passage.place.ordinal, (number == 0 ? extract : shorter).best(of: passage.content))
      let place = sections.firstIndex { $0.best.path == passage.path && $0.best.label == passage.label }
      if let place { sections[place].parts.append(part) } else { sections.append((passage, [part])) }
    }
    let parts = sections.map { section in
      let texts = section.parts.sorted { $0.ordinal < $1.ordinal }.map(\.text)
      return (label: section.best.label, text: AnswerText.joined(texts))
    }
    let citations = sections.map { section in
      let excerpt = extract.excerpt(of: section.best.content)
      return Citation(
        title: section.best.label, url: section.best.link(behind: settings.linkPrefix),
        excerpt: excerpt.isEmpty ? nil : excerpt)
    }
    return Reply(text: note + AnswerText.of(parts), citations: citations)
  }
}
