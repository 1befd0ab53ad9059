/// What `SHOW` may show: the shape of the databases that may be read.
enum MySQLShow {
  /// - Parameter tokens: behind `SHOW`.
  static func check(_ tokens: [MySQLToken]) throws(SQLRefusal) {
    var rest = tokens[...]
    if rest.first?.isWord("FULL") == true { rest = rest.dropFirst() }
    let words = rest.prefix(2).map { $0.kind == .word ? $0.key : "" }
    switch (words.first, words.count > 1 ? words[1] : nil) {
    case ("DATABASES", _), ("SCHEMAS", _), ("TABLES", _): try checkPlaces(rest.dropFirst())
    case ("COLUMNS", _), ("FIELDS", _), ("INDEX", _), ("INDEXES", _), ("KEYS", _): try checkPlaces(rest.dropFirst())
    case ("TABLE", "STATUS"): try checkPlaces(rest.dropFirst(2))
    case ("CREATE", "TABLE"), ("CREATE", "VIEW"): try checkTable(rest.dropFirst(2))
    default: throw SQLRefusal(.notAllowed, "SHOW does not show that here.")
    }
  }

  /// `{FROM | IN} name` and `LIKE text`, in any number.
  private static func checkPlaces(_ tokens: ArraySlice<MySQLToken>) throws(SQLRefusal) {
    var rest = tokens
    while let first = rest.first {
      rest = rest.dropFirst()
      if first.isWord("LIKE"), rest.first?.kind == .text {
        rest = rest.dropFirst()
      } else if first.isWord("FROM") || first.isWord("IN") {
        let end = rest.firstIndex { token in ["FROM", "IN", "LIKE"].contains(where: token.isWord) } ?? rest.endIndex
        try checkName(rest[..<end])
        rest = rest[end...]
      } else {
        throw SQLRefusal(.notAllowed, "SHOW takes FROM and LIKE here, and nothing else.")
      }
    }
  }

  /// A table's name, and for `DESCRIBE` the name of a column or a pattern.
  static func checkTable(_ tokens: ArraySlice<MySQLToken>) throws(SQLRefusal) {
    var end = tokens.endIndex
    if tokens.count > 1, let last = tokens.last, !tokens[tokens.endIndex - 2].isSign(".") {
      guard last.isName || last.kind == .text else { throw refusal }
      end -= 1
    }
    try checkName(tokens[..<end])
  }

  /// `name` or `name.name`.
  private static func checkName(_ tokens: ArraySlice<MySQLToken>) throws(SQLRefusal) {
    let parts = Array(tokens)
    guard parts.count == 1 || parts.count == 3 && parts[1].isSign("."), let first = parts.first, let last = parts.last,
      first.isName, last.isName, ![first, last].contains(where: MySQLWords.isForbidden)
    else { throw refusal }
    // Of a system's own there are more names than one.
    try MySQLRelations.check(schema: first, name: parts.count == 3 ? last : nil)
  }

  private static var refusal: SQLRefusal {
    SQLRefusal(.notAllowed, "Here stands the name of a table, and nothing else.")
  }
}
