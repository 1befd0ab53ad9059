/// Goes over the pieces of a query, and refuses what is not harmless.
struct MySQLWalk {
  private let tokens: [MySQLToken]

  init(_ tokens: [MySQLToken]) { self.tokens = tokens }

  private func token(_ place: Int) -> MySQLToken? { tokens.indices.contains(place) ? tokens[place] : nil }

  func check() throws(SQLRefusal) {
    guard let first = tokens.first(where: { !$0.isSign("(") }),
      ["SELECT", "WITH", "TABLE", "VALUES"].contains(where: first.isWord)
    else { throw SQLRefusal(.notAllowed, "A query begins with SELECT, WITH, TABLE or VALUES.") }
    /// For each open bracket, the word before it.
    var openers: [String] = []
    for (place, token) in tokens.enumerated() {
      if token.isSign("(") { openers.append(self.token(place - 1).map { $0.kind == .word ? $0.key : "" } ?? "") }
      if token.isSign(")") { openers.removeLast() }
      if token.isName { try check(token, at: place, within: openers.last ?? "") }
    }
  }

  private func check(_ token: MySQLToken, at place: Int, within opener: String) throws(SQLRefusal) {
    let isBehindDot = self.token(place - 1)?.isSign(".") == true
    if self.token(place + 1)?.isSign("(") == true {
      guard !isBehindDot else { throw Self.function(token) }
      return try checkCall(token, at: place)
    }
    if self.token(place + 1)?.isSign(".") == true, !isBehindDot {
      try MySQLRelations.check(schema: token, name: self.token(place + 2))
    }
    // Behind a dot every word is a name.
    guard token.kind == .word, !isBehindDot else { return }
    if token.key == "FOR" { return try checkFor(at: place, within: opener) }
    guard !MySQLWords.isForbidden(token) else {
      throw SQLRefusal(.notAllowed, "This statement has a word that is not allowed: \(token.text).")
    }
  }

  /// In `SUBSTRING(text FROM 1 FOR 2)`, and before MariaDB's `SYSTEM_TIME`; elsewhere it locks, or takes a number from a
  /// sequence.
  private func checkFor(at place: Int, within opener: String) throws(SQLRefusal) {
    let isOfText = ["SUBSTRING", "SUBSTR", "MID"].contains(opener) && token(place - 1)?.isWord("VALUE") != true
    guard isOfText || token(place + 1)?.isWord("SYSTEM_TIME") == true else {
      throw SQLRefusal(.notAllowed, "FOR is not allowed here: nothing is locked.")
    }
  }

  // MARK: Calls

  /// A name with a bracket behind it: a function, a keyword, or what something is called, with the names of its columns.
  private func checkCall(_ token: MySQLToken, at place: Int) throws(SQLRefusal) {
    if token.kind == .word {
      if MySQLFunctions.allowed.contains(token.key) { return try bound(token, at: place) }
      if MySQLWords.beforeBrackets.contains(token.key) { return }
    }
    let before = self.token(place - 1)
    if before?.isWord("AS") == true { return }
    // WITH a (b) AS (...), c (d) AS (...)
    if before.map({ $0.isWord("WITH") || $0.isWord("RECURSIVE") || $0.isSign(",") }) == true,
      let end = closing(of: place + 1), self.token(end + 1)?.isWord("AS") == true,
      self.token(end + 2)?.isSign("(") == true
    {
      return
    }
    throw Self.function(token)
  }

  private static func function(_ token: MySQLToken) -> SQLRefusal {
    SQLRefusal(.notAllowed, "The function \(token.text) is not allowed.")
  }

  /// Where a bracket is closed.
  private func closing(of place: Int) -> Int? {
    var depth = 0
    for (index, token) in tokens.enumerated().dropFirst(place) {
      if token.isSign("(") { depth += 1 }
      if token.isSign(")") { depth -= 1 }
      if depth == 0 { return index }
    }
    return nil
  }

  /// Those whose results are as large as they are told take a number that is written.
  private func bound(_ token: MySQLToken, at place: Int) throws(SQLRefusal) {
    guard let argument = MySQLFunctions.lengths[token.key], let end = closing(of: place + 1) else { return }
    var arguments: [[MySQLToken]] = [[]]
    var depth = 0
    for token in tokens[(place + 2)..<end] {
      if token.isSign("(") { depth += 1 }
      if token.isSign(")") { depth -= 1 }
      if depth == 0, token.isSign(",") { arguments.append([]) } else { arguments[arguments.count - 1].append(token) }
    }
    let written = arguments.indices.contains(argument) ? arguments[argument] : []
    guard written.count == 1, written[0].kind == .number, let number = Int(written[0].text),
      number <= MySQLFunctions.longest
    else {
      throw SQLRefusal(
        .notAllowed, "\(token.text) takes a length of up to \(MySQLFunctions.longest), written as a number.")
    }
  }

  // MARK: For telling

  /// What stands behind FROM, JOIN and TABLE.
  var tables: [String] {
    var tables: [String] = []
    for (place, token) in tokens.enumerated() where ["FROM", "JOIN", "TABLE"].contains(where: token.isWord) {
      guard let name = self.token(place + 1), name.isName else { continue }
      var full = name.kind == .word ? name.text : name.key
      if self.token(place + 2)?.isSign(".") == true, let last = self.token(place + 3) {
        full += "." + (last.kind == .word ? last.text : last.key)
      }
      if !tables.contains(full) { tables.append(full) }
    }
    return tables
  }
}
