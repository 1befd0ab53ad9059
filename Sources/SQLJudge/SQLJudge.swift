/// Says of an SQL text whether it is one statement that reads, and does nothing else, by PostgreSQL's own parser: each
/// node of the tree has to be of a kind that is listed, with fields that are listed, and each function by its name.
///
/// What it allows still has to be run in a transaction that can't write, with limits of time and size: a function that a
/// database's owner has made under a listed name, an operator or a view may do what it likes.
package enum SQLJudge {
  /// The longest text, in bytes.
  package static let longest = 20_000

  /// Judges a text on the judge's own thread.
  package static func judge(_ text: String) async -> SQLVerdict {
    await withCheckedContinuation { continuation in
      ParserThread.shared.run { continuation.resume(returning: verdict($0 ? text : nil)) }
    }
  }

  /// On the parser's thread.
  /// - Parameter text: nil where there is no room for it now.
  private static func verdict(_ text: String?) -> SQLVerdict {
    do throws(SQLRefusal) {
      guard let text else { throw SQLRefusal(.tooLarge, "Too many statements are being looked at just now.") }
      return .allowed(try statement(of: text))
    } catch {
      return .refused(error)
    }
  }

  private static func statement(of text: String) throws(SQLRefusal) -> SQLStatement {
    guard text.utf8.count <= longest else {
      throw SQLRefusal(.tooLarge, "A statement is at most \(longest) bytes long.")
    }
    guard !text.utf8.contains(0) else { throw SQLRefusal(.syntax, "A statement does not hold U+0000.") }
    let parsed = try ParsedText(text)
    guard parsed.statements.count == 1 else {
      throw SQLRefusal(.notOne, parsed.statements.isEmpty ? "There is no statement." : "One statement at a time.")
    }
    var walk = TreeWalk(source: Array(text.utf8))
    let kind = try walk.statement(parsed.statements[0].tree)
    return SQLStatement(kind: kind, text: parsed.text(of: parsed.statements[0]), tables: walk.tables)
  }
}
