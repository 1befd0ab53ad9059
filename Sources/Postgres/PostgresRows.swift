import CPostgres

/// What a statement returned. Values are read in place from libpq's memory, by row and column, both counted from 0;
/// reading one that is absent, NULL or of another type throws.
package final class PostgresRows: @unchecked Sendable {
  private let result: OpaquePointer

  /// How many rows there are.
  package let count: Int
  /// How many columns there are.
  package let columns: Int
  private let types: [PostgresType]

  /// Takes over a result, which nothing changes any more.
  init(owning result: OpaquePointer) {
    self.result = result
    count = Int(PQntuples(result))
    columns = Int(PQnfields(result))
    types = (0..<PQnfields(result)).map { PostgresType(oid: PQftype(result, $0)) }
  }

  deinit { PQclear(result) }

  package var isEmpty: Bool { count == 0 }

  /// How many rows an INSERT, UPDATE, DELETE or SELECT concerned.
  package var affected: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

  /// A column's name.
  package func name(_ column: Int) -> String {
    PQfname(result, Int32(column)).map { String(cString: $0) } ?? ""
  }

  /// Whether a value is NULL; absent ones count as NULL.
  package func isNull(_ row: Int, _ column: Int) -> Bool {
    guard row >= 0, row < count, column >= 0, column < columns else { return true }
    return holdsNull(row, column)
  }

  /// Whether a value that is there is NULL: what is not empty isn't, which mostly spares a call.
  private func holdsNull(_ row: Int, _ column: Int) -> Bool {
    PQgetlength(result, Int32(row), Int32(column)) == 0 && PQgetisnull(result, Int32(row), Int32(column)) != 0
  }

  /// Reads a value that may be NULL: `try rows.optional(0, 1, rows.int)`.
  package func optional<Value>(
    _ row: Int, _ column: Int, _ read: (Int, Int) throws(PostgresError) -> Value
  ) throws(PostgresError) -> Value? {
    try check(row, column)
    return holdsNull(row, column) ? nil : try read(row, column)
  }

  // MARK: Raw bytes

  /// The type of a column.
  package func type(_ column: Int) -> PostgresType { types[column] }

  /// A value's binary form: of text, bytea and json the content itself.
  @_lifetime(borrow self)
  package func span(_ row: Int, _ column: Int) throws(PostgresError) -> RawSpan {
    let bytes = try buffer(row, column)
    return _overrideLifetime(bytes.bytes, borrowing: self)
  }

  /// A value's binary form, valid as long as these rows are.
  func buffer(_ row: Int, _ column: Int) throws(PostgresError) -> UnsafeRawBufferPointer {
    try check(row, column)
    let length = Int(PQgetlength(result, Int32(row), Int32(column)))
    guard length > 0 || PQgetisnull(result, Int32(row), Int32(column)) == 0 else { throw mismatch(column, "is NULL") }
    let bytes = UnsafeRawBufferPointer(start: PQgetvalue(result, Int32(row), Int32(column)), count: length)
    // jsonb carries a version number in front of its text.
    guard types[column] == .jsonb else { return bytes }
    guard bytes.first == 1 else { throw mismatch(column, "has an unknown version of jsonb") }
    return UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
  }

  private func check(_ row: Int, _ column: Int) throws(PostgresError) {
    guard row >= 0, row < count else { throw PostgresError(.decoding, "row \(row) of \(count) was read") }
    guard column >= 0, column < columns else {
      throw PostgresError(.decoding, "column \(column) of \(columns) was read")
    }
  }

  func mismatch(_ column: Int, _ what: String) -> PostgresError {
    PostgresError(.decoding, "column \(column) (\(name(column))) \(what)")
  }
}
