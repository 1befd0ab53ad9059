package import Log
package import Reactor

/// PostgreSQL for the actors of one loop: a pool of connections that all live on the loop, so that an `await` from
/// another actor of the same loop costs no hop.
///
/// Requests share connections: they are sent as they come, one behind the other, and answered in order. A client is
/// closed with `close()`; it does not close itself.
package actor PostgresClient {
  package nonisolated let unownedExecutor: UnownedSerialExecutor
  package nonisolated let loop: EventLoop
  package nonisolated let configuration: PostgresConfiguration

  private nonisolated let pool: ConnectionPool
  private let log: Logger
  private var listeners: [PostgresListener] = []

  /// Connects at the first request.
  package init(loop: EventLoop, configuration: PostgresConfiguration, log: Logger) {
    self.loop = loop
    self.configuration = configuration
    self.log = log
    unownedExecutor = loop.asUnownedSerialExecutor()
    pool = ConnectionPool(loop: loop, configuration: configuration, log: log)
  }

  /// False from a failed attempt to connect until one succeeds; meanwhile requests fail at once. From any thread.
  package nonisolated var isAvailable: Bool { pool.isAvailable }

  /// Calls `observer` on the loop's thread whenever `isAvailable` changes.
  package func observeAvailability(_ observer: @escaping @Sendable (Bool) -> Void) {
    pool.observe(observer)
  }

  /// Makes sure that the database can be reached.
  package func connect() async throws(PostgresError) {
    _ = try await query("SELECT 1")
  }

  /// Runs one statement in a transaction of its own.
  /// - Parameter timeout: in milliseconds, instead of the configuration's; a longer one does not lengthen the server's
  ///   own limit.
  package func query(
    _ statement: PostgresStatement, _ parameters: [PostgresValue] = [], timeout: UInt64? = nil
  ) async throws(PostgresError) -> PostgresRows {
    try await pool.query(statement, parameters, limit: timeout ?? configuration.queryTimeout)
  }

  /// Runs the steps in one transaction and one round trip: all of them or none. A pipeline up to its sync point is one
  /// implicit transaction (PostgreSQL's documentation, 34.5.1.3), so no BEGIN and COMMIT travel; `SET LOCAL` has no
  /// effect in it, `set_config(..., true)` has. Also the cheapest way to read several things at once.
  /// - Returns: one result for each step.
  /// - Throws: an error whose `step` is the index of the step that failed; nil where the commit itself failed.
  package func transaction(
    _ steps: [(PostgresStatement, [PostgresValue])], timeout: UInt64? = nil
  ) async throws(PostgresError) -> [PostgresRows] {
    if steps.isEmpty { return [] }
    return try await pool.perform(.steps(steps), limit: timeout ?? configuration.queryTimeout)
  }

  /// Opens a connection beside the pool's for work of several steps (migrations, advisory locks), and closes it behind
  /// `body`, which ends whatever was left open.
  /// - Parameter timeout: for each request, in milliseconds; 0 sets no limit.
  package func session<Value: Sendable>(
    timeout: UInt64 = 0, _ body: (PostgresSession) async throws -> Value
  ) async throws -> Value {
    let session = PostgresSession(loop: loop, configuration: configuration, timeout: timeout, log: log)
    try await session.open()
    do {
      let value = try await body(session)
      await session.close()
      return value
    } catch {
      await session.close()
      throw error
    }
  }

  /// Listens on a connection of its own, which reconnects for ever.
  /// - Parameters:
  ///   - channels: names as in `NOTIFY`, not quoted.
  ///   - handler: called on the loop's thread. Hints that were sent while the connection was away are lost: look at the
  ///     rows at every `.listening`.
  @discardableResult
  package func listen(
    _ channels: [String], _ handler: @escaping @Sendable (PostgresListenEvent) -> Void
  ) -> PostgresListener {
    let listener = PostgresListener(
      loop: loop, configuration: configuration, channels: channels, log: log, handler: handler)
    listeners.append(listener)
    listener.start()
    return listener
  }

  /// Ends a listener: its handler is not called any more.
  package func stop(_ listener: PostgresListener) {
    listeners.removeAll { $0 === listener }
    listener.stop()
  }

  /// Takes no more requests, waits for those in flight, closes all connections and listeners.
  package func close() async {
    for listener in listeners { listener.stop() }
    listeners.removeAll()
    await withCheckedContinuation { pool.close($0) }
  }
}
