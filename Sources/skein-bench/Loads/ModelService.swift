import Glibc
import HTTPWire
import LoadKit
import Reactor

/// A model that answers every question in the same way: so many chunks of so many bytes, each after an interval, by the
/// interface `chat-completions`. Each chunk begins with the instant at which it was sent. It lives on a thread of its own.
actor ModelService: ReadinessTarget, TimerTarget {
  /// A connection of the server's, and the answer that is under way on it.
  private final class Peer {
    let descriptor: Int32
    var parser = HTTPRequestParser()
    var unsent: [UInt8] = []
    /// When its answer began, in nanoseconds; nil while there is none.
    var begunAt: UInt64?
    var sent = 0

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// An event, as a piece of the content.
    func add(_ data: String) {
      let size = String("data: \n\n".utf8.count + data.utf8.count, radix: 16)
      unsent += "\(size)\r\ndata: \(data)\n\n\r\n".utf8
    }
  }

  nonisolated let unownedExecutor: UnownedSerialExecutor
  nonisolated let port: UInt16
  private let loop: EventLoop
  private let listener: Listener
  private let chunks: Int
  private let interval: UInt64
  private let padding: String
  private var peers: [UInt64: Peer] = [:]
  private var accepted: UInt64 = 0

  /// - Parameters:
  ///   - bytes: the size of a chunk.
  ///   - interval: in milliseconds.
  init(chunks: Int, bytes: Int, interval: Int) throws {
    let loop = try EventLoop()
    let listener = try Listener(host: "127.0.0.1", port: 0, shared: false)
    self.loop = loop
    unownedExecutor = loop.asUnownedSerialExecutor()
    port = listener.port
    self.listener = listener
    self.chunks = chunks
    self.interval = UInt64(interval) * 1_000_000
    padding = String(repeating: "x", count: bytes - StreamScenario.stampDigits)
    loop.start()
  }

  nonisolated var url: String { "http://127.0.0.1:\(port)" }

  /// Begins to listen.
  func begin() throws {
    try loop.register(listener.descriptor.raw, for: .readable, target: self, token: 0)
    loop.schedule(after: 1, target: self)
  }

  /// Ends its thread.
  nonisolated func stop() {
    loop.stop()
    loop.join()
  }

  // MARK: The loop's calls

  nonisolated func ready(_ token: UInt64, _ readiness: Readiness) {
    assumeIsolated { service in
      if token == 0 { return service.accept() }
      if readiness.isForWriting { service.flush(token) }
      if readiness.isForReading { service.read(token) }
    }
  }

  /// Once a millisecond: sends what is due.
  nonisolated func timerFired(_ token: UInt64) {
    assumeIsolated { service in
      for token in service.peers.keys { service.stream(token) }
      service.loop.schedule(after: 1, target: service)
    }
  }

  private func accept() {
    while let descriptor = try? listener.accept() {
      accepted += 1
      let fd = descriptor.release()
      peers[accepted] = Peer(fd)
      try? loop.register(fd, for: .readable, target: self, token: accepted)
    }
  }

  private func drop(_ token: UInt64) {
    guard let peer = peers.removeValue(forKey: token) else { return }
    loop.deregister(peer.descriptor)
    close(peer.descriptor)
  }

  private func read(_ token: UInt64) {
    guard let peer = peers[token] else { return }
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    let count = SocketTransfer.receive(peer.descriptor, into: &buffer, buffer.count)
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else { return drop(token) }
    let bytes = Array(buffer[..<count])
    var offset = 0
    do {
      while let event = try peer.parser.next(in: bytes.span.bytes, from: &offset) {
        guard case .end = event else { continue }
        (peer.begunAt, peer.sent) = (EventLoop.monotonicNanoseconds(), 0)
        peer.unsent += "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".utf8
      }
    } catch {
      return drop(token)
    }
    flush(token)
  }

  private func stream(_ token: UInt64) {
    guard let peer = peers[token], let begunAt = peer.begunAt else { return }
    let now = EventLoop.monotonicNanoseconds()
    guard now >= begunAt + UInt64(peer.sent) * interval else { return }
    // One that is late has several at once, as a model that was held up has.
    while peer.sent < chunks, now >= begunAt + UInt64(peer.sent) * interval {
      let digits = String(now / 1000)
      let stamp = String(repeating: "0", count: StreamScenario.stampDigits - digits.count) + digits
      peer.add("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(stamp)\(padding)\"}}]}")
      peer.sent += 1
    }
    if peer.sent == chunks {
      peer.add("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}")
      peer.add("[DONE]")
      peer.unsent += "0\r\n\r\n".utf8
      peer.begunAt = nil
    }
    flush(token)
  }

  private func flush(_ token: UInt64) {
    guard let peer = peers[token], !peer.unsent.isEmpty else { return }
    let count = peer.unsent.withUnsafeBytes { SocketTransfer.send(peer.descriptor, $0.baseAddress, $0.count) }
    if count < 0, errno != EAGAIN, errno != EINTR { return drop(token) }
    peer.unsent.removeFirst(max(0, count))
    try? loop.modify(peer.descriptor, for: peer.unsent.isEmpty ? .readable : [.readable, .writable])
  }
}
