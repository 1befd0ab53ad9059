/// Cuts a text as it is streamed.
enum Pieces {
  /// Pieces of a few words each; joined they are the text. A piece ends before a blank, so that none begins inside a word.
  static func cut(_ text: String, words: Int = 3) -> [String] {
    var pieces: [String] = []
    var start = text.startIndex
    var count = 0
    var index = text.startIndex
    var inWord = false
    while index < text.endIndex {
      let isBlank = text[index].isWhitespace
      if isBlank, inWord {
        count += 1
        if count == words {
          pieces.append(String(text[start..<index]))
          (start, count) = (index, 0)
        }
      }
      inWord = !isBlank
      index = text.index(after: index)
    }
    if start < text.endIndex { pieces.append(String(text[start...])) }
    return pieces
  }
}
