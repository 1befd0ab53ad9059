import Conversation
package import Postgres

/// Answers from the documents of the library, without a model and without network: finds the passages that speak of what
/// is asked, shows the best of them and names where they stand, or says that it does not know.
package struct KnowledgeAgent: Agent {
  /// How it behaves.
  package struct Settings: Sendable {
    /// PostgreSQL's name of the language that questions are asked in.
    package var language = "english"
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

  private static let mostFound = 24
  private static let mostParts = 3
  private static let mostTurns = 12
  private static let leaningImportance = 0.5

  package init(client: PostgresClient, settings: Settings = Settings()) {
    self.client = client
    self.settings = settings
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
    let index = KnowledgeIndex(client: client, session: request.session, language: settings.language)
    let question = QuestionAnalysis(request.question)
    if question.kind != .ask, question.kind != .more, question.kind != .why {
      let titles = try await index.titles(limit: 12)
      return Reply(text: SmallTalk.reply(to: question.kind, titles: titles) ?? SmallTalk.noDocuments)
    }
    let topic =
      question.isFollowUp || question.kind != .ask ? Topic(try await request.history(limit: Self.mostTurns)) : Topic()
    if question.kind == .more, !topic.labels.isEmpty { return try await more(after: topic, index) }
    if question.words.isEmpty || question.kind != .ask, topic.words.isEmpty {
      return Reply(text: SmallTalk.askForWords)
    }
    return try await search(question, topic, index)
  }

  func search(_ question: QuestionAnalysis, _ topic: Topic, _ index: KnowledgeIndex) async throws -> Reply {
    var words = question.words
    if question.kind != .ask { words = [] }
    // With nothing else to go by, a word of asking is what is asked about.
    if topic.words.isEmpty, !question.namesSomething {
      words = words.map { QuestionAnalysis.Word(text: $0.text, importance: 1) }
    }
    let understood = try await Understanding(index: index).understand(words, context: topic.words)
    guard understood.passages > 0 else { return Reply(text: SmallTalk.noDocuments) }

    let cited = topic.shown(try await index.passages(labelled: topic.labels))
    var ranking = Ranking(terms: understood.terms, context: understood.context, cited: Set(cited.map(\.place)))
    ranking.wantsNumber = question.asksForNumber
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
    let found = try await index.search(
      ranking.terms + ranking.context, among: understood.passages, limit: Self.mostFound)
    var judged = ranking.judge(found)
    if question.kind == .why { judged = reasons(judged, cited: ranking.cited) }
    let note = AnswerText.note(understood.corrections)
    let chosen = ranking.choose(
      judged, leastCoverage: settings.leastCoverage * (leans && !understood.terms.isEmpty ? 0.7 : 1),
      limit: Self.mostParts)
    if chosen.isEmpty { return Reply(text: note + (try await unknown(question, understood, judged, index))) }
    var extract = Extract(terms: ranking.terms + ranking.context)
    extract.wantsNumber = question.asksForNumber
    extract.wantsReason = question.asksForReason
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
      return Citation(title: section.best.label, url: link(to: section.best), excerpt: excerpt.isEmpty ? nil : excerpt)
    }
    return Reply(text: note + AnswerText.of(parts), citations: citations)
  }
}
