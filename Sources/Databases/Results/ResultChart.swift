import JSONWire

/// How a result may be drawn: which of its columns stands along the axis, which are drawn. It is declared, never code; who
/// draws it reads the values from the result.
package struct ResultChart: Sendable, Equatable {
  package enum Kind: String, Sendable {
    /// For names and the like.
    case bar
    /// For what follows in time.
    case line
  }

  package let kind: Kind
  /// The place of the column along the axis.
  package let x: Int
  /// The places of the columns that are drawn.
  package let y: [Int]

  private static let rows = 2...60
  /// Of bars.
  private static let mostBars = 25
  private static let mostSeries = 3

  /// The chart that suits a result; nil where none does: a chart has one column of names, times or years without gaps that
  /// are all different, and 1 to 3 columns of numbers beside it, and nothing else.
  package init?(_ result: SQLResult) {
    guard Self.rows.contains(result.rows.count), (2...1 + Self.mostSeries).contains(result.columns.count) else {
      return nil
    }
    let names = result.rows.map { $0[0] }
    let series = Array(1..<result.columns.count)
    guard names.allSatisfy({ $0?.isEmpty == false }), Set(names).count == names.count,
      series.allSatisfy({ result.columns[$0].isNumber && Self.isDrawable($0, of: result) })
    else { return nil }
    let texts = names.compactMap { $0 }
    let areTimes = texts.allSatisfy(Self.isTime) || texts.allSatisfy(Self.isYear)
    guard areTimes || !result.columns[0].isNumber && !result.columns[0].isTruth else { return nil }
    let isOrdered = zip(texts, texts.dropFirst()).allSatisfy { $0 < $1 }
    kind = areTimes && isOrdered ? .line : .bar
    guard kind == .line || texts.count <= Self.mostBars else { return nil }
    x = 0
    y = series
  }

  /// Whether a column has a number in most of its rows, and nothing but numbers.
  private static func isDrawable(_ column: Int, of result: SQLResult) -> Bool {
    let values = result.rows.compactMap { $0[column] }
    return values.count * 2 > result.rows.count && values.allSatisfy { Double($0)?.isFinite == true }
  }

  /// A month, a day or an instant, as databases write them.
  private static func isTime(_ text: String) -> Bool {
    text.wholeMatch(of: /[0-9]{4}-[0-9]{2}(-[0-9]{2}([ T][0-9:.+\-]{5,20})?)?/) != nil
  }

  private static func isYear(_ text: String) -> Bool { text.wholeMatch(of: /(19|20)[0-9]{2}/) != nil }

  /// `{kind, x, y}`, columns by their places.
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("kind")
    json.string(kind.rawValue)
    json.key("x")
    json.int(x)
    json.key("y")
    json.beginArray()
    for column in y { json.int(column) }
    json.endArray()
    json.endObject()
  }
}
