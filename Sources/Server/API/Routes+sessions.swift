import Conversation
import HTTPWire
import JSONWire
import Log
import Postgres
import Store
import Transport

extension Route {
  /// Sessions as resources.
  static let sessions: [Route] = [
    Route(.get, "/v1/sessions/{id}", .owner) { shard, call throws(Problem) in
      let caller = try call.acting()
      guard let id = SessionID(call.value("id")) else { throw .badField("session: 16 to 64 of A-Z a-z 0-9 _ -") }
      let rows = try await shard.read(.session, [.text(id.text)], for: caller)
      guard rows.count > 0 else { throw .notFound("there is no such session") }
      return try shard.reading { () throws(PostgresError) in
        let version = try rows.int(0, 1)
        return call.answer(try .session(rows, 0), EntityTag("v\(version)"))
      }
    }
  ]
}

extension Shard {
  /// Reads what a caller may see.
  func read(
    _ statement: RequestStatement, _ parameters: [PostgresValue], for caller: Caller
  ) async throws(Problem) -> PostgresRows {
    do throws(StoreError) {
      return try await requests.read(statement, parameters, as: caller.acting)
    } catch {
      throw error == .unavailable ? .unavailable : .internal
    }
  }

  /// Makes an answer of rows.
  func reading<Value>(_ body: () throws(PostgresError) -> Value) throws(Problem) -> Value {
    do throws(PostgresError) {
      return try body()
    } catch {
      log.error("a row can't be read", ["error": error])
      throw .internal
    }
  }
}

extension HTTPResponse {
  /// A session from a row of `RequestStatement.session`.
  fileprivate static func session(_ rows: PostgresRows, _ row: Int) throws(PostgresError) -> HTTPResponse {
    var json = JSONWriter()
    json.beginObject()
    json.key("id")
    json.string(try rows.text(row, 0))
    json.key("version")
    json.int(try rows.int(row, 1))
    json.optional("title", try rows.optional(row, 2, rows.text))
    json.optional("description", try rows.optional(row, 3, rows.text))
    json.key("context")
    json.raw(try rows.bytes(row, 4))
    json.key("metadata")
    json.raw(try rows.bytes(row, 5))
    json.key("status")
    json.string(try rows.text(row, 6))
    json.key("message_count")
    json.int(try rows.int(row, 7))
    json.key("started_at")
    json.timestamp(try rows.timestamp(row, 8) / 1000)
    json.key("last_activity_at")
    json.timestamp(try rows.timestamp(row, 9) / 1000)
    json.endObject()
    return .json(.ok, json.bytes)
  }
}
