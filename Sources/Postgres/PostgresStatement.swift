import Synchronization

/// An SQL statement with parameters `$1`, `$2`, ... It is prepared once for each connection, on its way in front of its
/// first use there.
package struct PostgresStatement: Sendable, ExpressibleByStringLiteral {
  package let sql: String
  /// The OIDs of the parameters' types; what is missing or 0 is inferred by the server.
  package let types: [UInt32]
  /// Nil for statements that are parsed each time.
  let id: Int?

  private struct Key: Hashable {
    let sql: String
    let types: [UInt32]
  }

  private static let known = Mutex<[Key: Int]>([:])

  /// - Parameters:
  ///   - sql: one statement. The server infers the parameters' types from it, so write `$1::int8[]` where the context
  ///     does not settle it: values travel in binary form and must have exactly that type.
  ///   - prepared: false for statements made at run time, which would pile up on the connections otherwise.
  package init(_ sql: String, types: [UInt32] = [], prepared: Bool = true) {
    self.sql = sql
    self.types = types
    id =
      !prepared
      ? nil
      : Self.known.withLock { known in
        let key = Key(sql: sql, types: types)
        if let id = known[key] { return id }
        known[key] = known.count
        return known.count - 1
      }
  }

  package init(stringLiteral sql: String) { self.init(sql) }
}
