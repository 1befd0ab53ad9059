import Databases

/// The words of a question that nothing has been made of yet.
struct QuestionWords {
  struct Word: Equatable {
    /// In small letters; empty for what stood in quotes.
    let key: String
    /// As it was written, without quotes.
    let text: String
  }

  private(set) var words: [Word] = []

  init(_ text: String) {
    var rest = text[...]
    while let character = rest.first {
      if character.isWhitespace {
        rest.removeFirst()
      } else if let end = Self.closing[character], let close = rest.dropFirst().firstIndex(of: end) {
        words.append(Word(key: "", text: String(rest[rest.index(after: rest.startIndex)..<close])))
        rest = rest[rest.index(after: close)...]
      } else {
        let part = rest.prefix { !$0.isWhitespace }
        rest = rest.dropFirst(part.count)
        words += Self.split(part)
      }
    }
  }

  init(_ words: some Sequence<Word>) { self.words = Array(words) }

  private static let closing: [Character: Character] = ["\"": "\"", "'": "'", "`": "`", "“": "”", "‘": "’"]

  /// Operators are words of their own, and marks at the end none.
  private static func split(_ part: Substring) -> [Word] {
    var text = part
    while let last = text.last, "?.!,;:".contains(last) { text.removeLast() }
    for sign in ["<=", ">=", "!=", "<>", "=", "<", ">"] {
      guard let range = text.firstRange(of: sign) else { continue }
      return [text[..<range.lowerBound], text[range], text[range.upperBound...]].filter { !$0.isEmpty }.map(word)
    }
    return text.isEmpty ? [] : [word(text)]
  }

  private static func word(_ text: Substring) -> Word { Word(key: text.lowercased(), text: String(text)) }

  var isEmpty: Bool { words.isEmpty }

  /// Takes out the first place where some words follow each other.
  /// - Returns: where that was; nil where it is nowhere.
  mutating func take(_ phrase: String) -> Int? {
    let keys = phrase.split(separator: " ").map(String.init)
    guard words.count >= keys.count else { return nil }
    for start in 0...(words.count - keys.count) where words[start..<start + keys.count].map(\.key) == keys {
      words.removeSubrange(start..<start + keys.count)
      return start
    }
    return nil
  }

  /// The same for the first of several that is there; the longer ones stand first.
  mutating func take(any phrases: [String]) -> (phrase: String, place: Int)? {
    for phrase in phrases { if let place = take(phrase) { return (phrase, place) } }
    return nil
  }

  /// Takes out what stands behind a place.
  mutating func takeTail(from place: Int) -> [Word] {
    defer { words.removeSubrange(place...) }
    return Array(words[place...])
  }

  /// Takes out a number from 1 to 1,000.
  mutating func takeNumber() -> Int? {
    for (place, word) in words.enumerated() {
      if let number = Int(word.key), (1...1000).contains(number) {
        words.remove(at: place)
        return number
      }
    }
    return nil
  }

  /// Takes out the longest name of a table.
  mutating func takeTable(_ schema: DatabaseSchema) -> DatabaseSchema.Table? {
    takeName(schema.tables) { $0.name }
  }

  /// Takes out the longest name of a column.
  mutating func takeColumn(_ table: DatabaseSchema.Table) -> DatabaseSchema.Column? {
    takeName(table.columns) { $0.name }
  }

  private mutating func takeName<Named>(_ all: [Named], _ name: (Named) -> String) -> Named? {
    var best: (range: Range<Int>, named: Named)?
    for named in all {
      for range in places(of: name(named)) where range.count > best?.range.count ?? 0 { best = (range, named) }
    }
    guard let best else { return nil }
    words.removeSubrange(best.range)
    return best.named
  }

  /// Where a name stands: as it is, in several words, or in the other number.
  private func places(of name: String) -> [Range<Int>] {
    let wanted = Self.forms(name.lowercased())
    var found: [Range<Int>] = []
    for start in words.indices {
      var text = ""
      for end in start..<min(words.count, start + 5) {
        text += (text.isEmpty ? "" : "_") + (words[end].key.isEmpty ? words[end].text.lowercased() : words[end].key)
        if !wanted.isDisjoint(with: Self.forms(text)) { found.append(start..<end + 1) }
      }
    }
    return found
  }

  /// A name without its plural, and without what stands between its words.
  private static func forms(_ name: String) -> Set<String> {
    let plain = name.filter { $0 != "_" && $0 != "-" && !$0.isWhitespace }
    var forms: Set = [plain]
    if plain.hasSuffix("ies") { forms.insert(plain.dropLast(3) + "y") }
    if plain.hasSuffix("es"), plain.count > 4 { forms.insert(String(plain.dropLast(2))) }
    if plain.hasSuffix("s"), !plain.hasSuffix("ss"), plain.count > 2 { forms.insert(String(plain.dropLast())) }
    return forms
  }

  /// Whether nothing is left that would have to mean something.
  var areUnderstood: Bool { words.allSatisfy { Self.fillers.contains($0.key) } }

  private static let fillers = Set(
    """
    a all an any are can could database data display do every entries find for from get give have i in is list me my of
    our please print records row rows see show table tell that the there us view want we what whats what's which you
    """.split { $0 == " " || $0 == "\n" }.map(String.init))
}
