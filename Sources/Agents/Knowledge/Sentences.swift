/// Cuts prose into sentences.
enum Sentences {
  private static let abbreviations: Set<String> = [
    "e.g.", "i.e.", "etc.", "vs.", "cf.", "approx.", "no.", "mr.", "mrs.", "dr.", "st.", "fig.",
  ]

  /// The sentences with the blanks that follow them: joined, they are the text again. A full stop ends a sentence where a
  /// blank follows and then no small letter, outside code.
  static func split(_ text: String) -> [String] {
    var sentences: [String] = []
    var start = text.startIndex
    var index = text.startIndex
    var inCode = false
    while index < text.endIndex {
      let mark = text[index]
      index = text.index(after: index)
      if mark == "`" { inCode.toggle() }
      guard !inCode, mark == "." || mark == "!" || mark == "?" else { continue }
      var end = index
      while end < text.endIndex, "\"')”*_".contains(text[end]) { end = text.index(after: end) }
      guard end < text.endIndex, text[end].isWhitespace else { continue }
      // The longest of them is short, and a sentence may be very long.
      let word = String(text[start..<index].suffix(10).split(whereSeparator: \.isWhitespace).last ?? "").lowercased()
      while end < text.endIndex, text[end].isWhitespace { end = text.index(after: end) }
      guard end < text.endIndex, !text[end].isLowercase, !abbreviations.contains(word) else { continue }
      sentences.append(String(text[start..<end]))
      (start, index) = (end, end)
    }
    if start < text.endIndex { sentences.append(String(text[start...])) }
    return sentences
  }
}
