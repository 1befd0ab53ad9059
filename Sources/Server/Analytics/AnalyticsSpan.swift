import JSONWire
import Calendar
import Conversation
import Postgres
import Store

/// What happened on a site with an agent in a span of time.
struct AnalyticsSpan: Equatable {
  /// Its beginning, in milliseconds since 1970.
  let start: Int64
  /// The site's key, where there are several.
  var site: String?
  let agent: String
  /// By `counters`.
  var counts: [Int64]
  var firstBytes = LatencyClasses()
  var wholes = LatencyClasses()

  static let counters: [StaticString] = [
    "sessions", "messages", "answers", "failed", "stopped", "interrupted", "resumes", "ratings_up", "ratings_down",
    "input_tokens", "output_tokens",
  ]
  static let quantiles: [StaticString] = [
    "first_byte_p50_ms", "first_byte_p95_ms", "answer_p50_ms", "answer_p95_ms",
  ]

  /// By `quantiles`; nil where nothing was measured.
  var times: [Int64?] {
    [firstBytes.quantile(0.5), firstBytes.quantile(0.95), wholes.quantile(0.5), wholes.quantile(0.95)]
  }

  /// From the rows of `RequestStatement.activity` and `.latencies`.
  /// - Parameter hasSites: whether each begins with its site's key.
  static func read(
    activity: PostgresRows, latencies: PostgresRows, hasSites: Bool = false
  ) throws(PostgresError) -> [AnalyticsSpan] {
    struct Place: Hashable {
      let start: Int64
      let site: String?
      let agent: String
    }
    let first = hasSites ? 1 : 0
    func place(_ rows: PostgresRows, _ row: Int) throws(PostgresError) -> Place {
      Place(
        start: try rows.timestamp(row, first) / 1000, site: hasSites ? try rows.text(row, 0) : nil,
        agent: try rows.text(row, first + 1))
    }
    var spans: [AnalyticsSpan] = []
    var places: [Place: Int] = [:]
    for row in 0..<activity.count {
      let place = try place(activity, row)
      var counts: [Int64] = []
      for column in counters.indices { counts.append(try activity.int(row, first + 2 + column)) }
      places[place] = spans.count
      spans.append(AnalyticsSpan(start: place.start, site: place.site, agent: place.agent, counts: counts))
    }
    for row in 0..<latencies.count {
      guard let index = places[try place(latencies, row)] else { continue }
      let (count, number) = (try latencies.int(row, first + 4), Int(try latencies.int(row, first + 3)))
      if try latencies.text(row, first + 2) == "whole" {
        spans[index].wholes.add(count, class: number)
      } else {
        spans[index].firstBytes.add(count, class: number)
      }
    }
    return spans
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
    json.endObject()
  }

  /// As comma-separated values, with a line of names.
  /// - Parameter hasSites: whether they are of several sites.
  static func table(_ spans: [AnalyticsSpan], hasSites: Bool = false) -> String {
    let names = ["start"] + (hasSites ? ["site"] : []) + ["agent"] + (counters + quantiles).map { "\($0)" }
    let lines = spans.map { span in
      // A key and a slug have no comma and no quote.
      ([Timestamp.text(milliseconds: span.start)] + (span.site.map { [$0] } ?? []) + [span.agent]
        + span.counts.map { "\($0)" }
        + span.times.map { $0.map { "\($0)" } ?? "" }).joined(separator: ",")
    }
    return ([names.joined(separator: ",")] + lines).map { $0 + "\r\n" }.joined()
  }
}
