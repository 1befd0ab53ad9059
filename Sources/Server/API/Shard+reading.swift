import Log
import Postgres
import Store

/// From the database's answers to those of requests.
extension Shard {
  /// Asks the store.
  func asking<Value: Sendable>(
    _ body: () async throws(StoreError) -> Value
  ) async throws(Problem) -> Value {
    do throws(StoreError) {
      return try await body()
    } catch {
      throw error == .unavailable ? .unavailable : .internal
    }
  }

  /// Reads what a caller may see.
  func read(
    _ statement: RequestStatement, _ parameters: [PostgresValue], for caller: Caller
  ) async throws(Problem) -> PostgresRows {
    try await read([(statement, parameters)], as: caller.acting)[0]
  }

  /// Reads what somebody may see, by several statements at once.
  func read(
    _ steps: [(RequestStatement, [PostgresValue])], as acting: Acting
  ) async throws(Problem) -> [PostgresRows] {
    try await asking { () async throws(StoreError) in try await requests.read(steps, as: acting) }
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
