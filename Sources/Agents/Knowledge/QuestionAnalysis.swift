/// What can be told of a message without looking into any document.
struct QuestionAnalysis: Equatable {
  enum Kind: Equatable {
    case greeting, thanks, farewell, capabilities
    /// "Tell me more."
    case more
    /// "Why?"
    case why
    case ask
  }

  /// A word that bears on what is asked.
  struct Word: Equatable {
    /// Lower case.
    var text: String
    /// 1 for what is asked about, less for words of asking and doing.
    var importance: Double
  }

  var kind: Kind
  /// Each once, in order.
  var words: [Word]
  /// Whether it reads as a part of a conversation: it begins with "and", points back with "it", or names nothing itself.
  var isFollowUp: Bool
  /// Asks for a number or a measure.
  var asksForNumber: Bool
  var asksForReason: Bool
  /// How its words were typed.
  var typed: [String: String]

  /// Whether it names something itself.
  var namesSomething: Bool { words.contains { $0.importance == 1 } }

  static let softImportance = 0.25
  private static let mostWords = 40
  private static let longestWord = 64

  init(_ message: String, _ lists: WordLists = .english) {
    let asTyped = Words.typed(message).filter { $0.utf8.count <= Self.longestWord }
    let isGerman = lists.language == WordLists.german.language
    let lowered = asTyped.map { $0.lowercased() }
    let all = isGerman ? GermanTalk.joined(lowered, lists) : lowered
    typed = Dictionary(zip(all, asTyped)) { first, _ in first }
    var seen: Set<String> = []
    words = []
    for word in all where !lists.empty.contains(word) && words.count < Self.mostWords && seen.insert(word).inserted {
      words.append(Word(text: word, importance: lists.soft.contains(word) ? Self.softImportance : 1))
    }
    kind = isGerman ? GermanTalk.kind(all, lists) : Self.kind(all)
    isFollowUp = isGerman ? GermanTalk.isFollowUp(all, words, lists) : Self.isFollowUp(all, words)
    asksForReason = !lists.reasonWords.isDisjoint(with: all)
    let pairs = Set(zip(all, all.dropFirst()).map { "\($0) \($1)" })
    asksForNumber = !pairs.isDisjoint(with: lists.numberPairs)
  }

  private static let greetings: Set<String> = [
    "hi", "hello", "hey", "hallo", "greetings", "good", "morning", "evening", "afternoon", "day", "there", "howdy",
    "yo", "again",
    "everyone", "all", "how", "are", "you", "to", "a", "bot", "dear",
  ]
  private static let thanks: Set<String> = [
    "thanks", "thank", "you", "thx", "ty", "cheers", "great", "ok", "okay", "cool", "perfect", "nice", "awesome",
    "very",
    "much", "a", "lot", "so", "many", "for", "the", "your", "help", "helpful", "that", "was", "is", "s", "good", "it",
    "answer", "got",
    "all", "right", "alright", "i", "see", "wonderful", "excellent", "this", "helped", "helps", "me", "works", "now",
    "understood",
  ]
  private static let farewells: Set<String> = [
    "bye", "goodbye", "see", "you", "later", "soon", "good", "night", "ciao", "cu",
  ]

  private static let capabilities: [[String]] = [
    ["what", "can", "you", "do"], ["what", "can", "you", "help"], ["what", "can", "you", "tell"],
    ["what", "can", "i", "ask"],
    ["what", "do", "you", "know"], ["who", "are", "you"], ["what", "are", "you"], ["what", "is", "your", "name"],
    ["how", "can", "you", "help"], ["what", "should", "i", "ask"], ["what", "topics"], ["can", "you", "help", "me"],
    ["what", "questions", "can"], ["how", "do", "you", "work"], ["what", "else", "can", "you", "do"],
  ]

  private static let more: Set<String> = [
    "more", "tell", "me", "go", "on", "continue", "please", "and", "then", "what", "else", "further", "next", "details",
    "detail",
    "explain", "again", "about", "it", "that", "this", "can", "you", "keep", "going", "give", "some", "elaborate", "in",
    "anything",
    "is", "there", "s", "any", "yes", "ok", "okay", "show", "the", "rest", "of",
  ]
  private static let moreMarks: Set<String> = [
    "more", "continue", "else", "further", "next", "details", "detail", "elaborate", "on", "then", "going", "rest",
  ]

  private static func kind(_ all: [String]) -> Kind {
    guard !all.isEmpty else { return .ask }
    let set = Set(all)
    if set.isSubset(of: thanks),
      !set.isDisjoint(with: [
        "thanks", "thank", "thx", "ty", "cheers", "great", "perfect", "cool", "nice",
        "awesome", "ok", "okay", "wonderful", "excellent", "helpful", "alright", "understood",
      ])
    {
      return .thanks
    }
    if set.isSubset(of: farewells), !set.isDisjoint(with: ["bye", "goodbye", "later", "night", "ciao", "cu", "soon"]) {
      return .farewell
    }
    if set.isSubset(of: greetings),
      !set.isDisjoint(with: ["hi", "hello", "hey", "hallo", "greetings", "good", "howdy", "yo"])
    {
      return .greeting
    }
    let words = all.drop { ["hi", "hello", "hey", "so", "and", "ok", "okay", "well", "please"].contains($0) }
    if words == ["help"] || words == ["help", "me"] { return .capabilities }
    if words.count <= 9, capabilities.contains(where: { words.starts(with: $0) }),
      words.dropFirst(3).allSatisfy({ Words.empty.contains($0) || Words.soft.contains($0) || $0 == "topics" })
    {
      return .capabilities
    }
    if all.count <= 6, set.contains("why"),
      !all.contains(where: { !Words.empty.contains($0) && !Words.soft.contains($0) })
    {
      return .why
    }
    if all.count <= 9, set.isSubset(of: more), !set.isDisjoint(with: moreMarks) { return .more }
    return .ask
  }

  private static func isFollowUp(_ all: [String], _ words: [Word]) -> Bool {
    guard let first = all.first else { return false }
    if ["and", "but", "or", "also", "then", "otherwise", "why", "else"].contains(first), all.count <= 12 {
      return true
    }
    if all.starts(with: ["what", "about"]) || all.starts(with: ["how", "about"]) || all.starts(with: ["what", "if"]) {
      return true
    }
    if !words.contains(where: { $0.importance == 1 }) { return true }
    return !Words.pointers.isDisjoint(with: all)
  }
}
