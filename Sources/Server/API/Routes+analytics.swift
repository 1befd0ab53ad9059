import Calendar
import Conversation
import HTTPWire
import JSONWire
import Log
import Postgres
import Store
import Transport

extension Route {
  /// What happens on a site.
  static let analytics: [Route] = [
    Route(.get, "/v1/sites/{key}/analytics", .account(.readSites)) { shard, call throws(Problem) in
      try await shard.analytics(call)
    }
  ]
}

/// A span of time that is counted together.
private enum AnalyticsStep: String, CaseIterable {
  case hour, day

  /// How many days are told at once.
  static let mostDays: Int64 = 366
}

private let millisecondsOfDay: Int64 = 86_400_000

extension APICall {
  /// A parameter of the query that is a day, as `2026-11-21`: its number since 1970; nil where it is missing.
  fileprivate func day(_ name: String) throws(Problem) -> Int64? {
    guard let text = head.queryValue(name) else { return nil }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard text.utf8.count == 10, parts.map(\.utf8.count) == [4, 2, 2], let year = Int(parts[0]),
      let month = Int(parts[1]), let day = Int(parts[2])
    else { throw .badField("\(name): a day, as 2026-11-21") }
    let date = CivilDate(year: year, month: month, day: day)
    // What is no day of the calendar would count as another.
    guard year >= 1970, (1...12).contains(month), CivilDate(daysSince1970: date.daysSince1970) == date else {
      throw .badField("\(name): a day, as 2026-11-21")
    }
    return date.daysSince1970
  }
}

extension Shard {
  fileprivate func analytics(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let site = try await site(call, for: .readSites)
    let step = try call.word("step", AnalyticsStep.self) ?? .day
    let last = try call.day("to") ?? wallClock / millisecondsOfDay
    let first = try call.day("from") ?? last - 29
    guard first <= last, last - first < AnalyticsStep.mostDays else {
      throw .badField("from, to: the first day and the last, at most \(AnalyticsStep.mostDays) days")
    }
    let isTable = try call.word("format", AnalyticsFormat.self) == .csv
    let agent = try call.text("agent", characters: 64)
    let parameters: [PostgresValue] = [
      .text(step.rawValue), .timestamptz(first * millisecondsOfDay * 1000),
      .timestamptz((last + 1) * millisecondsOfDay * 1000), agent.map { .text($0) } ?? .null,
    ]
    let acting = Acting(site: site.id, owner: nil, reach: .site)
    let results = try await read(
      [
        (.activity, parameters), (.latencies, parameters),
        (.present, [.timestamptz((wallClock - 5 * 60_000) * 1000)]),
      ], as: acting)
    return try reading { () throws(PostgresError) in
      let spans = try AnalyticsSpan.read(activity: results[0], latencies: results[1])
      if isTable { return .table(spans) }
      var json = JSONWriter()
      json.beginObject()
      json.key("active_sessions")
      json.int(try results[2].int(0, 0))
      json.key("spans")
      json.beginArray()
      for span in spans { span.write(to: &json) }
      json.endArray()
      json.endObject()
      return .json(.ok, json.bytes)
    }
  }
}

/// How it is told.
private enum AnalyticsFormat: String, CaseIterable {
  case json, csv
}

extension HTTPResponse {
  /// A table of comma-separated values with a head (RFC 4180).
  fileprivate static func table(_ spans: [AnalyticsSpan]) -> HTTPResponse {
    var head = HTTPResponseHead(.ok)
    head.add("Content-Type", "text/csv; charset=utf-8; header=present")
    head.add("Content-Disposition", "attachment; filename=\"analytics.csv\"")
    head.add("Cache-Control", "no-store")
    return HTTPResponse(head, content: Array(AnalyticsSpan.table(spans).utf8))
  }
}
