import SQLJudge

extension DatabaseSchema {
  private static let mostTables = 30
  private static let mostRows = 3
  /// Characters of a value.
  private static let longest = 60

  /// The same with the first rows of its first tables; of one that can't be read there are none.
  func withSamples(from link: any DatabaseLink) async -> DatabaseSchema {
    var tables = self.tables
    for place in tables.indices.prefix(Self.mostTables) where !tables[place].isView {
      let reference = tables[place].reference
      let statement = SQLStatement(
        kind: .query, text: "SELECT * FROM \(reference) LIMIT \(Self.mostRows)", tables: [reference])
      do throws(DatabaseError) {
        tables[place].samples = try await link.run(statement).rows.map { row in
          row.map { $0.map { String($0.prefix(Self.longest)) } }
        }
      } catch {
        // A connection that was lost answers nothing more.
        if await link.isClosed { break }
      }
    }
    return DatabaseSchema(tables: tables, engine: engine)
  }
}
