import Conversation

/// What a model is told of the conversation before a question: the latest turns as they are, and where these are not all,
/// a summary of the older ones. The summary is made by the model itself and kept with the session, so that each turn is
/// summarised once.
struct Recollection: Sendable, Equatable {
  /// Empty where nothing is older than the turns.
  let summary: String
  let turns: [Turn]

  /// So many turns of a conversation are looked at, however short they are.
  private static let mostTurns = 400
  /// Of what is to be summarised at once, so many times the budget is looked at, the latest of it.
  private static let mostBudgets = 4

  /// - Parameters:
  ///   - budget: what all of it may take, in tokens as they are estimated. It is cut before a person's turn, so that no
  ///     answer stands without its question.
  ///   - summarise: tells shortly what was told of older turns and what was said then; nil where nobody can, or may.
  init(
    _ request: AgentRequest, budget: Int, summarise: ((_ before: String, _ turns: [Turn]) async throws -> String)?
  ) async throws {
    guard budget > 0 else {
      (summary, turns) = ("", [])
      return
    }
    let all = try await request.history(limit: Self.mostTurns)
    let isOver = Self.tokens(all) > budget
    let known = isOver || all.count == Self.mostTurns ? try? await request.summaries?.load() : nil
    let recent = all.filter { $0.place > known?.through ?? .min }
    var left = budget - (known.map { ModelPrompt.tokens($0.text) } ?? 0)
    if let summarise, let summaries = request.summaries, isOver, Self.tokens(recent) > left {
      // More than has to be, so that the next turns find room without another summary.
      let latest = Self.fitted(recent, budget: budget / 2)
      let older = Self.latest(recent[..<latest.startIndex], within: budget * Self.mostBudgets)
      if let last = older.last {
        do {
          let text = try await summarise(known?.text ?? "", Array(older))
          // Where it can't be kept it is made again.
          try? await summaries.keep(Summary(text: text, through: last.place))
          (summary, turns) = (text, Array(latest))
          return
        } catch is CancellationError {
          throw CancellationError()
        } catch {
          // The answer goes on without it: the older turns are left out.
        }
      }
    }
    left = max(left, 0)
    (summary, turns) = (known?.text ?? "", Array(Self.fitted(recent, budget: left)))
  }

  private static func tokens(_ turns: [Turn]) -> Int { turns.reduce(0) { $0 + ModelPrompt.tokens($1.text) } }

  /// The latest turns that fit, from a person's on.
  static func fitted(_ history: [Turn], budget: Int) -> ArraySlice<Turn> {
    var (start, left) = (history.count, budget)
    for index in history.indices.reversed() {
      left -= ModelPrompt.tokens(history[index].text)
      if left < 0 { break }
      if history[index].role == .user { start = index }
    }
    return history[start...]
  }

  private static func latest(_ turns: ArraySlice<Turn>, within budget: Int) -> ArraySlice<Turn> {
    var left = budget
    let start = turns.indices.reversed().prefix { index in
      left -= ModelPrompt.tokens(turns[index].text)
      return left >= 0
    }.last
    return start.map { turns[$0...] } ?? turns.suffix(1)
  }
}
