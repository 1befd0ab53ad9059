import Glibc
package import HTTPWire
package import Reactor

/// What a scripted service does with a request, step by step.
package enum ServiceStep: Sendable {
  case send([UInt8])
  /// In milliseconds.
  case pause(UInt64)
  /// Closes in order.
  case close
  /// Closes with a reset, as a machine that has lost its power seems to.
  case reset
  /// Does nothing more, until the client goes.
  case wait
  /// Goes on once `letGo` was called.
  case hold
}

/// A request as a scripted service was sent it.
package struct ServiceRequest: Sendable {
  /// From 1 on.
  package let number: Int
  package let head: HTTPRequestHead
  package let content: [UInt8]
}

/// A server for other servers to ask, over real sockets, that does with each request what the test says.
package actor ScriptedService: ReadinessTarget, TimerTarget {
  /// A connection that somebody has made.
  private final class Peer {
    var descriptor: Descriptor?
    var parser = HTTPRequestParser()
    var head: HTTPRequestHead?
    var content: [UInt8] = []
    var steps: ArraySlice<ServiceStep> = []
    var unsent: ArraySlice<UInt8> = []
    var isPausing = false

    init(_ descriptor: consuming Descriptor) { self.descriptor = .some(descriptor) }
  }

  package nonisolated let unownedExecutor: UnownedSerialExecutor
  /// Where it listens.
  package nonisolated let port: UInt16
  private let loop: EventLoop
  private let listener: Listener
  private let respond: @Sendable (ServiceRequest) -> [ServiceStep]
  private var peers: [UInt64: Peer] = [:]
  private var accepted: UInt64 = 0
  /// What it was asked.
  package private(set) var requests: [ServiceRequest] = []
  /// How often a client went before it was given everything.
  package private(set) var abandoned = 0
  private var holds = true
  private var waiter: (isThere: @Sendable (isolated ScriptedService) -> Bool, CheckedContinuation<Void, Never>)?

  /// - Parameters:
  ///   - loop: where it lives; nil: on the loop of all tests' clients.
  ///   - respond: called on its loop.
  package init(on loop: EventLoop? = nil, _ respond: @escaping @Sendable (ServiceRequest) -> [ServiceStep]) async throws
  {
    let loop = try loop ?? TestLoop.shared()
    let listener = try Listener(host: "127.0.0.1", port: 0, shared: false)
    self.loop = loop
    unownedExecutor = loop.asUnownedSerialExecutor()
    port = listener.port
    self.listener = listener
    self.respond = respond
    try begin()
  }

  private func begin() throws {
    try loop.register(listener.descriptor.raw, for: .readable, target: self, token: 0)
  }

  /// Where it is for clients.
  package nonisolated var url: String { "http://127.0.0.1:\(port)" }

  /// How many connections were made to it.
  package var connections: Int { Int(accepted) }

  /// Ends all connections, and takes no more.
  package func close() {
    loop.deregister(listener.descriptor.raw)
    for token in Array(peers.keys) { drop(token) }
  }

  /// All that is held goes on, and nothing is held any more.
  package func letGo() {
    holds = false
    for token in Array(peers.keys) { goOn(token) }
  }

  /// Waits until it is as it should be.
  package func until(_ isThere: @escaping @Sendable (isolated ScriptedService) -> Bool) async {
    if isThere(self) { return }
    await withCheckedContinuation { waiter = (isThere, $0) }
  }

  private func tell() {
    guard let (isThere, continuation) = waiter, isThere(self) else { return }
    waiter = nil
    continuation.resume()
  }

  // MARK: The loop's calls

  package nonisolated func ready(_ token: UInt64, _ readiness: Readiness) {
    assumeIsolated { service in
      if token == 0 { return service.accept() }
      if readiness.isForWriting { service.goOn(token) }
      if readiness.isForReading { service.read(token) }
    }
  }

  package nonisolated func timerFired(_ token: UInt64) {
    assumeIsolated { service in
      service.peers[token]?.isPausing = false
      service.goOn(token)
    }
  }

  private func accept() {
    do {
      while let descriptor = try listener.accept() {
        let fd = descriptor.raw
        accepted += 1
        peers[accepted] = Peer(descriptor)
        try loop.register(fd, for: .readable, target: self, token: accepted)
      }
    } catch {
      drop(accepted)
    }
  }

  private func drop(_ token: UInt64) {
    guard let peer = peers.removeValue(forKey: token), let fd = peer.descriptor?.raw else { return }
    loop.deregister(fd)
    peer.descriptor = nil
    tell()
  }

  private func read(_ token: UInt64) {
    guard let peer = peers[token], let fd = peer.descriptor?.raw else { return }
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    let count = Glibc.read(fd, &buffer, buffer.count)
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else {
      if !peer.steps.isEmpty || !peer.unsent.isEmpty { abandoned += 1 }
      return drop(token)
    }
    do {
      var offset = 0
      let bytes = Array(buffer[..<count])
      while let event = try peer.parser.next(in: bytes.span.bytes, from: &offset) {
        switch event {
        case .head(let head): (peer.head, peer.content) = (head, [])
        case .body(let range): peer.content += bytes[range]
        case .end:
          guard let head = peer.head else { break }
          requests.append(ServiceRequest(number: requests.count + 1, head: head, content: peer.content))
          peer.steps += respond(requests[requests.count - 1])
          tell()
          goOn(token)
        }
      }
    } catch {
      drop(token)
    }
  }

  private func goOn(_ token: UInt64) {
    guard let peer = peers[token], !peer.isPausing else { return }
    while let fd = peer.descriptor?.raw {
      while !peer.unsent.isEmpty {
        let count = peer.unsent.withUnsafeBytes { send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count >= 0 else {
          try? loop.modify(fd, for: [.readable, .writable])
          return
        }
        peer.unsent = peer.unsent.dropFirst(count)
      }
      guard let step = peer.steps.first else { break }
      if case .wait = step { break }
      if case .hold = step, holds { break }
      peer.steps = peer.steps.dropFirst()
      switch step {
      case .send(let bytes): peer.unsent = bytes[...]
      case .pause(let milliseconds):
        peer.isPausing = true
        loop.schedule(after: milliseconds, target: self, token: token)
        try? loop.modify(fd, for: .readable)
        return
      case .close: return drop(token)
      case .reset:
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        return drop(token)
      case .wait, .hold: break
      }
    }
    if let fd = peer.descriptor?.raw { try? loop.modify(fd, for: .readable) }
  }
}
