import Databases

/// One condition in words: a column, a comparison, a value.
enum QuestionCondition {
  /// As SQL; nil where it is not understood.
  static func sql(_ words: [QuestionWords.Word], _ table: DatabaseSchema.Table) -> String? {
    // The longest name counts: `status code is 3` is about `status_code`, where there is one.
    for count in stride(from: min(5, words.count - 1), to: 0, by: -1) {
      var name = QuestionWords(words.prefix(count))
      guard let column = name.takeColumn(table), name.isEmpty else { continue }
      return sql(column, Array(words.dropFirst(count)), table.engine)
    }
    return nil
  }

  private static func sql(
    _ column: DatabaseSchema.Column, _ words: [QuestionWords.Word], _ engine: DatabaseEngine
  ) -> String? {
    let name = SQLName.quoted(column.name, for: engine)
    let keys = words.map(\.key)
    if ["is null", "is empty", "is missing"].contains(keys.joined(separator: " ")) { return "\(name) IS NULL" }
    if ["is not null", "is not empty"].contains(keys.joined(separator: " ")) { return "\(name) IS NOT NULL" }
    for (phrase, comparison) in comparisons {
      let parts = phrase.split(separator: " ").map(String.init)
      guard keys.starts(with: parts), keys.count > parts.count else { continue }
      let text = words.dropFirst(parts.count).map(\.text).joined(separator: " ")
      if let pattern = comparison.pattern {
        guard !column.isNumber, !column.isTime else { return nil }
        let escaped = text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
        // MySQL's own comparison takes small letters and capitals for the same, as a column's collation says.
        let like = engine.isMySQL ? "LIKE" : "ILIKE"
        return "\(name) \(like) \(SQLName.literal(pattern.replacing("?", with: escaped), for: engine))"
      }
      return value(text, column, engine).map { "\(name) \(comparison.sign) \($0)" }
    }
    return nil
  }

  private static func value(
    _ text: String, _ column: DatabaseSchema.Column, _ engine: DatabaseEngine
  ) -> String? {
    let truth = ["true": "true", "yes": "true", "false": "false", "no": "false"][text.lowercased()]
    if column.type == "tinyint(1)", let truth { return truth }
    if column.isNumber { return text.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?/) == nil ? nil : text }
    return column.type == "boolean" ? truth : SQLName.literal(text, for: engine)
  }

  /// The longer ones first, where one begins another.
  private static let comparisons: [(String, (sign: String, pattern: String?))] = [
    ("is not", ("<>", nil)), ("is greater than", (">", nil)), ("is more than", (">", nil)),
    ("is less than", ("<", nil)), ("is at least", (">=", nil)), ("is at most", ("<=", nil)), ("is above", (">", nil)),
    ("is over", (">", nil)), ("is below", ("<", nil)), ("is under", ("<", nil)), ("is after", (">", nil)),
    ("is before", ("<", nil)), ("is since", (">=", nil)), ("greater than", (">", nil)), ("more than", (">", nil)),
    ("less than", ("<", nil)), ("at least", (">=", nil)), ("at most", ("<=", nil)), ("starts with", ("", "?%")),
    ("begins with", ("", "?%")), ("ends with", ("", "%?")), ("contains", ("", "%?%")), ("like", ("", "%?%")),
    ("above", (">", nil)), ("over", (">", nil)), ("below", ("<", nil)), ("under", ("<", nil)), ("after", (">", nil)),
    ("before", ("<", nil)), ("equals", ("=", nil)), ("is", ("=", nil)), ("<=", ("<=", nil)), (">=", (">=", nil)),
    ("!=", ("<>", nil)), ("<>", ("<>", nil)), ("=", ("=", nil)), ("<", ("<", nil)), (">", (">", nil)),
  ]
}
