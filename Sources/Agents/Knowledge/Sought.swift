import Postgres

/// What terms are looked for by: lexemes with their weights.
struct Sought {
  typealias Weighted = (lexeme: String, weight: Double)

  /// Those that stemming makes, and words that it drops; in order.
  let stems: [Weighted]
  let words: [Weighted]
  private let rare: Set<String>

  /// A word that at most a fifth of many passages have.
  private static let leastRarity = 1.6

  init(_ terms: [Term]) {
    var weights: (stems: [String: Double], words: [String: Double]) = ([:], [:])
    var rare: Set<String> = []
    for term in terms {
      for form in term.forms {
        if term.rarity >= Self.leastRarity { rare.insert(form.lexeme) }
        let weight = term.weight * form.likeness
        if form.isStem {
          weights.stems[form.lexeme] = max(weights.stems[form.lexeme] ?? 0, weight)
        } else {
          weights.words[form.lexeme] = max(weights.words[form.lexeme] ?? 0, weight)
        }
      }
    }
    self.rare = rare
    stems = weights.stems.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    words = weights.words.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  var isEmpty: Bool { stems.isEmpty && words.isEmpty }

  /// Any of them, as a `tsquery`; null for none.
  /// - Parameter onlyRare: leaves the frequent ones out, where there are others.
  func query(_ weighted: [Weighted], onlyRare: Bool = false) -> PostgresValue {
    let all = weighted.map(\.lexeme)
    let chosen = onlyRare && !rare.isEmpty ? all.filter(rare.contains) : all
    return chosen.isEmpty ? .null : .text(chosen.map(Self.quoted).joined(separator: " | "))
  }

  private static func quoted(_ lexeme: String) -> String {
    var quoted = "'"
    for character in lexeme {
      if character == "'" || character == "\\" { quoted.append(character) }
      quoted.append(character)
    }
    return quoted + "'"
  }
}
