package import Log
package import Postgres

/// The only way from a request to the database: each of its transactions begins by taking the role that row-level
/// security binds, and by saying for whom it acts. Both end with the transaction.
package struct RequestLane: Sendable {
  private let client: PostgresClient
  private let log: Logger

  package init(_ client: PostgresClient, log: Logger) {
    self.client = client
    self.log = log
  }

  /// Reads by one statement.
  package func read(
    _ statement: RequestStatement, _ parameters: [PostgresValue], as acting: Acting
  ) async throws(StoreError) -> PostgresRows {
    try await read([(statement, parameters)], as: acting)[0]
  }

  /// Reads by several statements in one transaction and one round trip.
  package func read(
    _ steps: [(RequestStatement, [PostgresValue])], as acting: Acting
  ) async throws(StoreError) -> [PostgresRows] {
    let act: [PostgresValue] = [
      .int8(acting.site), acting.owner.map { .bytea($0) } ?? .null, .text(acting.reach.rawValue),
    ]
    do throws(PostgresError) {
      let results = try await client.transaction(
        [(Statements.act, act)] + steps.map { ($0.0.statement, $0.1) })
      return Array(results.dropFirst())
    } catch {
      throw error.asStoreError(log)
    }
  }
}

extension Statements {
  /// Begins a request's transaction. Who is unknown is visitor 0, which nobody is. One plan for all parameters, which
  /// finds rows by their keys: making one takes longer than reading, and compiling it (JIT) a thousand times as long.
  static let act: PostgresStatement = """
    SELECT set_config('skein.site', ($1::int8)::text, true), set_config('skein.reach', $3::text, true),
      set_config('skein.visitor', coalesce(
        (SELECT id FROM visitors WHERE site_id = $1::int8 AND token_digest = $2::bytea), 0)::text, true),
      set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
      set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
      set_config('jit', 'off', true), set_config('role', 'skein_request', true)
    """
}
