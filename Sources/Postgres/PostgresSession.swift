// It brings the types of threads along.
import CLinux
import CPostgres
import Glibc
package import Log
package import Reactor

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

  /// Opens a connection that belongs to no client, as to another's database.
  /// - Parameter timeout: for each request, in milliseconds; 0 sets no limit.
  package static func open(
    loop: EventLoop, configuration: PostgresConfiguration, timeout: UInt64, log: Logger
  ) async throws(PostgresError) -> PostgresSession {
    let session = PostgresSession(loop: loop, configuration: configuration, timeout: timeout, log: log)
    try await session.open()
    return session
  }

  func open() async throws(PostgresError) {
    let failure = await withCheckedContinuation { connection.open($0) }
    if let failure { throw failure }
  }

  /// Closes the connection. The server ends what it is doing when it notices.
  package func close() { connection.close() }

  /// Asks the server to end what it is doing, which then fails with SQLSTATE 57014. Nothing waits for it.
  package func cancel() { connection.cancel() }

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

  /// The server takes this on a connection of its own, which libpq opens and waits for: so on a thread of its own.
  func cancel() {
    guard !connection.isIdle, let cancellation = PQgetCancel(connection.handle) else { return }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let result = pthread_create(
      &thread, &attributes,
      { cancellation in
        var complaint = [CChar](repeating: 0, count: 256)
        if let cancellation = cancellation.map({ OpaquePointer($0) }) {
          PQcancel(cancellation, &complaint, Int32(complaint.count))
          PQfreeCancel(cancellation)
        }
        return nil
      }, UnsafeMutableRawPointer(cancellation))
    pthread_attr_destroy(&attributes)
    if result != 0 { PQfreeCancel(cancellation) }
  }

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
