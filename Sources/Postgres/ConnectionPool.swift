import Log
import Reactor
import Synchronization

/// The connections that a client's queries share. It belongs to the loop's thread, hence `@unchecked Sendable`.
final class ConnectionPool: ConnectionOwner, TimerTarget, @unchecked Sendable {
  private enum TimerToken: UInt64 { case retry, waiting, idle }

  private let loop: EventLoop
  private let configuration: PostgresConfiguration
  private let log: Logger
  private let parameters = ParameterBuffer()
  private let flusher = TurnFlusher()

  private var open: [Connection] = []
  private var opening: [Connection] = []
  private var openedAt: [ObjectIdentifier: UInt64] = [:]
  private var waiting = Queue<Request>()
  /// Why the database can't be reached; nil while it can, or while nothing has been tried.
  private var away: PostgresError?
  private var backoff: Backoff
  private var retryTimer: TimerID?
  private var waitingTimer: TimerID?
  /// When it fires, in the loop's milliseconds.
  private var waitingUntil: UInt64 = 0
  private var idleTimer: TimerID?
  private var isStarted = false
  private var isClosed = false
  private var closers: [CheckedContinuation<Void, Never>] = []
  private var observers: [@Sendable (Bool) -> Void] = []

  /// Readable from any thread.
  var isAvailable: Bool { available.load(ordering: .relaxed) }
  private let available = Atomic(true)

  /// A connection that is lost sooner than this (in milliseconds) counts as a failure to connect.
  private static let shortLife: UInt64 = 1_000
  /// A statement that takes longer than this (in milliseconds) is not what others should wait behind.
  private static let stall: UInt64 = 20

  init(loop: EventLoop, configuration: PostgresConfiguration, log: Logger) {
    self.loop = loop
    self.configuration = configuration
    self.log = log
    backoff = Backoff(configuration.backoff)
  }

  func observe(_ observer: @escaping @Sendable (Bool) -> Void) { observers.append(observer) }

  // MARK: Requests

  func submit(_ request: Request) {
    guard !isClosed else { return request.finish(.failure(PostgresError(.closed, "the database client was closed"))) }
    if let away { return request.finish(.failure(away)) }
    start()
    if waiting.isEmpty, let connection = roomiest() {
      if !connection.isIdle { grow() }
      return connection.send(request)
    }
    guard waiting.count < configuration.queueLimit else {
      return request.finish(
        .failure(PostgresError(.tooBusy, "\(waiting.count) requests wait for the database already")))
    }
    waiting.append(request)
    expect(request.deadline)
    grow()
  }

  private func start() {
    guard !isStarted else { return }
    isStarted = true
    loop.observe(flusher)
    idleTimer = loop.schedule(
      after: max(1, configuration.idleTimeout / 2), target: self, token: TimerToken.idle.rawValue)
  }

  /// The connection that is likely to answer first, if one can take more: idle, or with the least to do, but not behind
  /// a statement that has been at work for long.
  private func roomiest() -> Connection? {
    var best: (connection: Connection, load: Int)?
    for connection in open where connection.inFlight.count < configuration.pipelineDepth {
      if connection.isIdle { return connection }
      let isStalled = loop.now > connection.headSince + Self.stall
      let load = connection.inFlight.count + (isStalled ? configuration.pipelineDepth : 0)
      if load < best?.load ?? .max { best = (connection, load) }
    }
    return best?.connection
  }

  private func dispatch() {
    while !waiting.isEmpty, let connection = roomiest() {
      guard let request = waiting.popFirst() else { return }
      if !request.isAnswered { connection.send(request) }
    }
  }

  // MARK: Connections

  private func grow() {
    // After a failure only the retry timer opens connections.
    guard retryTimer == nil, open.count + opening.count < configuration.poolSize else { return }
    connect()
  }

  private func connect() {
    let connection = Connection(
      loop: loop, configuration: configuration, parameters: parameters, flusher: flusher, log: log)
    connection.owner = self
    opening.append(connection)
    connection.start()
  }

  func connectionOpened(_ connection: Connection) {
    opening.removeAll { $0 === connection }
    open.append(connection)
    openedAt[ObjectIdentifier(connection)] = loop.now
    connection.setStatementTimeout(configuration.queryTimeout)
    if away != nil { log.info("the database is back", ["database": configuration.target]) }
    away = nil
    tell(true)
    dispatch()
  }

