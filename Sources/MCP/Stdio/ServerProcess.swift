import CLinux
import Glibc
import Log
import Processes
import Reactor

/// The process of a tool server, with its three streams, on a loop. It is told of by events, on the loop's thread.
///
/// It ends in order: its input is closed; where it is still there after a while its process group is asked to end, and
/// after another while killed. Whatever it has started in its group goes with it.
actor ServerProcess: ReadinessTarget, TimerTarget {
  enum Event: Sendable {
    /// A line of its output, without its end.
    case line([UInt8])
    /// It is gone, or will be: nothing more comes of it.
    case ended(MCPError)
  }

  private enum Stream: UInt64 {
    case output, errors, input, life
  }

  private enum Stage {
    case running, leaving, asked, killed, gone
  }

  nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let limits: MCPLimits
  private let pid: pid_t
  private let places: ProcessPlaces
  private let tell: @Sendable (Event) -> Void
  private var output: Descriptor?
  private var errors: Descriptor?
  private var input: Descriptor?
  private var life: Descriptor?
  private var lines: LineBuffer
  private var complaints: Complaints
  private var unsent: [UInt8] = []
  private var stage = Stage.running
  private var timer: TimerID?
  /// Why it is made to leave, which is not told before its status is known, or it is not going.
  private var reason: MCPError?
  /// Resolved once nothing is left of it.
  nonisolated let gone = Pending<Void>()

  /// Starts it, on the loop's thread.
  /// - Parameters:
  ///   - places: one of which it takes until it is gone.
  ///   - tell: called on the loop's thread.
  init(
    _ command: ServerCommand, name: String, limits: MCPLimits, places: ProcessPlaces, on loop: EventLoop, log: Logger,
    tell: @escaping @Sendable (Event) -> Void
  ) throws(MCPError) {
    self.loop = loop
    self.limits = limits
    self.places = places
    self.tell = tell
    unownedExecutor = loop.asUnownedSerialExecutor()
    lines = LineBuffer(limit: limits.messageBytes)
    complaints = Complaints(log, server: name, redaction: command.redaction)
    let arguments = try command.limited(to: limits)
    try places.take()
    do {
      let toServer = try Pipe()
      let fromServer = try Pipe()
      let errorsOfServer = try Pipe()
      pid = try ChildProcess.start(
        arguments, environment: command.environment, input: toServer.reading.raw, output: fromServer.writing.raw,
        errors: errorsOfServer.writing.raw)
      input = toServer.takeWriting()
      output = fromServer.takeReading()
      errors = errorsOfServer.takeReading()
    } catch {
      places.giveBack()
      throw MCPError(.unavailable, (error as? StartError)?.reason ?? "\(error)")
    }
  }

  /// Begins to hear it. Where that can't be it is killed.
  nonisolated func begin() throws(MCPError) {
    let error: SystemError? = assumeIsolated { process in
      do throws(SystemError) {
        process.life = try Descriptor("pidfd_open", linux_pidfd_open(process.pid))
        for (stream, end) in [(Stream.output, process.output?.raw), (.errors, process.errors?.raw)] {
          guard let end else { continue }
          Pipe.unblock(end)
          try process.loop.register(end, for: .readable, target: process, token: stream.rawValue)
        }
        if let end = process.input?.raw {
          Pipe.unblock(end)
          try process.loop.register(end, for: [], target: process, token: Stream.input.rawValue)
        }
        if let end = process.life?.raw {
          try process.loop.register(end, for: .readable, target: process, token: Stream.life.rawValue)
        }
        return nil
      } catch {
        kill(-process.pid, SIGKILL)
        _ = ChildProcess.wait(for: process.pid)
        process.stage = .gone
        process.closeAll()
        process.places.giveBack()
        return error
      }
    }
    if let error { throw MCPError(.unavailable, "\(error)") }
  }

  /// Sends a line.
  /// - Throws: where it does not read what it was sent.
  nonisolated func send(_ message: [UInt8]) throws(MCPError) {
    let isTaken = assumeIsolated { process in
      guard process.stage == .running, process.input != nil else { return true }
      guard process.unsent.count + message.count <= process.limits.messageBytes else { return false }
      process.unsent += message
      process.unsent.append(0x0A)
      process.flush()
      return true
    }
    if !isTaken { throw MCPError(.tooLarge, "it does not read what it is sent") }
  }

  /// Has it end.
  nonisolated func end() { assumeIsolated { $0.leave(after: nil) } }

  // MARK: The loop's calls

  nonisolated func ready(_ token: UInt64, _ readiness: Readiness) {
    assumeIsolated { process in
      switch Stream(rawValue: token) {
      case .output: process.readOutput()
      case .errors: process.readErrors()
      case .input:
        if readiness.isDisjoint(with: .closed) {
          process.flush()
        } else {
          process.leave(after: MCPError(.ended, "it closed its input"))
        }
      case .life, nil: process.bury()
      }
    }
  }

  nonisolated func timerFired(_ token: UInt64) {
    assumeIsolated { process in
      switch process.stage {
      case .leaving:
        process.tellReason()
        process.stage = .asked
        kill(-process.pid, SIGTERM)
        process.timer = process.loop.schedule(after: process.limits.graceMilliseconds, target: process)
      case .asked:
        process.stage = .killed
        kill(-process.pid, SIGKILL)
      case .running, .killed, .gone: break
      }
    }
  }

  // MARK: Streams

  private func flush() {
    guard let end = input?.raw else { return }
    while !unsent.isEmpty {
      let count = unsent.withUnsafeBytes { write(end, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN {
        try? loop.modify(end, for: .writable)
        return
      }
      guard count > 0 else { return leave(after: MCPError(.ended, "it closed its input")) }
      unsent.removeFirst(count)
    }
    try? loop.modify(end, for: [])
  }

  private func readOutput() {
    switch Self.read(output?.raw) {
    case nil: break
    case let bytes? where bytes.isEmpty: leave(after: MCPError(.ended, "it closed its output"))
    case let bytes?:
      var whole: [[UInt8]] = []
      let isWithin = lines.take(bytes) { whole.append($0) }
      for line in whole where stage == .running && !line.isEmpty { tell(.line(line)) }
      if !isWithin { leave(after: MCPError(.tooLarge, "a message of more than \(limits.messageBytes) bytes")) }
    }
  }

  private func readErrors() {
    guard let bytes = Self.read(errors?.raw) else { return }
    if bytes.isEmpty { closeErrors() } else { complaints.take(bytes) }
  }

  /// A line of its output was no message.
  nonisolated func note(_ line: [UInt8], _ error: MCPError) { assumeIsolated { $0.complaints.note(line, error) } }

  /// What has come; empty at the end, nil where nothing is there now.
  private static func read(_ end: Int32?) -> ArraySlice<UInt8>? {
    guard let end else { return nil }
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    let count = Glibc.read(end, &buffer, buffer.count)
    if count < 0, errno == EAGAIN || errno == EINTR { return nil }
    return buffer[..<max(0, count)]
  }

  // MARK: Its end

  /// Begins its end.
  /// - Parameter error: what is told of it; nil where nobody needs to be told.
  private func leave(after error: MCPError?) {
    guard stage == .running else { return }
    stage = .leaving
    closeInput()
    closeOutput()
    timer = loop.schedule(after: limits.graceMilliseconds, target: self)
    reason = error
    // Where it only seems to be going, its status will say more.
    if error?.code != .ended { tellReason() }
  }

  private func tellReason() {
    if let reason = reason.take() { tell(.ended(reason)) }
  }

  /// It has ended. What it had written before is still read, and what it has started is killed, while its number is not
  /// yet given to another.
  private func bury() {
    guard stage != .gone else { return }
    while stage == .running, let bytes = Self.read(output?.raw), !bytes.isEmpty {
      var whole: [[UInt8]] = []
      _ = lines.take(bytes) { whole.append($0) }
      for line in whole where !line.isEmpty { tell(.line(line)) }
    }
    if let bytes = Self.read(errors?.raw), !bytes.isEmpty { complaints.take(bytes) }
    complaints.finish()
    kill(-pid, SIGKILL)
    let status = ChildProcess.wait(for: pid)
    if stage == .running || reason != nil { reason = MCPError(.ended, "its process ended with status \(status)") }
    stage = .gone
    if let timer { loop.cancel(timer) }
    closeAll()
    places.giveBack()
    tellReason()
    gone.resolve(.success(()))
  }

  private func closeAll() {
    closeInput()
    closeOutput()
    closeErrors()
    if let end = life?.raw { loop.deregister(end) }
    life = nil
  }

  private func closeInput() {
    if let end = input?.raw { loop.deregister(end) }
    input = nil
    unsent = []
  }

  private func closeOutput() {
    if let end = output?.raw { loop.deregister(end) }
    output = nil
  }

  private func closeErrors() {
    if let end = errors?.raw { loop.deregister(end) }
    errors = nil
  }
}
