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
    },
    Route(.get, "/v1/analytics", .account(.readSites)) { shard, call throws(Problem) in
      try await shard.analyticsOfSites(call)
    },
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

extension APICall {
  /// What is asked for, of one site or of some.
  /// - Parameters:
  ///   - now: in milliseconds since 1970.
  ///   - sites: their numbers; nil: all.
  fileprivate func analytics(now: Int64, sites: [Int64]?) throws(Problem) -> ActivityBook.Question {
    let step = try word("step", AnalyticsStep.self) ?? .day
    let last = try day("to") ?? now / millisecondsOfDay
    let first = try day("from") ?? last - 29
    // The hours of a year on hundreds of sites would be millions of lines.
    let most = step == .hour && sites?.count != 1 ? 31 : AnalyticsStep.mostDays
    guard first <= last, last - first < most else {
      throw .badField("from, to: the first day and the last, at most \(most) days")
    }
    return ActivityBook.Question(
      step: step.rawValue, from: first * millisecondsOfDay * 1000, to: (last + 1) * millisecondsOfDay * 1000,
      agent: try text("agent", characters: 64), sites: sites, present: (now - 5 * 60_000) * 1000)
  }

  /// The spans, as they are asked for.
  fileprivate func answer(
    _ spans: [AnalyticsSpan], present: Int64, ofSites hasSites: Bool
  ) throws(Problem) -> HTTPResponse {
    if try word("format", AnalyticsFormat.self) == .csv {
      return .table(AnalyticsSpan.table(spans, hasSites: hasSites))
    }
    return .json { json in
      json.beginObject()
      json.key("active_sessions")
      json.int(present)
      json.key("spans")
      json.beginArray()
      for span in spans { span.write(to: &json) }
      json.endArray()
      json.endObject()
    }
  }
}

extension Shard {
  fileprivate func analytics(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let site = try await site(call, for: .readSites)
    let question = try call.analytics(now: wallClock, sites: [site.id])
    let parameters: [PostgresValue] = [
      .text(question.step), .timestamptz(question.from), .timestamptz(question.to),
      question.agent.map { .text($0) } ?? .null,
    ]
    let acting = Acting(site: site.id, owner: nil, reach: .site)
    let results = try await read(
      [(.activity, parameters), (.present, [.timestamptz(question.present)])], as: acting)
    let (spans, present) = try reading { () throws(PostgresError) in
      (try AnalyticsSpan.read(results[0]), try results[1].int(0, 0))
    }
    return try call.answer(spans, present: present, ofSites: false)
  }

  /// Of all sites that somebody may look at.
  fileprivate func analyticsOfSites(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let extent = try await extent(of: call.account, for: .readSites)
    let question = try call.analytics(now: wallClock, sites: extent.numbers)
    let rows = try await keeping { try await self.books.activity.read(question) }
    let spans = try reading { () throws(PostgresError) in
      try AnalyticsSpan.read(rows.activity, hasSites: true)
    }
    return try call.answer(spans, present: rows.present, ofSites: true)
  }
}

/// How it is told.
private enum AnalyticsFormat: String, CaseIterable {
  case json, csv
}

extension HTTPResponse {
  /// A table of comma-separated values with a head (RFC 4180).
  fileprivate static func table(_ text: String) -> HTTPResponse {
    var head = HTTPResponseHead(.ok)
    head.add("Content-Type", "text/csv; charset=utf-8; header=present")
    head.add("Content-Disposition", "attachment; filename=\"analytics.csv\"")
    head.add("Cache-Control", "no-store")
    return HTTPResponse(head, content: Array(text.utf8))
  }
}
