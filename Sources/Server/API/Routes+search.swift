import Conversation
import HTTPWire
import JSONWire
import Postgres
import Store
import Transport

extension Route {
  /// What was said, by its words.
  static let search: [Route] = [
    Route(.get, "/v1/search", .sessions(.read)) { shard, call throws(Problem) in try await shard.search(call) }
  ]
}

extension Shard {
  fileprivate func search(_ call: APICall) async throws(Problem) -> HTTPResponse {
    let caller = try call.acting()
    guard let question = try call.text("q", characters: 500) else { throw .badField("q: what to look for") }
    let limit = try call.int("limit", in: 1...50, otherwise: 20)
    let cursor = try call.cursor(of: .search, count: 3)
    let rows = try await read(
      .search,
      [
        .text(question), cursor.map { .timestamptz($0.numbers[0]) } ?? .null,
        cursor.map {
          .uuid(UUIDValue(high: UInt64(bitPattern: $0.numbers[1]), low: UInt64(bitPattern: $0.numbers[2])))
        } ?? .null, .int8(Int64(limit + 1)),
      ], for: caller)
    return try reading { () throws(PostgresError) in
      var next: String?
      if rows.count > limit {
        let id = try rows.uuid(limit - 1, 8)
        let numbers = [try rows.timestamp(limit - 1, 7), Int64(bitPattern: id.high), Int64(bitPattern: id.low)]
        next = PageCursor(numbers).text(of: .search)
      }
      return try .page("results", count: min(limit, rows.count), next: next) { json, row throws(PostgresError) in
        try json.finding(rows, row)
      }
    }
  }
}
