import CPostgres
import Log
import Reactor

/// A connection for one user alone, as `PostgresClient.session` hands it out: requests run one after the other, and what
/// one leaves behind (an open transaction, an advisory lock, a setting) is there for the next.
package actor PostgresSession {
  package nonisolated let unownedExecutor: UnownedSerialExecutor
  private let connection: HeldConnection
  private let timeout: UInt64

  init(loop: EventLoop, configuration: PostgresConfiguration, timeout: UInt64, log: Logger) {
    unownedExecutor = loop.asUnownedSerialExecutor()
    self.timeout = timeout
    connection = HeldConnection(loop: loop, configuration: configuration, timeout: timeout, log: log)
  }

  func open() async throws(PostgresError) {
    let failure = await withCheckedContinuation { connection.open($0) }
    if let failure { throw failure }
  }

  func close() { connection.close() }

  /// Runs one statement.
  package func query(
    _ statement: PostgresStatement, _ parameters: [PostgresValue] = []
  ) async throws(PostgresError) -> PostgresRows {
    try await connection.query(statement, parameters, limit: timeout)
  }

  /// Whether a transaction is open, failed or not. Between requests only.
  package var isInTransaction: Bool { connection.isInTransaction }

  /// Runs several statements given as text, as `psql` does; without BEGIN of their own they are one transaction.
  package func script(_ sql: String) async throws(PostgresError) {
    _ = try await connection.perform(.script(sql), limit: timeout)
  }
}

/// The connection of a session. It belongs to the loop's thread, hence `@unchecked Sendable`.
final class HeldConnection: ConnectionOwner, RequestTarget, @unchecked Sendable {
  private let connection: Connection
  private let timeout: UInt64
  private var opener: CheckedContinuation<PostgresError?, Never>?
  private var waiting = Queue<Request>()
  private var failure: PostgresError?

  init(loop: EventLoop, configuration: PostgresConfiguration, timeout: UInt64, log: Logger) {
    self.timeout = timeout
    connection = Connection(
      loop: loop, configuration: configuration, parameters: ParameterBuffer(), flusher: nil, log: log)
    connection.isShared = false
  }

  func open(_ opener: CheckedContinuation<PostgresError?, Never>) {
    self.opener = opener
    connection.owner = self
    connection.start()
  }

  var isInTransaction: Bool {
    PQtransactionStatus(connection.handle) == PQTRANS_INTRANS
      || PQtransactionStatus(connection.handle) == PQTRANS_INERROR
  }

  func close() { connection.end(PostgresError(.closed, "the session was closed")) }

  func submit(_ request: Request) {
    if let failure { return request.finish(.failure(failure)) }
    if connection.isIdle { connection.send(request) } else { waiting.append(request) }
  }

  func connectionOpened(_ connection: Connection) {
    if timeout > 0 { connection.setStatementTimeout(timeout) }
    opener?.resume(returning: nil)
    opener = nil
  }

  func connectionProgressed(_ connection: Connection) {
    if connection.isIdle, let request = waiting.popFirst() { connection.send(request) }
  }

  func connectionEnded(_ connection: Connection, _ error: PostgresError) {
    failure = error
    opener?.resume(returning: error)
    opener = nil
    for request in waiting.removeAll() { request.finish(.failure(error)) }
  }

  func connectionNotified(_ connection: Connection, _ notification: PostgresNotification) {}
}
