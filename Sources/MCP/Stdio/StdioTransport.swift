import JSONWire
import Log
import Reactor
import Redaction

/// A tool server that is a process of its own: a message a line, on its standard streams. It is started when it is
/// needed, and again when it has ended; one that is not used for a while is ended.
actor StdioTransport: MCPTransport, TimerTarget {
  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let name: String
  private let command: ServerCommand
  private let limits: MCPLimits
  private let places: ProcessPlaces
  private let changes: ChangeCount
  private let loop: EventLoop
  private let log: Logger

  /// What of the server's words nobody is told.
  private let redaction: Redaction

  private var process: ServerProcess?
  /// One that was told to end, and may not have ended yet.
  private var leaving: ServerProcess?
  private var present: MCPWelcome?
  private var starting: Pending<MCPWelcome>?
  /// When it is started again that could not be used at all, and that ended while it was called.
  private var starts: BackOff
  private var crashes: BackOff
  /// Which questions are calls of tools, and whether one was answered since it was started.
  private var calls: Set<Int64> = []
  private var hasServed = false
  /// When it was last needed, in the loop's milliseconds.
  private var usedAt: UInt64 = 0
  private var idleTimer: TimerID?
  /// Whether it was found not to know the modern era, which later starts need not find out again.
  private var isLegacy = false
  /// How often it was started.
  private var count = 0
  private var waiting: [Int64: Pending<JSONObject>] = [:]
  private var ids: Int64 = 0
  private var subscription: Int64?
  private var isClosed = false

  init(
    _ command: ServerCommand, name: String, limits: MCPLimits, places: ProcessPlaces, changes: ChangeCount,
    on loop: EventLoop, log: Logger
  ) {
    self.command = command
    redaction = command.redaction
    self.name = name
    self.limits = limits
    self.places = places
    self.changes = changes
    self.loop = loop
    self.log = log
    starts = BackOff(least: limits.firstRestartMilliseconds, most: limits.restartMilliseconds)
    // What ended a call once may have been the call.
    crashes = BackOff(least: limits.firstRestartMilliseconds, most: limits.restartMilliseconds, free: 1)
    unownedExecutor = loop.asUnownedSerialExecutor()
  }

  var isListening: Bool {
    guard let present, present.tellsChanges else { return false }
    return !present.isModern || subscription != nil
  }

  func close() async {
    isClosed = true
    lose(MCPError(.closed))
    await waitForLeaving()
  }

  // MARK: Starting

  func welcome() async throws -> MCPWelcome {
    usedAt = EventLoop.monotonicMilliseconds()
    if let present { return present }
    if let starting { return try await starting.value() }
    guard !isClosed else { throw MCPError(.closed) }
    let rest = max(starts.rest(at: usedAt), crashes.rest(at: usedAt))
    guard rest == 0 else { throw MCPError(restingFor: (rest + 999) / 1000) }
    let starting = Pending<MCPWelcome>()
    self.starting = starting
    // It goes on where the one who needed it first has gone.
    loop.task { await self.start(starting) }
    return try await starting.value()
  }

  private func start(_ starting: Pending<MCPWelcome>) async {
    let result: Result<MCPWelcome, any Error>
    do {
      result = .success(try await begin())
    } catch {
      log.warning("a tool server can't be used", ["server": name, "error": "\(error)"])
      lose(error as? MCPError ?? MCPError(.closed))
      result = .failure(error)
    }
    self.starting = nil
    starting.resolve(result)
  }

  private func begin() async throws -> MCPWelcome {
    let wasLegacy = isLegacy
    var welcome: MCPWelcome
    do {
      try await startProcess()
      welcome = try await greet()
    } catch let error as MCPError where error.code == .ended && !wasLegacy && !isClosed {
      // Some end when they are asked what they don't know.
      isLegacy = true
      do {
        try await startProcess()
        welcome = try await greet()
      } catch {
        isLegacy = false
        throw error
      }
    }
    present = welcome
    changes.increase()
    log.info("a tool server is there", ["server": name, "version": welcome.version])
    if welcome.isModern, welcome.tellsChanges { subscribe() }
    watchUse(for: limits.idleMilliseconds)
    return welcome
  }

  /// There is one at a time: two might write the same files.
  private func startProcess() async throws {
    await waitForLeaving()
    guard !isClosed else { throw MCPError(.closed) }
    count += 1
    // Events come on this loop, whose thread is this actor's.
    let process = try ServerProcess(
      command, name: name, limits: limits, places: places, on: loop, log: log
    ) { [weak self, count] event in
      self?.assumeIsolated { if $0.count == count { $0.take(event) } }
    }
    try process.begin()
    self.process = process
    hasServed = false
  }

  private func waitForLeaving() async {
    guard let leaving else { return }
    _ = try? await leaving.gone.value()
    if self.leaving === leaving { self.leaving = nil }
  }

  /// Finds out what it speaks: the modern era's question first, and the legacy era's handshake where it is not
  /// understood.
  private func greet() async throws -> MCPWelcome {
    var wasSilent = false
    if !isLegacy {
      do {
        return try MCPWelcome(
          discovered: try await exchange("server/discover", isModern: true, limits.probeMilliseconds))
      } catch let error as MCPError {
        guard try MCPWelcome.fallsBack(after: error) else { throw error }
        wasSilent = error.code == .timedOut
      }
    }
    do {
      let result = try await exchange("initialize", MCPVersion.handshake, isModern: false, limits.startMilliseconds)
      let welcome = try MCPWelcome(initialized: result)
      try process?.send(MCPMessage.notification("notifications/initialized"))
      isLegacy = true
      return welcome
    } catch let error as MCPError where error.code == .refused && wasSilent {
      // It took its time to start, and knows no handshake.
      return try MCPWelcome(
        discovered: try await exchange("server/discover", isModern: true, limits.startMilliseconds))
    }
  }

  // MARK: Asking

  func ask(_ request: MCPRequest) async throws -> JSONObject {
    // It may have ended since it was there, as one that nobody had needed for long: nothing was sent yet.
    var present = present
    while present == nil {
      _ = try await welcome()
      present = self.present
    }
    guard let present else { throw MCPError(.ended) }
    return try await exchange(
      request.method, request.parameters, isModern: present.isModern, request.milliseconds)
  }

  private func exchange(
    _ method: String, _ parameters: JSONObject = JSONObject(), isModern: Bool, _ milliseconds: UInt64
  ) async throws -> JSONObject {
    guard let process else { throw MCPError(.ended) }
    ids += 1
    let (id, pending) = (ids, Pending<JSONObject>())
    waiting[id] = pending
    if method == "tools/call" { calls.insert(id) }
    let timer = loop.schedule(after: milliseconds, target: pending)
    defer {
      loop.cancel(timer)
      waiting[id] = nil
      calls.remove(id)
      usedAt = EventLoop.monotonicMilliseconds()
    }
    try process.send(MCPMessage.request(id, method, parameters, isModern: isModern))
    do {
      return try await pending.value()
    } catch {
      let isGivenUp = error is CancellationError || (error as? MCPError)?.code == .timedOut
      // The handshake may not be cancelled.
      if isGivenUp, method != "initialize" { try? self.process?.send(MCPMessage.cancellation(of: id)) }
      throw error
    }
  }

  /// Has a server of the modern era tell of changes. Its answer is the end of the subscription.
  private func subscribe() {
    guard let process else { return }
    ids += 1
    let (id, pending) = (ids, Pending<JSONObject>())
    waiting[id] = pending
    subscription = id
    try? process.send(MCPMessage.request(id, "subscriptions/listen", MCPVersion.subscription, isModern: true))
    loop.task {
      _ = try? await pending.value()
      self.waiting[id] = nil
      if self.subscription == id { self.subscription = nil }
    }
  }

  // MARK: What the process does

  private func take(_ event: ServerProcess.Event) {
    guard let process else { return }
    switch event {
    case .ended(let error):
      log.warning("a tool server has ended", ["server": name, "error": "\(error)"])
      lose(error)
    case .line(let line):
      do throws(MCPError) {
        for message in try MCPMessage.parse(line, by: redaction) { take(message) }
      } catch {
        process.note(line, error)
      }
    }
  }

  private func take(_ message: MCPMessage) {
    switch message {
    case .response(let id, let result):
      if calls.contains(id) { hasServed = true }
      // What nobody waits for came too late, or was never asked.
      waiting[id]?.resolve(result.mapError { $0 as any Error })
    case .notification(let method):
      if method == "notifications/tools/list_changed" { changes.increase() }
    case .request(let id, let method):
      // Servers of the modern era have nothing to ask.
      if present?.isModern != true { try? process?.send(MCPMessage.answer(to: id, method)) }
    }
  }

  /// The process is of no use any more.
  private func lose(_ error: MCPError) {
    guard process != nil else { return }
    let now = EventLoop.monotonicMilliseconds()
    starts.noteEnd(at: now, wasOfUse: present != nil)
    if hasServed || !calls.isEmpty { crashes.noteEnd(at: now, wasOfUse: hasServed) }
    changes.increase()
    letGo(error)
  }

  /// Has the process end.
  /// - Parameter error: what those are told who wait for it.
  private func letGo(_ error: MCPError) {
    guard let process else { return }
    self.process = nil
    leaving = process
    present = nil
    subscription = nil
    if let timer = idleTimer.take() { loop.cancel(timer) }
    process.end()
    for pending in waiting.values { pending.resolve(.failure(error)) }
    waiting = [:]
  }

  // MARK: One that is not used

  private func watchUse(for milliseconds: UInt64) {
    guard limits.idleMilliseconds > 0 else { return }
    idleTimer = loop.schedule(after: milliseconds, target: self)
  }

  nonisolated func timerFired(_ token: UInt64) { assumeIsolated { $0.judgeUse() } }

  /// Ends the process where nobody has needed it for long. What is known of its tools stays as fresh as it is.
  private func judgeUse() {
    idleTimer = nil
    let (now, due) = (EventLoop.monotonicMilliseconds(), usedAt + limits.idleMilliseconds)
    if waiting.keys.contains(where: { $0 != subscription }) { return watchUse(for: limits.idleMilliseconds) }
    guard now >= due else { return watchUse(for: due - now) }
    log.info("a tool server that is not used is ended", ["server": name])
    letGo(MCPError(.ended))
  }
}
