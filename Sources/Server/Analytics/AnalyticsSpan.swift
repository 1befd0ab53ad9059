import JSONWire
import Calendar
import Conversation
import Postgres
import Store

/// What happened on a site with an agent in a span of time.
struct AnalyticsSpan {
  /// Its beginning, in milliseconds since 1970.
  let start: Int64
  /// The site's key, where there are several.
  let site: String?
  let agent: String
  /// By `counters`.
  let counts: [Int64]
  let firstBytes: LatencyClasses
  let wholes: LatencyClasses
  /// Amounts in millionths of a millionth, by their digits, and their currencies.
  let costs: [(currency: String, picos: String)]

  static let counters: [StaticString] = [
    "sessions", "messages", "answers", "failed", "stopped", "interrupted", "resumes", "ratings_up", "ratings_down",
    "input_tokens", "output_tokens", "estimated_tokens",
  ]
  static let quantiles: [StaticString] = [
    "first_byte_p50_ms", "first_byte_p95_ms", "answer_p50_ms", "answer_p95_ms",
  ]

  /// By `quantiles`; nil where nothing was measured.
  var times: [Int64?] {
    [firstBytes.quantile(0.5), firstBytes.quantile(0.95), wholes.quantile(0.5), wholes.quantile(0.95)]
  }

  /// From the rows of `RequestStatement.activity`.
  /// - Parameter hasSites: whether each begins with its site's key.
  static func read(_ rows: PostgresRows, hasSites: Bool = false) throws(PostgresError) -> [AnalyticsSpan] {
    let first = hasSites ? 1 : 0
    return try (0..<rows.count).map { row throws(PostgresError) in
      var column = first + 2
      func classes() throws(PostgresError) -> LatencyClasses {
        defer { column += 1 }
        return LatencyClasses(try rows.ints(row, column))
      }
      var counts: [Int64] = []
      for _ in counters {
        counts.append(try rows.int(row, column))
        column += 1
      }
      return AnalyticsSpan(
        start: try rows.timestamp(row, first) / 1000, site: hasSites ? try rows.text(row, 0) : nil,
        agent: try rows.text(row, first + 1), counts: counts, firstBytes: try classes(), wholes: try classes(),
        costs: Self.costs(try rows.bytes(row, column)))
    }
  }

  private static func costs(_ json: [UInt8]) -> [(currency: String, picos: String)] {
    ((try? JSONValue(parsing: json))?.object?.members ?? []).map { ($0.key, $0.value.description) }
  }

  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("start")
    json.timestamp(start)
    if let site {
      json.key("site")
      json.string(site)
    }
    json.key("agent")
    json.string(agent)
    for (name, count) in zip(Self.counters, counts) {
      json.key(name)
      json.int(count)
    }
    for (name, time) in zip(Self.quantiles, times) {
      json.key(name)
      if let time { json.int(time) } else { json.null() }
    }
    json.key("costs")
    json.beginArray()
    for cost in costs {
      json.beginObject()
      json.key("amount")
      json.string(Cost.amount(cost.picos))
      json.key("currency")
      json.string(cost.currency)
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }

  /// As comma-separated values, with a line of names.
  /// - Parameter hasSites: whether they are of several sites.
  static func table(_ spans: [AnalyticsSpan], hasSites: Bool = false) -> String {
    let names = ["start"] + (hasSites ? ["site"] : []) + ["agent"] + (counters + quantiles + ["costs"]).map { "\($0)" }
    let lines = spans.map { span in
      // A key, a slug and a currency have no comma and no quote.
      ([Timestamp.text(milliseconds: span.start)] + (span.site.map { [$0] } ?? []) + [span.agent]
        + span.counts.map { "\($0)" }
        + span.times.map { $0.map { "\($0)" } ?? "" }
        + [span.costs.map { "\(Cost.amount($0.picos)) \($0.currency)" }.joined(separator: "; ")])
        .joined(separator: ",")
    }
    return ([names.joined(separator: ",")] + lines).map { $0 + "\r\n" }.joined()
  }
}
