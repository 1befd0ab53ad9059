/// How many letters were typed wrong.
enum EditDistance {
  /// Insertions, deletions, replacements and exchanges of neighbours between two words (the restricted
  /// Damerau-Levenshtein distance).
  static func between(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var before = [Int](repeating: 0, count: b.count + 1)
    var row = Array(0...b.count)
    for i in 1...a.count {
      var next = [Int](repeating: i, count: b.count + 1)
      for j in 1...b.count {
        next[j] = min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { next[j] = min(next[j], before[j - 2] + 1) }
      }
      (before, row) = (row, next)
    }
    return row[b.count]
  }

  /// The same letters, two neighbours exchanged.
  static func isExchange(_ a: String, _ b: String) -> Bool {
    a.count == b.count && between(a, b) == 1 && a.sorted() == b.sorted()
  }
}
