/// A session's title where nobody has chosen one: the beginning of its first question.
package enum AutomaticTitle {
  /// In characters.
  package static let mostCharacters = 60

  /// The first sentence of the first line with words in it, without marks of Markdown, cut at a word's edge.
  /// - Parameter content: UTF-8.
  /// - Returns: nil where there is no word.
  package static func title(from content: [UInt8]) -> String? {
    // What is far behind the first words can't be in it.
    let text = String(decoding: content.prefix(1024), as: UTF8.self)
    for line in text.split(whereSeparator: \.isNewline) where !isFence(line) {
      let plain = plain(line)
      if plain.contains(where: { $0.isLetter || $0.isNumber }) { return cut(sentence(of: plain)) }
    }
    return nil
  }

  private static func isFence(_ line: Substring) -> Bool {
    let start = line.drop { $0.isWhitespace }
    return start.hasPrefix("```") || start.hasPrefix("~~~")
  }

  /// A line without marks of headings, quotes, lists, emphasis, code, links and tables; blanks are single.
  private static func plain(_ line: Substring) -> String {
    var rest = line.drop { $0.isWhitespace || "#>|".contains($0) }
    let marker = rest.prefix { "-*+".contains($0) || $0.isNumber || $0 == "." || $0 == ")" }
    let isMarker =
      ["-", "*", "+"].contains(marker) || marker.count <= 4 && (marker.hasSuffix(".") || marker.hasSuffix(")"))
    if isMarker, marker.count > 0, rest.dropFirst(marker.count).first?.isWhitespace ?? false {
      rest = rest.dropFirst(marker.count)
    }
    return withoutMarks(withoutLinks(rest))
  }

  /// `[text](url)` and `![text](url)` as the text.
  private static func withoutLinks(_ line: Substring) -> String {
    var plain = ""
    var rest = line
    while let open = rest.firstIndex(of: "[") {
      let inner = rest[rest.index(after: open)...]
      guard let close = inner.firstIndex(of: "]") else { break }
      let behind = inner[inner.index(after: close)...]
      guard behind.first == "(", let end = behind.firstIndex(of: ")") else {
        plain += rest[...close]
        rest = behind
        continue
      }
      plain += rest[..<open]
      if plain.last == "!" { plain.removeLast() }
      plain += inner[..<close]
      rest = behind[behind.index(after: end)...]
    }
    return plain + rest
  }

  private static let marks: Set<Character> = ["*", "_", "`", "~", "|"]

  /// Without emphasis and code marks; an underscore or asterisk between blanks, or within a word, is none. Ends with the
  /// word that makes it longer than a title.
  private static func withoutMarks(_ text: String) -> String {
    var plain = ""
    var rest = Substring(text)
    while plain.count <= mostCharacters {
      rest = rest.drop(while: isBlank)
      let next = rest.prefix { !isBlank($0) }
      if next.isEmpty { break }
      rest = rest[next.endIndex...]
      let word = withoutMarks(word: next)
      if word.isEmpty { continue }
      if !plain.isEmpty { plain += " " }
      plain += word
    }
    return plain
  }

  private static func withoutMarks(word marked: Substring) -> String {
    guard marked.contains(where: marks.contains) else { return String(marked) }
    guard marked.contains(where: { !marks.contains($0) }) else { return "" }
    var word = Substring(marked.filter { $0 != "`" }.replacing("**", with: "").replacing("~~", with: ""))
    while let first = word.first, marks.contains(first) { word.removeFirst() }
    // Punctuation may stand behind the closing mark.
    let tail = String(word.reversed().prefix { $0.isPunctuation && !marks.contains($0) }.reversed())
    word = word.dropLast(tail.count)
    while let last = word.last, marks.contains(last) { word.removeLast() }
    return String(word) + tail
  }

  private static func isBlank(_ character: Character) -> Bool {
    if let byte = character.asciiValue { return byte <= 0x20 || byte == 0x7F }
    return character.isWhitespace
      || character.unicodeScalars.allSatisfy { $0.properties.generalCategory == .control }
  }

  /// Up to the first full stop, question or exclamation mark that ends a word.
  private static func sentence(of text: String) -> Substring {
    let ends: Set<Character> = [".", "?", "!", "…"]
    let wideEnds: Set<Character> = ["。", "？", "！"]
    var index = text.startIndex
    while index < text.endIndex {
      let next = text.index(after: index)
      if wideEnds.contains(text[index]) { return text[..<next] }
      // A short beginning such as "Hi!" or "1." says nothing by itself.
      if ends.contains(text[index]), next == text.endIndex || text[next] == " ", text[..<next].count >= 8 {
        return text[index] == "." ? text[..<index] : text[..<next]
      }
      index = next
    }
    return text[...]
  }

  private static func cut(_ sentence: Substring) -> String {
    guard sentence.count > mostCharacters else { return String(sentence) }
    // The sign that something is left out takes one.
    let most = sentence.prefix(mostCharacters - 1)
    let isEdge = sentence[most.endIndex] == " "
    let edge = isEdge ? most.endIndex : most.lastIndex(of: " ") ?? most.endIndex
    var words = most[..<edge]
    // A single word of that length, or a language without blanks, is cut anywhere.
    if words.count < mostCharacters / 3 { words = most }
    while let last = words.last, last == " " || ",;:-–—(".contains(last) { words.removeLast() }
    return String(words) + "…"
  }
}
