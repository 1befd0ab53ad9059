import Glibc

/// One thing that is asked about, with the words of the library that may stand for it.
struct Term: Equatable {
  /// A word of the library's.
  struct Form: Equatable {
    /// As a person writes it.
    var word: String
    /// As the index holds it.
    var lexeme: String
    /// Whether it is found in `passages.search`; else it is one of the words that stemming drops, in `passages.words`.
    var isStem: Bool
    /// 1 for the word itself, less for what was guessed.
    var likeness: Double
  }

  /// The word as it was asked, lower case.
  var word: String
  /// How much of the question it is, 0 to 1.
  var importance: Double
  /// How much a passage that has it differs from others.
  var rarity: Double
  /// Empty where the library has no word for it.
  var forms: [Form]
  /// What it was taken for, where it seems to be a typing error.
  var correction: String?

  var weight: Double { importance * rarity }

  /// The inverse document frequency, as in BM25.
  static func rarity(passages: Int64, of total: Int64) -> Double {
    let (count, all) = (Double(min(passages, total)), Double(total))
    return log(1 + (all - count + 0.5) / (count + 0.5))
  }
}

/// What the vocabulary knows of a word.
struct VocabularyEntry: Equatable {
  var lexeme: String
  var isStem: Bool
  /// How many passages have it; 0: it is unknown.
  var passages: Int64
}

/// A word of the vocabulary that may have been meant by an unknown one.
struct VocabularyGuess: Equatable {
  enum Kind: String {
    case similar, begins, ends, split
  }

  var kind: Kind
  /// For `split` both parts, with a blank between them.
  var word: String
  var passages: Int64
}
