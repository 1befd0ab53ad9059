import Glibc
import Reactor
import Synchronization
import Testing

@Suite struct DescriptorTests {
  /// Whether the writing end of a pipe is closed: numbers of descriptors say nothing, since other tests take them over.
  private func isClosed(_ pipe: borrowing Pipe) -> Bool {
    var byte: UInt8 = 0
    return read(pipe.reading.raw, &byte, 1) == 0
  }

  private struct Pipe: ~Copyable {
    let reading: Descriptor
    let writing: Int32

    init() throws {
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0)
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
      reading = Descriptor(owning: ends[0])
      writing = ends[1]
    }
  }

  /// What is sent on an accepted connection leaves at once: its listener has said so for it.
  @Test func acceptedConnectionsDoNotWait() throws {
    let listener = try Listener(host: "127.0.0.1", port: 0)
    let client = try Descriptor("socket", socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = listener.port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let answer = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(client.raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(answer == 0)
    let accepted = try #require(try listener.accept()?.release())
    defer { close(accepted) }
    var isOn: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    try #require(getsockopt(accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, &size) == 0)
    #expect(isOn != 0)
  }

  @Test func closesWhenItsOwnerLetsItGo() throws {
    let pipe = try Pipe()
    do {
      let descriptor = Descriptor(owning: pipe.writing)
      #expect(descriptor.raw == pipe.writing)
      let closed = isClosed(pipe)
      #expect(!closed)
    }
    let closed = isClosed(pipe)
    #expect(closed)
  }

  @Test func isMovedAndNotClosedOnTheWay() throws {
    func pass(_ descriptor: consuming Descriptor) -> Descriptor { descriptor }
    let pipe = try Pipe()
    do {
      let moved = pass(Descriptor(owning: pipe.writing))
      #expect(moved.raw == pipe.writing)
      let closed = isClosed(pipe)
      #expect(!closed)
    }
    let closed = isClosed(pipe)
    #expect(closed)
  }

  @Test func releaseHandsItOver() throws {
    let pipe = try Pipe()
    let raw = Descriptor(owning: pipe.writing).release()
    #expect(raw == pipe.writing)
    var closed = isClosed(pipe)
    #expect(!closed)
    #expect(close(raw) == 0)
    closed = isClosed(pipe)
    #expect(closed)
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

@Suite(.timeLimit(.minutes(5))) struct SignalTests {
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
