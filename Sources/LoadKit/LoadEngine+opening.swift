import Glibc
import HTTPWire
import Reactor
import WebSocketWire

/// Opening and closing clients.
extension LoadEngine {
  /// Opens so many clients, once the earlier ones are closed; `allReady` is told when all are ready.
  /// - Parameter window: how many may be on their way at once.
  package func open(_ count: Int, window: Int) {
    precondition(clients.allSatisfy { $0 == nil }, "the earlier clients are still there")
    clients = Array(repeating: nil, count: count)
    (begun, readyCount) = (0, 0)
    self.window = max(1, window)
    beginMore()
  }

  /// Notes that a client is as far as the scenario wants it.
  package func noteReady(_ client: LoadClient) {
    guard !client.isReady else { return }
    client.isReady = true
    readyCount += 1
    if readyCount == clients.count { return scenario.allReady(self) }
    beginMore()
  }

  /// Closes a client, and begins another in its place.
  package func replace(_ client: LoadClient) {
    guard client.stage != .closed else { return }
    if let session = client.session { security?.keep(session, for: client.index) }
    close(client)
    do {
      try begin(client.index)
      clients[client.index]?.isReady = client.isReady
    } catch {
      fail("connection \(client.index) can't be made again: \(error)")
    }
  }

  /// Closes by a reset: so many connections in a row would leave the kernel without free ports for a while.
  private func close(_ client: LoadClient) {
    client.stage = .closed
    var reset = linger(l_onoff: 1, l_linger: 0)
    setsockopt(client.descriptor.raw, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    loop.deregister(client.descriptor.raw)
    clients[client.index] = nil
  }

  /// Closes every client at once, without a close frame.
  package func closeAll() {
    for client in clients {
      guard let client else { continue }
      client.stage = .closed
      loop.deregister(client.descriptor.raw)
    }
    clients.removeAll()
  }

  /// Calls `body` for every client.
  package func forEachClient(_ body: (LoadClient) -> Void) {
    for case let client? in clients { body(client) }
  }

  /// The client of an index, where it has been begun.
  package func client(_ index: Int) -> LoadClient? {
    clients.indices.contains(index) ? clients[index] : nil
  }

  func beginMore() {
    // One that is ready as soon as it has begun makes room for the next.
    guard !isBeginning else { return }
    isBeginning = true
    defer { isBeginning = false }
    var count = 0
    while begun < clients.count, begun - readyCount < window, !isDone {
      // Those that are on their way are not to wait for all that set out at once: each is a machine of its own.
      guard count < Self.mostBegunInATurn else { return beginMoreLater() }
      count += 1
      begun += 1
      do { try begin(begun - 1) } catch { fail("connection \(begun - 1) can't be made: \(error)") }
    }
  }

  private func beginMoreLater() {
    guard !isBeginningLater else { return }
    isBeginningLater = true
    loop.schedule(after: 0, target: self, token: Self.beginningToken)
  }

  private static let mostBegunInATurn = 64

  private func begin(_ index: Int) throws(SystemError) {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = try Descriptor("socket", socket(AF_INET, type, 0))
    var on: Int32 = 1
    setsockopt(descriptor.raw, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    if let bytes = options.socketBytes { limit(descriptor.raw, bytes) }
    let number = options.source + index / Self.portsOfAnAddress
    if target.isLoopback, number > 0 { bind(descriptor.raw, number) }
    let isOther = options.other.map { index % $0.turn > 0 } ?? false
    guard var address = (isOther ? options.other?.target : target)?.address else {
      throw SystemError("address", code: EADDRNOTAVAIL)
    }
    // The second call tells whether the first has done it, as on the loopback network: then there is nothing to wait for.
    let isConnected = connects(descriptor.raw, &address) || errno == EINPROGRESS && connects(descriptor.raw, &address)
    guard isConnected || errno == EALREADY else { throw SystemError("connect") }
    let client = LoadClient(descriptor, index: index, startedAt: EventLoop.monotonicNanoseconds())
    clients[index] = client
    client.interest = isConnected ? .readable : .writable
    try loop.register(client.descriptor.raw, for: client.interest, target: self, token: UInt64(index))
    if isConnected { start(client) }
  }

  private func connects(_ fd: Int32, _ address: inout sockaddr_in) -> Bool {
    withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  /// So many connections from one address to one port leave the kernel enough choice of ports: it looks for free ones
  /// one after the other, which for 10,000 connections takes longer than all else that it does for them.
  private static let portsOfAnAddress = 1000

  /// Further addresses of the loopback network have ports of their own.
  private func bind(_ fd: Int32, _ number: Int) {
    guard var address = LoadTarget.address("127.0.0.\(1 + number)", 0) else { return }
    // The port is chosen when it is known where to: before that it would have to be free for all.
    var on: Int32 = 1
    setsockopt(fd, Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, &on, socklen_t(MemoryLayout<Int32>.size))
    withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = Glibc.bind(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  private func limit(_ fd: Int32, _ bytes: Int) {
    var size = Int32(bytes)
    for option in [SO_RCVBUF, SO_SNDBUF] {
      setsockopt(fd, SOL_SOCKET, option, &size, socklen_t(MemoryLayout<Int32>.size))
    }
  }

  func connected(_ client: LoadClient) {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(client.descriptor.raw, SOL_SOCKET, SO_ERROR, &code, &size)
    guard code == 0 else {
      return fail("\(target.host) port \(target.port) can't be reached: \(SystemError("connect", code: code).reason)")
    }
    watch(client)
    start(client)
  }

  private func start(_ client: LoadClient) {
    client.stage = .raw
    if !secure(client) { begin(client) }
  }

  /// Begins with what is spoken on the connection, TLS aside.
  func begin(_ client: LoadClient) {
    client.stage = .raw
    guard scenario.connected(client, self) else { return }
    client.stage = .handshaking
    send(frames: request, to: client)
  }

  /// Reads the answer to the handshake.
  func readAnswer(_ client: LoadClient, _ input: UnsafeMutableRawBufferPointer, _ offset: inout Int) {
    do {
      let bytes = UnsafeRawBufferPointer(input)
      while let event = try client.parser?.next(in: bytes.bytes, from: &offset) {
        switch event {
        case .head(let head):
          try handshake.check(head)
          try agree(client, head)
        case .body: break
        case .end:
          client.parser = nil
          client.stage = .open
          scenario.opened(client, self)
          return
        }
      }
    } catch let error as WebSocketHandshakeError {
      fail("the server opens no WebSocket at \(target.path): \(error.message)")
    } catch {
      fail("the server's answer is not HTTP: \(error)")
    }
  }

  private func agree(_ client: LoadClient, _ head: HTTPReceivedHead) throws(WebSocketHandshakeError) {
    guard deflate != nil else { return }
    guard let agreed = try handshake.agreed(head) else { return fail("the server does not compress") }
    client.deflate = WebSocketDeflateContext(agreed, role: .client)
    client.decoder.allowsCompression = true
  }
}
