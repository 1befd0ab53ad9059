/// Says of a text whether it is one statement that reads, and does nothing else, for MySQL, MariaDB and TiDB. There is no
/// parser of theirs to be had: the statement is taken to pieces, and each word that is no name has to be harmless, each
/// function listed. Comments are taken out. What can't be read for certain is refused.
///
/// What it allows still has to be run in a transaction that can't write, with limits of time and size, and with the
/// `sql_mode` that `MySQLTokenizer` names.
package enum MySQLJudge {
  /// How deep brackets may be.
  private static let deepest = 100

  package static func judge(_ text: String) -> SQLVerdict {
    do throws(SQLRefusal) { return .allowed(try statement(of: text)) } catch { return .refused(error) }
  }

  private static func statement(of text: String) throws(SQLRefusal) -> SQLStatement {
    guard text.utf8.count <= SQLJudge.longest else {
      throw SQLRefusal(.tooLarge, "A statement is at most \(SQLJudge.longest) bytes long.")
    }
    guard !text.utf8.contains(0) else { throw SQLRefusal(.syntax, "A statement does not hold U+0000.") }
    var tokens = try MySQLTokenizer.tokens(of: text)
    while tokens.last?.isSign(";") == true { tokens.removeLast() }
    guard let first = tokens.first else { throw SQLRefusal(.notOne, "There is no statement.") }
    guard !tokens.contains(where: { $0.isSign(";") }) else { throw SQLRefusal(.notOne, "One statement at a time.") }
    try checkBrackets(tokens)
    let kind: SQLStatement.Kind
    switch first.kind == .word ? first.key : first.text {
    case "SELECT", "WITH", "TABLE", "VALUES", "(":
      kind = .query
      try MySQLWalk(tokens).check()
    case "EXPLAIN", "DESCRIBE", "DESC":
      kind = .explain
      try explain(Array(tokens.dropFirst()))
    case "SHOW":
      kind = .show
      try MySQLShow.check(Array(tokens.dropFirst()))
    default:
      throw SQLRefusal(
        .notAllowed, "Only statements that read are allowed: SELECT, VALUES, TABLE, WITH, EXPLAIN, SHOW.")
    }
    return SQLStatement(kind: kind, text: Self.text(of: tokens), tables: MySQLWalk(tokens).tables)
  }

  /// As it was written, without comments.
  private static func text(of tokens: [MySQLToken]) -> String {
    tokens.enumerated().map { ($0 == 0 ? "" : $1.space) + $1.text }.joined()
  }

  private static func checkBrackets(_ tokens: [MySQLToken]) throws(SQLRefusal) {
    var depth = 0
    for token in tokens {
      if token.isSign("(") { depth += 1 }
      if token.isSign(")") { depth -= 1 }
      guard depth >= 0 else { throw SQLRefusal(.syntax, "A bracket is closed that is not open.") }
      guard depth <= deepest else { throw SQLRefusal(.tooLarge, "This statement is nested too deeply.") }
    }
    guard depth == 0 else { throw SQLRefusal(.syntax, "A bracket is not closed.") }
  }

  /// `EXPLAIN [EXTENDED | PARTITIONS] [FORMAT = word] query`, or the columns of a table.
  private static func explain(_ tokens: [MySQLToken]) throws(SQLRefusal) {
    var rest = tokens[...]
    if let word = rest.first, word.isWord("EXTENDED") || word.isWord("PARTITIONS") { rest = rest.dropFirst() }
    if rest.first?.isWord("FORMAT") == true, rest.dropFirst().first?.isSign("=") == true {
      guard let format = rest.dropFirst(2).first, ["JSON", "TRADITIONAL", "TREE", "BRIEF", "ROW"].contains(format.key)
      else { throw SQLRefusal(.notAllowed, "EXPLAIN does not take that format here.") }
      rest = rest.dropFirst(3)
    }
    guard let first = rest.first else { throw SQLRefusal(.syntax, "There is nothing to explain.") }
    if first.isSign("(") || ["SELECT", "WITH", "TABLE", "VALUES"].contains(where: first.isWord) {
      return try MySQLWalk(Array(rest)).check()
    }
    try MySQLShow.checkTable(rest)
  }
}
