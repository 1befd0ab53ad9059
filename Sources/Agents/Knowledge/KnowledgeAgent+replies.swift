import Conversation
import Postgres

/// Replies beside the plain one.
extension KnowledgeAgent {
  /// What follows, in its document, on what the last answer showed.
  func more(after topic: Topic, _ index: KnowledgeIndex) async throws(PostgresError) -> Reply {
    let end = "That is all that my documents say there."
    let shown = topic.shown(try await index.passages(labelled: topic.labels))
    // What the last answer showed first is what it was about.
    guard let label = topic.labels.first(where: { label in shown.contains { $0.label == label } }),
      let last = shown.last(where: { $0.label == label })
    else { return Reply(text: end) }
    let following = try await index.passages(after: last.place, limit: 1)
    return following.isEmpty
      ? Reply(text: end) : reply(with: following, Extract(terms: [], whole: 1200, limit: 1200))
  }

  /// Passages that give a reason, those of the last answer first.
  func reasons(_ judged: [Ranking.Judged], cited: Set<FoundPassage.Place>) -> [Ranking.Judged] {
    let reasons = judged.filter { Extract.givesReason($0.passage.content) }
    return reasons.filter { cited.contains($0.passage.place) } + reasons.filter { !cited.contains($0.passage.place) }
  }

  /// That there is no answer, and what comes nearest.
  func unknown(
    _ question: QuestionAnalysis, _ understood: Understanding.Result, _ judged: [Ranking.Judged],
    _ index: KnowledgeIndex
  ) async throws(PostgresError) -> String {
    if question.kind == .why { return "My documents give no reason for that." }
    let unknown = understood.terms.filter { $0.forms.isEmpty && $0.importance == 1 }.map {
      question.typed[$0.word] ?? $0.word
    }
    var nearest: [String] = []
    for one in judged.prefix(4) where one.coverage >= 0.3 && !nearest.contains(one.passage.label) && nearest.count < 2 {
      nearest.append(one.passage.label)
    }
    let titles = nearest.isEmpty ? try await index.titles(limit: 4) : []
    return AnswerText.unknown(unknown, nearest: nearest, titles: titles)
  }
}
