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
    package var leastCoverage = 0.55

    package init() {}
  }

  let client: PostgresClient
  let settings: Settings

  private static let mostFound = 24
  private static let mostParts = 3
  private static let mostTurns = 12

  package init(client: PostgresClient, settings: Settings = Settings()) {
    self.client = client
    self.settings = settings
  }

  package func answer(_ request: AgentRequest, into answer: any Answer) async throws {
    do {
      let reply = try await reply(to: request)
      for (number, piece) in Pieces.cut(reply.text).enumerated() {
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
    // "How do I change it?": what is asked is in the questions before.
    let leansOnTopic = !understood.terms.contains { $0.importance == 1 } && !understood.context.isEmpty
    if leansOnTopic {
      ranking.terms = understood.context + understood.terms
      ranking.context = []
    }
    let found = try await index.search(understood.terms + understood.context, limit: Self.mostFound)
    var judged = ranking.judge(found)
    if question.kind == .why { judged = reasons(judged, cited: ranking.cited) }
    let known = judged.filter { $0.coverage >= settings.leastCoverage }
    let note = AnswerText.note(understood.corrections)
    guard let best = known.first else {
      return Reply(text: note + (try await unknown(question, understood, judged, index)))
    }
    let chosen = choose(known, best: best)
    var extract = Extract(terms: ranking.terms + ranking.context)
    extract.wantsNumber = question.asksForNumber
    extract.wantsReason = question.asksForReason
    return reply(with: chosen.map(\.passage), extract, note: note)
  }

  /// The best passage, and others that are nearly as good.
  private func choose(_ known: [Ranking.Judged], best: Ranking.Judged) -> [Ranking.Judged] {
    known.prefix(Self.mostParts).filter { $0.score >= 0.8 * best.score && $0.coverage >= 0.85 * best.coverage }
  }

  func reply(with passages: [FoundPassage], _ extract: Extract, note: String = "") -> Reply {
    let parts = passages.map { (label: $0.label, text: extract.best(of: $0.content)) }
    let citations = passages.map { passage in
      Citation(title: passage.label, url: link(to: passage), excerpt: extract.excerpt(of: passage.content))
    }
    return Reply(text: note + AnswerText.of(parts), citations: citations)
  }
}
