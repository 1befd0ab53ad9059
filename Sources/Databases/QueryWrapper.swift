/// Puts a query into one that gives back no more than the limits allow, so that the database itself cuts off: rows
/// beyond the limit are not made, long values and rows beyond the bytes do not travel.
struct QueryWrapper {
  let limits: QueryLimits
  /// As the judge has allowed it.
  let sql: String

  /// Asks for the columns alone.
  var shape: String { "SELECT * FROM (\n\(sql)\n) AS q LIMIT 0" }

  /// What is run; its plan is judged before.
  /// - Parameter columns: how many there are, 1 or more.
  /// - Returns: a query whose first column is the number of rows up to one beyond the limit, the others the values as
  ///   text, one character longer than the limit where they are longer.
  func bounded(columns: Int) -> String {
    let names = (1...columns).map { "c\($0)" }
    let cells = names.map { "left(x.\($0)::text, \(limits.cellCharacters + 1)) AS \($0)" }.joined(separator: ", ")
    let bytes = names.map { "coalesce(octet_length(y.\($0)), 0)" }.joined(separator: " + ")
    return """
      SELECT z.n, \(names.map { "z.\($0)" }.joined(separator: ", ")) FROM (
      SELECT count(*) OVER () AS n, row_number() OVER () AS r,
      sum(\(bytes)) OVER (ROWS UNBOUNDED PRECEDING) AS b, y.*
      FROM (SELECT \(cells) FROM (
      \(sql)
      ) AS x (\(names.joined(separator: ", "))) LIMIT \(limits.rows + 1)) AS y) AS z
      WHERE z.r <= \(limits.rows) AND (z.r = 1 OR z.b <= \(limits.bytes))
      """
  }
}
