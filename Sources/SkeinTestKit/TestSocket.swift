import Glibc
package import Reactor

/// A TCP connection to a server under test: raw bytes out, raw bytes in, every wait with a limit.
package actor TestSocket: ReadinessTarget, TimerTarget {
  package nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private var descriptor: Descriptor?
  private var interest: Readiness = .readable
  private var received: [UInt8] = []
  private var unsent: [UInt8] = []
  private var isReading = true
  /// After so many more bytes the connection is cut.
  private var left = Int.max
  private var waiter: CheckedContinuation<Void, Never>?
  private var waits: UInt64 = 0
  private var staysOpen = false
  /// In bytes a millisecond; 0: as fast as they come.
  private var pace = 0
  /// Whether the server has sent its last byte, or the connection is gone.
  package private(set) var hasEnded = false
  /// Whether it ended by a reset.
  package private(set) var wasReset = false

  /// How long is waited for what has to come, in milliseconds. Only a failure waits for so long: it is more than any machine
  /// needs, however much else it has to do.
  package static let patience: UInt64 = 120_000

  /// Connects.
  /// - Parameter receiveBuffer: how much the kernel takes in for a client that does not read, in bytes; 0: its own
  ///   choice.
  package static func connect(to port: UInt16, receiveBuffer: Int32 = 0) async throws -> TestSocket {
    let socket = try TestSocket(port, receiveBuffer: receiveBuffer, loop: TestLoop.shared())
    try await socket.begin()
    return socket
  }

  private init(_ port: UInt16, receiveBuffer: Int32, loop: EventLoop) throws {
    self.loop = loop
    unownedExecutor = loop.asUnownedSerialExecutor()
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    let new = try Descriptor("socket", socket(AF_INET, type, 0))
    if receiveBuffer > 0 {
      var size = receiveBuffer
      setsockopt(new.raw, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    var on: Int32 = 1
    setsockopt(new.raw, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(new.raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw SystemError("connect") }
    guard fcntl(new.raw, F_SETFL, O_NONBLOCK) == 0 else { throw SystemError("fcntl") }
    descriptor = .some(new)
  }

  private func begin() throws {
    guard let fd = descriptor?.raw else { return }
    try loop.register(fd, for: interest, target: self, token: 0)
  }

  // MARK: Sending

  /// Sends, as far as the server takes it now; the rest follows when it takes more.
  package func send(_ bytes: [UInt8]) {
    guard descriptor != nil else { return }
    unsent += bytes
    write()
  }

  /// Sends text.
  package func send(_ text: String) { send(Array(text.utf8)) }

  /// How much the server has not taken yet, in bytes.
  package var unsentCount: Int { unsent.count }

  /// Says that nothing more follows, and goes on to read.
  package func finishSending() {
    if let fd = descriptor?.raw { shutdown(fd, Int32(SHUT_WR)) }
  }

  private func write() {
    guard let fd = descriptor?.raw else { return }
    while !unsent.isEmpty {
      let count = Glibc.send(fd, unsent, unsent.count, Int32(MSG_NOSIGNAL))
      if count < 0 {
        // A connection that is gone is noticed by reading, which may find an answer before its end.
        if errno != EAGAIN { unsent = [] }
        break
      }
      unsent.removeFirst(count)
    }
    watch()
  }

  // MARK: Receiving

  /// The bytes that have come, or the next that come; none where the connection has ended.
  /// - Parameter limit: in milliseconds.
  package func receive(within limit: UInt64 = TestSocket.patience) async throws -> [UInt8] {
    let deadline = EventLoop.monotonicMilliseconds() + limit
    while received.isEmpty, !hasEnded {
      let present = EventLoop.monotonicMilliseconds()
      guard present < deadline else { throw TestClientError.timedOut }
      await wait(deadline - present)
    }
    defer { received = [] }
    return received
  }

  /// Whether bytes have come that nobody has taken.
  package var hasReceived: Bool { !received.isEmpty }

  /// Does not close when the server has sent its last byte: it can still be sent to.
  package func stayOpen() { staysOpen = true }

  /// Reads no faster from now on than so many bytes a millisecond, by the loop's own timers: without a pause that the
  /// load of other tests makes.
  package func read(atPace pace: Int) { self.pace = pace }

  /// Stops or begins to read: meanwhile the server finds its peer slow.
  package func setReading(_ reads: Bool) {
    isReading = reads
    watch()
  }

  /// Cuts the connection once `count` more bytes have come, counted from those that nobody has taken yet. What lies
  /// behind them is never seen.
  package func cut(after count: Int) {
    guard received.count < count else {
      received.removeLast(received.count - count)
      return close()
    }
    left = count - received.count
  }

  /// Closes the connection at once.
  package func close() {
    guard let fd = descriptor?.raw else { return }
    loop.deregister(fd)
    descriptor = nil
    hasEnded = true
    wake()
  }

  /// Closes it with a reset, as a machine that has lost its power seems to.
  package func reset() {
    guard let fd = descriptor?.raw else { return }
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  private func read() {
    guard let fd = descriptor?.raw else { return }
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    let count = Glibc.read(fd, &buffer, min(buffer.count, left))
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else {
      wasReset = count < 0
      // Once both sides have ended, readiness would tell of it without end.
      guard count == 0, staysOpen, !hasEnded else { return close() }
      hasEnded = true
      isReading = false
      watch()
      return wake()
    }
    received += buffer[..<count]
    if pace > 0 {
      setReading(false)
      loop.schedule(after: UInt64(count / pace), target: self)
    }
    if left != Int.max { left -= count }
    if left == 0 { close() }
    wake()
  }

  // MARK: The loop

  package nonisolated func ready(_ token: UInt64, _ readiness: Readiness) {
    assumeIsolated { socket in
      if readiness.isForWriting { socket.write() }
      if readiness.isForReading { socket.read() }
    }
  }

  package nonisolated func timerFired(_ token: UInt64) {
    assumeIsolated { socket in
      if token == 0 { return socket.setReading(true) }
      if token == socket.waits { socket.waiter.take()?.resume() }
    }
  }

  private func watch() {
    guard let fd = descriptor?.raw else { return }
    var wanted: Readiness = []
    if isReading { wanted.insert(.readable) }
    if !unsent.isEmpty { wanted.insert(.writable) }
    guard wanted != interest else { return }
    interest = wanted
    do { try loop.modify(fd, for: wanted) } catch { close() }
  }

  private func wait(_ milliseconds: UInt64) async {
    waits += 1
    let timer = loop.schedule(after: milliseconds, target: self, token: waits)
    await withCheckedContinuation { continuation in
      // Asked here once more: on the way from the caller's check to here bytes may have come, since even a call within
      // the actor may suspend.
      if received.isEmpty, !hasEnded { waiter = continuation } else { continuation.resume() }
    }
    loop.cancel(timer)
  }

  private func wake() { waiter.take()?.resume() }
}
