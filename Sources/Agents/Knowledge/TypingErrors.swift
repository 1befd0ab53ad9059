/// Decides what was meant by a word that no document has.
enum TypingErrors {
  /// The likeliest word, or nil where none is likely: a wrong guess makes a wrong answer.
  static func correction(of word: String, among guesses: [VocabularyGuess], _ lists: WordLists = .english) -> String? {
    guard word.count >= 3, !lists.isCommon(word), !word.contains(where: \.isNumber) else { return nil }
    let near = guesses.filter { $0.kind == .similar }.compactMap {
      guess -> (word: String, distance: Int, passages: Int64)? in
      let distance = EditDistance.between(word, guess.word)
      return allows(word, guess.word, distance) ? (guess.word, distance, guess.passages) : nil
    }
    return near.min { ($0.distance, -$0.passages, $0.word) < ($1.distance, -$1.passages, $1.word) }?.word
  }

  /// Whether it is a word of asking with exchanged letters, or one too few or too many ("waht", "wat").
  static func isMistypedEmptyWord(_ word: String, _ lists: WordLists = .english) -> Bool {
    guard (3...7).contains(word.count), !lists.isCommon(word) else { return false }
    return lists.empty.contains { other in
      other.count >= 3 && other.first == word.first
        && (EditDistance.isExchange(word, other)
          || other.count >= 4 && other.count != word.count && EditDistance.between(word, other) == 1)
    }
  }

  private static func allows(_ word: String, _ other: String, _ distance: Int) -> Bool {
    if distance == 1, EditDistance.isExchange(word, other) { return true }
    guard word.first == other.first else { return word.count >= 7 && distance == 1 }
    switch min(word.count, other.count) {
    case ..<4: return false
    // So short, another letter mostly makes another word.
    case 4: return distance == 1 && word.count != other.count
    case 5: return distance == 1 && (word.count != other.count || word.last == other.last)
    case ..<8: return distance == 1
    default: return distance <= 2
    }
  }
}
