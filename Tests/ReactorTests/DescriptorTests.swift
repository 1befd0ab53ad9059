import Glibc
import Reactor
import Synchronization
import Testing

@Suite struct DescriptorTests {
  @Test func closesOnceWhenItsOwnerLetsItGo() throws {
    // Numbers this high are nobody else's, so that what other tests open can't hide a mistake.
    let number: Int32 = 900
    try #require(dup2(0, number) == number || dup2(2, number) == number)
    do {
      let descriptor = Descriptor(owning: number)
      #expect(fcntl(descriptor.raw, F_GETFD) >= 0)
    }
    #expect(fcntl(number, F_GETFD) == -1)
    #expect(errno == EBADF)
  }

  @Test func isMovedAndNotClosedOnTheWay() throws {
    let number: Int32 = 901
    try #require(dup2(2, number) == number)
    func pass(_ descriptor: consuming Descriptor) -> Descriptor { descriptor }
    do {
      let moved = pass(Descriptor(owning: number))
      #expect(fcntl(moved.raw, F_GETFD) >= 0)
    }
    #expect(fcntl(number, F_GETFD) == -1)
  }

  @Test func releaseHandsItOver() throws {
    let number: Int32 = 902
    try #require(dup2(2, number) == number)
    let raw = Descriptor(owning: number).release()
    #expect(raw == number)
    #expect(fcntl(number, F_GETFD) >= 0)
    #expect(close(number) == 0)
  }

  @Test func aFailedCallBecomesItsError() {
    #expect(throws: SystemError("open", code: ENOENT)) {
      _ = try Descriptor("open", open("/nowhere/at/all", O_RDONLY))
    }
    #expect(SystemError("bind", code: EADDRINUSE).description == "bind: Address already in use")
  }
}

@Suite struct ListenerTests {
  @Test(arguments: ["127.0.0.1", "::1"]) func portZeroIsTheKernelsChoice(_ host: String) throws {
    do throws(SystemError) {
      let listener = try Listener(host: host, port: 0)
      #expect(listener.port != 0)
      #expect(SocketAddress(local: listener.descriptor.raw)?.host == host)
      let isNobodyWaiting = try isNobodyWaiting(listener)
      #expect(isNobodyWaiting)
    } catch {
      // A machine may be without IPv6.
      #expect(host == "::1" && (error.code == EADDRNOTAVAIL || error.code == EAFNOSUPPORT))
    }
  }

  @Test func acceptsWhoConnects() throws {
    let listener = try Listener(host: "127.0.0.1", port: 0)
    let client = try Descriptor("socket", socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    try #require(connectLocally(client.raw, listener.port) == 0)
    guard let accepted = try listener.accept() else {
      Issue.record("nobody was accepted")
      return
    }
    #expect(SocketAddress(peer: accepted.raw) == SocketAddress(local: client.raw))
    #expect(SocketAddress(local: accepted.raw)?.port == listener.port)
    // Neither may block a loop, nor be inherited by a program that the server starts.
    for raw in [accepted.raw, listener.descriptor.raw] {
      #expect(fcntl(raw, F_GETFL) & O_NONBLOCK != 0)
      #expect(fcntl(raw, F_GETFD) & FD_CLOEXEC != 0)
    }
    let isNobodyWaiting = try isNobodyWaiting(listener)
    #expect(isNobodyWaiting)
  }

  @Test func sharedListenersTakePartInAPort() throws {
    let first = try Listener(host: "127.0.0.1", port: 0)
    let second = try Listener(host: "127.0.0.1", port: first.port)
    #expect(second.port == first.port)
  }

  /// One that is not shared finds the port in use, even by shared ones: how a second server is noticed.
  @Test(arguments: [true, false]) func aPortInUseIsAnError(_ shared: Bool) throws {
    let first = try Listener(host: "127.0.0.1", port: 0, shared: shared)
    let port = first.port
    #expect(throws: SystemError("bind", code: EADDRINUSE)) {
      _ = try Listener(host: "127.0.0.1", port: port, shared: false)
    }
    #expect(first.port == port)
  }

  @Test(arguments: ["localhost", "256.0.0.1", "", "no host"]) func aNameIsNoAddress(_ host: String) {
    #expect(throws: SystemError.self) { _ = try Listener(host: host, port: 0) }
  }

  private func isNobodyWaiting(_ listener: borrowing Listener) throws(SystemError) -> Bool {
    let next = try listener.accept()
    switch consume next {
    case nil: return true
    case .some: return false
    }
  }

  private func connectLocally(_ socket: Int32, _ port: UInt16) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}

@Suite(.timeLimit(.minutes(1))) struct SignalTests {
  /// The signals are raised at the loop's own thread, which has them blocked: the process that runs the tests is not
  /// touched.
  @Test func signalsArriveAsEvents() async throws {
    let diary = Diary()
    let loop = try EventLoop()
    // A thread of its own blocks them, and the loop's thread inherits that.
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { loop in
        SignalSource.block()
        if let loop { Unmanaged<EventLoop>.fromOpaque(loop).takeRetainedValue().start() }
        return nil
      }, Unmanaged.passRetained(loop).toOpaque())
    pthread_join(thread, nil)
    let actor = LoopActor(loop)
    try await actor.run { loop in
      let source = try SignalSource { diary.write("\($0)") }
      try source.attach(to: loop)
      for signal in [SIGHUP, SIGTERM, SIGINT] { raise(signal) }
    }
    while diary.all.count < 3 { _ = await actor.sleep(milliseconds: 1) }
    #expect(diary.all.sorted() == ["reload", "stop", "stop"])
    loop.stop()
    loop.join()
  }
}
