import JSONWire

extension SQLResult {
  /// What is kept of a result with the answer: `{columns, rows, row_count, truncated, duration_ms, sql, chart?}`, as many of
  /// its first rows as there is room for; `truncated` where that is not all.
  /// - Parameter most: the room, in bytes.
  /// - Returns: JSON; empty where there is no room for the statement itself.
  package func stored(atMost most: Int) -> [UInt8] {
    var count = rows.count
    while true {
      let part = SQLResult(
        columns: columns, rows: Array(rows.prefix(count)), isTruncated: isTruncated || count < rows.count,
        durationMilliseconds: durationMilliseconds, sql: sql)
      var json = JSONWriter()
      // A part of a series would be drawn as if it were the whole.
      part.write(chart: count < rows.count ? nil : ResultChart(part), to: &json)
      let bytes = json.bytes
      if bytes.count <= most { return bytes }
      guard count > 0 else { return [] }
      count = min(count - 1, count * most / bytes.count)
    }
  }
}
