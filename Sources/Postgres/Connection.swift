import CPostgres
import Glibc
import Log
import Reactor

/// What a connection tells its owner; all on the loop's thread.
protocol ConnectionOwner: AnyObject {
  func connectionOpened(_ connection: Connection)
  /// Some requests were answered: there is room for others.
  func connectionProgressed(_ connection: Connection)
  /// The connection is gone; its requests have been answered.
  func connectionEnded(_ connection: Connection, _ error: PostgresError)
  func connectionNotified(_ connection: Connection, _ notification: PostgresNotification)
}

/// One connection: libpq in non-blocking pipeline mode, driven by its loop. Requests are written as they come and
/// answered in order; each ends with a sync point, so that one's failure leaves the others alone.
///
/// All of it belongs to the loop's thread, hence `@unchecked Sendable`.
final class Connection: ReadinessTarget, TimerTarget, @unchecked Sendable {
  enum Phase { case connecting, open, closed }

  private enum TimerToken: UInt64 { case connect, requests, failure }

  private static let incoming = Readiness.readable.rawValue | Readiness.closed.rawValue

  let loop: EventLoop
  let configuration: PostgresConfiguration
  let log: Logger
  weak var owner: (any ConnectionOwner)?

  private(set) var phase = Phase.connecting
  var handle: OpaquePointer?
  var inFlight = Queue<Request>()
  /// Prepared statements by id: the names under which this connection knows them.
  var prepared: [String?] = []
  var preparations = 0
  /// Whether a pooler is between here and the database, which may give each transaction another connection of its own:
  /// nothing that belongs to a connection is relied on then.
  private(set) var isPooled = false
  let parameters: ParameterBuffer
  /// Since when the first request in flight is the first, or nothing has been in flight.
  var headSince: UInt64
  /// False where the user of the connection may leave a transaction open between requests.
  var isShared = true
  private let flusher: TurnFlusher?
  private var isMarked = false

  private var watched: Int32 = -1
  private var interest: Readiness = []
  private var connectTimer: TimerID?
  private var requestTimer: TimerID?
  private var requestTimerDue = UInt64.max
  private var pendingFailure: PostgresError?

  /// - Parameter flusher: writes at the end of the turn; without one everything is written at once.
  init(
    loop: EventLoop, configuration: PostgresConfiguration, parameters: ParameterBuffer, flusher: TurnFlusher?,
    log: Logger
  ) {
    self.flusher = flusher
    self.loop = loop
    self.configuration = configuration
    self.parameters = parameters
    self.log = log
    headSince = loop.now
  }

  var isIdle: Bool { phase == .open && inFlight.isEmpty }

  // MARK: Connecting

  /// Begins to connect. The owner is told of the outcome later, never within this call.
  func start() {
    handle = configuration.begin()
    guard let handle, PQstatus(handle) != CONNECTION_BAD else {
      return failSoon(PostgresError(.connection, connection: handle))
    }
    PQsetNoticeProcessor(
      handle,
      { context, message in
        guard let context, let message else { return }
        let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
        connection.log.debug("notice", ["text": String(cString: message).trimmed])
      }, Unmanaged.passUnretained(self).toOpaque())
    connectTimer = loop.schedule(
      after: configuration.connectTimeout, target: self, token: TimerToken.connect.rawValue)
    watch(.writable)
  }

  private func failSoon(_ error: PostgresError) {
    pendingFailure = error
    loop.schedule(after: 0, target: self, token: TimerToken.failure.rawValue)
  }

  private func poll() {
    // libpq may close its socket and open another, even under the same number.
    unwatch()
    switch PQconnectPoll(handle) {
    case PGRES_POLLING_READING: watch(.readable)
    case PGRES_POLLING_WRITING: watch(.writable)
    case PGRES_POLLING_OK: opened()
    default: end(PostgresError(.connection, connection: handle))
    }
  }

