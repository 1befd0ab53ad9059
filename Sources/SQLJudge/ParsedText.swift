import CPGQuery
import JSONWire

/// A text as PostgreSQL's parser reads it.
struct ParsedText {
  struct Statement {
    /// A node: an object of one member, which is named by its kind.
    let tree: JSONValue
    /// Where it begins, and how long it is, in bytes; 0: to the end.
    let location: Int
    let length: Int
  }

  let statements: [Statement]
  private let bytes: [UInt8]

  /// How deep the tree may be, in levels of JSON: an operator takes two of them, a query within another five.
  private static let deepest = 1000

  /// On the parser's thread alone.
  init(_ text: String) throws(SQLRefusal) {
    bytes = Array(text.utf8)
    let result = pg_query_parse(text)
    defer { pg_query_free_parse_result(result) }
    if let error = result.error {
      throw SQLRefusal(.syntax, "This is not SQL: \(String(cString: error.pointee.message)).")
    }
    guard let json = result.parse_tree else { throw SQLRefusal(.syntax, "This can't be read as SQL.") }
    let tree: JSONValue
    do {
      tree = try JSONValue(parsing: String(cString: json), maxDepth: Self.deepest)
    } catch {
      throw SQLRefusal(.tooLarge, "This statement is nested too deeply.")
    }
    var statements: [Statement] = []
    for statement in tree["stmts"]?.array ?? [] {
      guard let root = statement["stmt"] else { throw SQLRefusal(.notOne, "There is no statement.") }
      statements.append(
        Statement(
          tree: root, location: Int(statement["stmt_location"]?.int ?? 0),
          length: Int(statement["stmt_len"]?.int ?? 0)))
    }
    self.statements = statements
  }

  /// The text of a statement, without the semicolon and the white space around it.
  func text(of statement: Statement) -> String {
    let start = min(max(0, statement.location), bytes.count)
    let end = statement.length > 0 ? min(bytes.count, start + statement.length) : bytes.count
    let space: (UInt8) -> Bool = { [9, 10, 11, 12, 13, 32].contains($0) }
    let part = bytes[start..<end].drop(while: space)
    let last = part.lastIndex { !space($0) } ?? part.startIndex - 1
    return String(decoding: part[part.startIndex..<max(part.startIndex, last + 1)], as: UTF8.self)
  }
}
