/// What words mean to whoever asks in one language.
struct WordLists: Sendable {
  /// PostgreSQL's name of the language.
  let language: String
  /// Words that say nothing of what is asked.
  let empty: Set<String>
  /// Words of asking and doing: they help to choose, but an answer does not depend on them.
  let soft: Set<String>
  /// Words that point back into the conversation.
  let pointers: Set<String>
  /// Neighbours that ask for a number or a measure.
  let numberPairs: Set<String>
  /// What measures are told in.
  let measures: Set<String>
  /// Words that ask for a reason, and such as give one.
  let reasonWords: Set<String>
  let reasons: [String]
  /// Frequent words, of which none is a typing error of another.
  let isCommon: @Sendable (String) -> Bool
  /// Other words for a word, and all that have some.
  let synonyms: @Sendable (String) -> [String]
  let wordsWithSynonyms: [String]
  /// Other forms of a word, or ways to write it, that stemming does not bring together.
  let inflections: @Sendable (String) -> [String]

  /// The lists of a language; those of English for one that has none.
  static func of(_ language: String) -> WordLists { language == german.language ? german : english }

  /// The lists of the language that a text is in, among those of the documents.
  /// - Parameter languages: the most frequent first; it counts where nothing else tells.
  static func of(_ text: String, among languages: [String]) -> WordLists {
    let words = Set(Words.split(text))
    let known = languages.map(of)
    // A word of both tells nothing.
    let best = known.max { first, second in
      words.intersection(first.empty).count < words.intersection(second.empty).count
    }
    guard let best, let first = known.first else { return english }
    let isTied = words.intersection(best.empty).count == words.intersection(first.empty).count
    return isTied ? first : best
  }
}

extension WordLists {
  static let english = WordLists(
    language: "english", empty: Words.empty, soft: Words.soft, pointers: Words.pointers,
    numberPairs: [
      "how many", "how much", "how long", "how big", "how large", "how often", "how old", "how fast", "how soon",
      "which port", "what port", "which version", "how high", "how far", "how small", "how short",
    ],
    measures: [
      "ms", "s", "millisecond", "milliseconds", "second", "seconds", "minute", "minutes", "hour", "hours", "day",
      "days",
      "week", "weeks", "month", "months", "year", "years", "ever", "bytes", "kb", "mb", "gb", "kib", "mib", "gib",
      "unlimited",
    ],
    reasonWords: ["why"],
    reasons: [
      " because ", " so that ", " since ", " therefore ", " otherwise ", " reason ", " why ", " thus ", " hence ",
      " in order to ", " avoid ", " avoids ", " prevents ", " that way ", " for this ", " this keeps ", " would ",
    ],
    isCommon: { CommonWords.contains($0) }, synonyms: { Synonyms.of($0) }, wordsWithSynonyms: Synonyms.words,
    inflections: { Synonyms.inflections(of: $0) })
}
