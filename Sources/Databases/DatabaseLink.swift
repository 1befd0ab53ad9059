import SQLJudge

/// A connection to a user's database. Everything is asked in a transaction that can't write and is always rolled back;
/// behind it nothing is left on the connection, or the connection is closed.
protocol DatabaseLink: Actor {
  var isClosed: Bool { get }

  /// Makes sure that it answers.
  /// - Returns: its version.
  func test() async throws(DatabaseError) -> String

  /// Reads what there is.
  func schema() async throws(DatabaseError) -> DatabaseSchema

  /// Runs a statement that the engine's judge has allowed.
  func run(_ statement: SQLStatement) async throws(DatabaseError) -> SQLResult

  func close() async
}