  private func opened() {
    if let connectTimer { loop.cancel(connectTimer) }
    guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
      return end(PostgresError(.connection, connection: handle))
    }
    phase = .open
    headSince = loop.now
    watch(.readable)
    guard phase == .open else { return }
    lookForPooler()
  }

  /// A pooler says the number of a process that is not the database's own.
  private func lookForPooler() {
    let statement = PostgresStatement("SELECT pg_backend_pid()", prepared: false)
    send(
      Request(.steps([(statement, [])]), limit: configuration.connectTimeout) { [weak self] answer in
        guard let self, phase == .open else { return }
        do {
          isPooled = try answer.get()[0].int(0, 0) != Int64(PQbackendPID(handle))
          owner?.connectionOpened(self)
        } catch {
          end(error as? PostgresError ?? PostgresError(.connection, "\(error)"))
        }
      })
  }

  // MARK: Readiness

  func ready(_ token: UInt64, _ readiness: Readiness) {
    switch phase {
    case .connecting: poll()
    case .open:
      if readiness.contains(.writable) { flush() }
      if phase == .open, readiness.rawValue & Self.incoming != 0 { receive() }
    case .closed: break
    }
  }

  /// Sees to it that what libpq holds is written, at the end of the turn at the latest.
  func flushSoon() {
    guard let flusher else { return flush() }
    guard !isMarked else { return }
    isMarked = true
    flusher.mark(self)
  }

  /// Writes what libpq holds, and waits for room where the socket has none.
  func flush() {
    isMarked = false
    guard phase == .open else { return }
    switch PQflush(handle) {
    case 0: watch(.readable)
    case 1: watch([.readable, .writable])
    default: receive()
    }
  }

  private func watch(_ wanted: Readiness) {
    let socket = PQsocket(handle)
    do throws(SystemError) {
      if watched != socket {
        unwatch()
        try loop.register(socket, for: wanted, target: self, token: 0)
      } else if interest != wanted {
        try loop.modify(socket, for: wanted)
      }
      watched = socket
      interest = wanted
    } catch {
      failSoon(PostgresError(.connection, "the connection can't be watched: \(error)"))
    }
  }

  /// Has the server itself end statements that take too long: a little sooner than the client gives up.
  func setStatementTimeout(_ limit: UInt64) {
    guard limit > 0, !isPooled else { return }
    let value = max(1, limit - min(limit / 5, 1_000))
    let statement = PostgresStatement("SET statement_timeout = \(value)", prepared: false)
    send(
      Request(.steps([(statement, [])]), limit: limit) { [log] answer in
        if case .failure(let error) = answer { log.warning("no statement_timeout", ["error": error]) }
      })
  }

  private func unwatch() {
    if watched >= 0 { loop.deregister(watched) }
    watched = -1
    interest = []
  }

  // MARK: Time

  func timerFired(_ token: UInt64) {
    guard phase != .closed else { return }
    switch TimerToken(rawValue: token) {
    case .connect:
      guard phase == .connecting else { return }
      end(
        PostgresError(
          .timeout, "no connection to the database within \(configuration.connectTimeout) ms (\(configuration.target))")
      )
    case .requests:
      requestTimer = nil
      requestTimerDue = .max
      checkDeadlines()
    case .failure, nil:
      if let pendingFailure { end(pendingFailure) }
    }
  }

  /// Makes sure that the deadline is noticed when it passes.
  func expect(_ deadline: UInt64) {
    guard deadline < requestTimerDue else { return }
    if let requestTimer { loop.cancel(requestTimer) }
    let now = EventLoop.monotonicMilliseconds()
    requestTimerDue = deadline
    requestTimer = loop.schedule(
      after: deadline > now ? deadline - now : 0, target: self, token: TimerToken.requests.rawValue)
  }

  private func checkDeadlines() {
    let now = EventLoop.monotonicMilliseconds()
    // The first one is what the server works at: where it has had its whole time, nothing more is to be hoped for.
    if let head = inFlight.first, head.limit > 0, let deadline = head.deadline, deadline <= now,
      now >= headSince + head.limit
    {
      var error = PostgresError(.timeout, "the database did not answer within \(head.limit) ms")
      error.outcomeUnknown = true
      head.finish(.failure(error))
      return end(PostgresError(.connection, "the connection was given up: the database did not answer in time"))
    }
    var next = UInt64.max
    inFlight.forEach { request in
      guard let deadline = request.deadline else { return }
      if deadline <= now {
        // Those behind the first keep their place in the pipeline, only their callers wait no longer.
        var error = PostgresError(.timeout, "the database did not answer within \(request.limit) ms")
        error.outcomeUnknown = true
        request.finish(.failure(error))
      } else {
        next = min(next, deadline)
      }
    }
    if let head = inFlight.first, head.limit > 0 { next = min(next, max(headSince + head.limit, now + 1)) }
    if next != .max { expect(next) }
  }

  // MARK: The end

  /// Closes the connection; what was in flight fails.
  func end(_ error: PostgresError) {
    guard phase != .closed else { return }
    phase = .closed
    if let connectTimer { loop.cancel(connectTimer) }
    if let requestTimer { loop.cancel(requestTimer) }
    unwatch()
    if let handle {
      // A farewell to a server that does not read must not wait.
      if !inFlight.isEmpty { shutdown(PQsocket(handle), Int32(SHUT_RDWR)) }
      PQfinish(handle)
    }
    handle = nil
    for request in inFlight.removeAll() {
      var lost = request.error ?? PostgresError(.connection, error.message)
      lost.outcomeUnknown = true
      request.finish(.failure(lost))
    }
    owner?.connectionEnded(self, error)
  }
}
