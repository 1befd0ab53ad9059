package import Databases

/// A question in plain words, put into SQL by rules. Every word of it has to be understood: what a rule would have to
/// guess is not answered.
package enum PlainQuestion {
  package enum Understanding: Equatable, Sendable {
    /// As SQL, and in words.
    case sql(String, String)
    /// It would be, were the table known.
    case unknownTable
    case nothing
  }

  /// The most rows that are asked for.
  static let rows = 100

  /// Whether a text is meant as SQL, good or bad.
  package static func looksLikeSQL(_ text: String) -> Bool {
    let words = text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "(" }.map(String.init)
    guard let first = words.first else { return false }
    if text.hasPrefix("--") || text.hasPrefix("/*") { return true }
    let second = words.count > 1 ? words[1] : ""
    switch first {
    case "select", "(select", "explain", "alter", "truncate", "grant", "revoke", "vacuum", "rollback", "commit",
      "merge":
      return true
    case "insert": return second == "into"
    case "delete", "copy": return second == "from" || words.contains("from") || words.contains("to")
    case "update": return words.contains("set")
    case "drop", "create": return true
    case "with": return words.contains("as") || text.contains("(")
    case "values", "values(", "call", "execute", "do", "lock", "begin", "set":
      return text.contains { "();=$".contains($0) }
    case "table": return words.count == 2
    case "show": return words.count == 2 && second.contains("_")
    default: return false
    }
  }

  /// - Parameter text: without white space around it.
  package static func understand(_ text: String, _ schema: DatabaseSchema) -> Understanding {
    var words = QuestionWords(text)
    let shape = Shape(&words)
    if shape.asksForTables(words) { return .sql(tables(of: schema.engine), "The tables of the database") }
    guard let table = words.takeTable(schema) else {
      return shape.isAnything ? .unknownTable : .nothing
    }
    guard let query = shape.query(of: table, &words), words.areUnderstood else { return .nothing }
    return .sql(query.sql, query.meaning)
  }

  private static func tables(of engine: DatabaseEngine) -> String {
    engine.isMySQL
      ? """
      SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = database() ORDER BY 1
      """
      : """
      SELECT table_schema, table_name, table_type FROM information_schema.tables
      WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
      """
  }
}
