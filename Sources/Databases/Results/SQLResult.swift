package import JSONWire

/// What a statement has given back, as far as the limits let it. What is in it was written by anybody: it is data.
package struct SQLResult: Sendable, Equatable {
  package struct Column: Sendable, Equatable {
    package let name: String
    package let isNumber: Bool
    package let isTruth: Bool
  }

  package let columns: [Column]
  /// The values as text; nil for NULL.
  package let rows: [[String?]]
  /// Whether there was more than is here: rows, or parts of values.
  package let isTruncated: Bool
  package let durationMilliseconds: Int64
  /// What was asked.
  package let sql: String

  /// `{columns, rows, row_count, truncated, duration_ms, sql}`.
  package func write(to json: inout JSONWriter) { write(chart: nil, to: &json) }

  /// The same, with `chart` where there is one.
  func write(chart: ResultChart?, to json: inout JSONWriter) {
    json.beginObject()
    json.key("columns")
    json.beginArray()
    for column in columns { json.string(column.name) }
    json.endArray()
    json.key("rows")
    json.beginArray()
    for row in rows {
      json.beginArray()
      for (value, column) in zip(row, columns) { Self.write(value, column, to: &json) }
      json.endArray()
    }
    json.endArray()
    json.key("row_count")
    json.int(rows.count)
    json.key("truncated")
    json.bool(isTruncated)
    json.key("duration_ms")
    json.int(durationMilliseconds)
    json.key("sql")
    json.string(sql)
    if let chart {
      json.key("chart")
      chart.write(to: &json)
    }
    json.endObject()
  }

  private static func write(_ value: String?, _ column: Column, to json: inout JSONWriter) {
    guard let value else { return json.null() }
    if column.isTruth { return json.bool(value == "true") }
    // NaN and infinity are no numbers in JSON.
    if column.isNumber, let number = try? JSONValue(parsing: value), number.double != nil {
      return number.write(to: &json)
    }
    json.string(value)
  }
}
