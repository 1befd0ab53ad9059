import Log
import Reactor

/// A hint from `NOTIFY`.
package struct PostgresNotification: Sendable, Equatable {
  package let channel: String
  /// At most 7,999 bytes.
  package let payload: String
  /// The server's process that sent it: `pg_backend_pid()` there.
  package let process: Int32
}

/// What a listener tells.
package enum PostgresListenEvent: Sendable {
  /// The channels are listened to from now on: for the first time, or again after a loss.
  case listening
  case notification(PostgresNotification)
  /// The connection is gone, and hints with it, until the next `.listening`; told once for each loss.
  case lost(PostgresError)
}

/// A connection that listens; made by `PostgresClient.listen`. It belongs to the loop's thread, hence
/// `@unchecked Sendable`.
package final class PostgresListener: ConnectionOwner, TimerTarget, @unchecked Sendable {
  private enum TimerToken: UInt64 { case retry, heartbeat }

  private let loop: EventLoop
  private let configuration: PostgresConfiguration
  private let channels: [String]
  private let log: Logger
  private let handler: @Sendable (PostgresListenEvent) -> Void
  private let parameters = ParameterBuffer()
  private var connection: Connection?
  private var backoff: Backoff
  private var timer: TimerID?
  private var isStopped = false
  private var isLost = false

  init(
    loop: EventLoop, configuration: PostgresConfiguration, channels: [String], log: Logger,
    handler: @escaping @Sendable (PostgresListenEvent) -> Void
  ) {
    self.loop = loop
    self.configuration = configuration
    self.channels = channels
    self.log = log
    self.handler = handler
    backoff = Backoff(configuration.backoff)
  }

  func start() {
    let connection = Connection(
      loop: loop, configuration: configuration, parameters: parameters, flusher: nil, log: log)
    connection.owner = self
    connection.isShared = false
    self.connection = connection
    connection.start()
  }

  func stop() {
    isStopped = true
    if let timer { loop.cancel(timer) }
    connection?.end(PostgresError(.closed, "the listener was stopped"))
    connection = nil
  }

  func connectionOpened(_ connection: Connection) {
    let steps: [(PostgresStatement, [PostgresValue])] = channels.map { channel in
      let name = channel.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      return (PostgresStatement("LISTEN \"\(name)\"", prepared: false), [])
    }
    send(steps) { [weak self] answer in
      guard let self, !isStopped else { return }
      switch answer {
      case .success:
        backoff.succeeded()
        isLost = false
        scheduleHeartbeat()
        handler(.listening)
      case .failure(let error):
        connection.end(error)
      }
    }
  }

  private func send(
    _ steps: [(PostgresStatement, [PostgresValue])], _ completion: @escaping (Request.Answer) -> Void
  ) {
    connection?.send(Request(.steps(steps), limit: configuration.queryTimeout, completion: completion))
  }

  private func scheduleHeartbeat() {
    timer = loop.schedule(after: configuration.heartbeat, target: self, token: TimerToken.heartbeat.rawValue)
  }

  package func timerFired(_ token: UInt64) {
    guard !isStopped else { return }
    timer = nil
    switch TimerToken(rawValue: token) {
    case .retry: start()
    case .heartbeat:
      // A server that does not answer costs the connection its life after the time limit of queries.
      send([("SELECT 1", [])]) { [weak self] answer in
        guard let self, !isStopped, case .success = answer else { return }
        scheduleHeartbeat()
      }
    case nil: break
    }
  }

  func connectionProgressed(_ connection: Connection) {}

  func connectionEnded(_ connection: Connection, _ error: PostgresError) {
    guard !isStopped, connection === self.connection else { return }
    self.connection = nil
    if let timer { loop.cancel(timer) }
    timer = loop.schedule(after: backoff.failed(), target: self, token: TimerToken.retry.rawValue)
    guard !isLost else { return }
    isLost = true
    log.warning("the listening connection was lost", ["database": configuration.target, "error": error.message])
    handler(.lost(error))
  }

  func connectionNotified(_ connection: Connection, _ notification: PostgresNotification) {
    if !isStopped { handler(.notification(notification)) }
  }
}