  func connectionProgressed(_ connection: Connection) {
    backoff.succeeded()
    dispatch()
    if isClosed, connection.isIdle { connection.end(PostgresError(.closed, "closed")) }
  }

  func connectionEnded(_ connection: Connection, _ error: PostgresError) {
    opening.removeAll { $0 === connection }
    open.removeAll { $0 === connection }
    let opened = openedAt.removeValue(forKey: ObjectIdentifier(connection))
    if isClosed { return finishClosing() }
    // Where we gave the connection up ourselves, because of what a caller did with it, the server is well.
    if let opened, error.kind == .configuration || loop.now >= opened + Self.shortLife {
      log.warning("a connection to the database was lost", ["database": configuration.target, "error": error.message])
      if open.isEmpty || !waiting.isEmpty { grow() }
      return
    }
    if retryTimer == nil {
      retryTimer = loop.schedule(after: backoff.failed(), target: self, token: TimerToken.retry.rawValue)
    }
    guard open.isEmpty, opening.isEmpty || opened == nil else { return }
    if away == nil {
      log.warning("the database can't be reached", ["database": configuration.target, "error": error.message])
    }
    var reason = PostgresError(.unavailable, "the database can't be reached: \(error.message)")
    reason.sqlstate = error.sqlstate
    away = reason
    tell(false)
    for request in waiting.removeAll() { request.finish(.failure(reason)) }
  }

  func connectionNotified(_ connection: Connection, _ notification: PostgresNotification) {}

  private func tell(_ present: Bool) {
    guard available.exchange(present, ordering: .relaxed) != present else { return }
    for observer in observers { observer(present) }
  }

  // MARK: Time

  func timerFired(_ token: UInt64) {
    guard !isClosed else { return }
    switch TimerToken(rawValue: token) {
    case .retry:
      retryTimer = nil
      if open.isEmpty || !waiting.isEmpty { grow() }
    case .waiting:
      waitingTimer = nil
      dropOverdue()
      var next: UInt64?
      waiting.forEach { request in
        if let deadline = request.deadline { next = min(next ?? .max, deadline) }
      }
      expect(next)
    case .idle:
      closeIdle()
      idleTimer = loop.schedule(
        after: max(1, configuration.idleTimeout / 2), target: self, token: TimerToken.idle.rawValue)
    case nil: break
    }
  }

  /// Looks at those that wait at a time, unless it is looked before. Whoever comes later may have less time than those who
  /// are there.
  private func expect(_ deadline: UInt64?) {
    guard let deadline else { return }
    if let timer = waitingTimer {
      guard deadline < waitingUntil else { return }
      loop.cancel(timer)
    }
    let now = EventLoop.monotonicMilliseconds()
    waitingUntil = deadline
    waitingTimer = loop.schedule(
      after: deadline > now ? deadline - now : 0, target: self, token: TimerToken.waiting.rawValue)
  }

  private func dropOverdue() {
    let now = EventLoop.monotonicMilliseconds()
    waiting.forEach { request in
      if let deadline = request.deadline, deadline <= now {
        request.finish(
          .failure(PostgresError(.timeout, "no connection to the database was free within \(request.limit) ms")))
      }
    }
    waiting.remove { $0.isAnswered }
  }

  private func closeIdle() {
    for connection in open.dropFirst()
    where connection.isIdle && loop.now >= connection.headSince + configuration.idleTimeout {
      connection.owner = nil
      open.removeAll { $0 === connection }
      openedAt[ObjectIdentifier(connection)] = nil
      connection.end(PostgresError(.closed, "idle"))
    }
  }

  // MARK: Closing

  /// Takes no more requests, lets those in flight end, and closes the connections.
  func close(_ closer: CheckedContinuation<Void, Never>) {
    closers.append(closer)
    guard !isClosed else { return finishClosing() }
    isClosed = true
    for timer in [retryTimer, waitingTimer, idleTimer] { if let timer { loop.cancel(timer) } }
    for request in waiting.removeAll() {
      request.finish(.failure(PostgresError(.closed, "the database client was closed")))
    }
    for connection in opening + open where connection.inFlight.isEmpty {
      connection.end(PostgresError(.closed, "closed"))
    }
    finishClosing()
  }

  private func finishClosing() {
    guard open.isEmpty, opening.isEmpty else { return }
    for closer in closers { closer.resume() }
    closers.removeAll()
  }
}
