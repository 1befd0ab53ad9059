import JSONWire

/// What of a prompt goes along within a budget: the results of tools count like what was said before the question.
extension ModelPrompt {
  /// The prompt with what there is room for. Each call keeps a result, since interfaces refuse the one without the other:
  /// the oldest results are shortened, and at last only marked. Before that the conversation gives way, its oldest turns
  /// first, as far as half of the budget.
  /// - Parameter budget: in tokens as they are estimated. The system's text and the question do not count.
  func fitted(to budget: Int) -> ModelPrompt {
    guard !rounds.isEmpty else { return self }
    var fitted = self
    let room = budget - (summary.isEmpty ? 0 : Self.tokens(summary))
    let (wanted, least) = rounds.reduce((0, 0)) { ($0.0 + $1.tokens, $0.1 + $1.leastTokens) }
    fitted.history = Array(
      Recollection.fitted(history, budget: room - max(least, min(wanted, budget / 2))))
    let left = room - fitted.history.reduce(0) { $0 + Self.tokens($1.text) }
    fitted.rounds = ModelRound.fitted(rounds, within: left)
    return fitted
  }
}

extension ModelRound {
  /// How many tokens it is.
  var tokens: Int { ownTokens + results.reduce(0) { $0 + $1.tokens } }

  /// The same where nothing is left of its results but marks.
  fileprivate var leastTokens: Int { ownTokens + results.count * ModelResult.leastTokens }

  /// What the model itself has said.
  private var ownTokens: Int {
    let words = ModelPrompt.tokens(text) + thoughts.reduce(0) { $0 + $1.bytes.count / 3 }
    return calls.reduce(words) { $0 + ModelPrompt.tokens($1.name) + ModelPrompt.tokens($1.arguments) }
  }

  /// The rounds with what there is room for of their results: those of the latest round first, in equal shares where
  /// they do not fit together.
  fileprivate static func fitted(_ rounds: [ModelRound], within budget: Int) -> [ModelRound] {
    var left = max(0, budget - rounds.reduce(0) { $0 + $1.leastTokens })
    var fitted = rounds
    for round in rounds.indices.reversed() {
      let results = rounds[round].results
      for (done, place) in results.indices.sorted(by: { results[$0].tokens < results[$1].tokens }).enumerated() {
        let share = left / (results.count - done) + ModelResult.leastTokens
        let result = results[place].tokens <= share ? results[place] : results[place].shortened(to: (share - 4) * 3)
        fitted[round].results[place] = result
        left -= result.tokens - ModelResult.leastTokens
      }
    }
    return fitted
  }
}

extension ModelResult {
  /// What a mark of what is left out takes at most.
  fileprivate static let leastTokens = markBytes / 3 + 5

  fileprivate var tokens: Int { max(ModelPrompt.tokens(text), Self.leastTokens) }
}
