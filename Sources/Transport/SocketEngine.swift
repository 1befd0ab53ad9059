import Glibc
package import HTTPWire
package import Log
package import Reactor
import WebSocketWire

/// The connections of one loop. It is driven by the actor that owns it: readiness goes in, events are taken out one by
/// one with `next()`, and at the end of each turn `flush()` sends what was left to be sent, with one write a connection.
///
/// Nothing here is shared with other loops; a connection moves to another loop only by `release` and `adopt`.
package final class SocketEngine {
  let loop: EventLoop
  let settings: TransportSettings
  let log: Logger
  private let target: any ReadinessTarget
  private var listener: Listener?
  private var isListening = false

  /// The largest content that a request may have, by its route, in bytes.
  let bodyLimit: (HTTPRequestHead) -> Int

  /// By descriptor.
  var connections: [Connection?] = []
  /// How many connections are open.
  package internal(set) var count = 0

  /// One buffer for all that is received on the loop.
  let input: UnsafeMutableRawBufferPointer
  /// The connection whose input is being processed, and the part of the input that is left.
  var current: Connection?
  var offset = 0
  var end = 0

  let deflate: WebSocketDeflatePool

  /// One buffer for what is sent to the connection that is corked.
  var cork: [UInt8] = []
  var corked: Connection?

  var dirty: [Connection] = []
  var resumed: [Connection] = []
  var events: [TransportEvent] = []
  /// Seconds since the engine began.
  var now: UInt32 = 1
  var date: [UInt8] = []

  static let listenerToken = UInt64.max

  /// - Parameters:
  ///   - target: who is told of readiness, on the loop; it hands that on to `ready`.
  ///   - bodyLimit: the largest content that a request may have, by its route, in bytes.
  package init(
    loop: EventLoop, settings: TransportSettings, target: any ReadinessTarget, log: Logger,
    bodyLimit: @escaping (HTTPRequestHead) -> Int = { _ in 0 }
  ) {
    self.bodyLimit = bodyLimit
    self.loop = loop
    self.settings = settings
    self.target = target
    self.log = log
    deflate = WebSocketDeflatePool(settings.deflate)
    input = .allocate(byteCount: 64 * 1024, alignment: 64)
    refreshDate()
  }

  deinit { input.deallocate() }

  // MARK: Accepting

  /// Begins to accept connections.
  package func listen(on listener: consuming Listener) throws(SystemError) {
    try loop.register(listener.descriptor.raw, for: .readable, target: target, token: Self.listenerToken)
    self.listener = consume listener
    isListening = true
  }

  /// Accepts no more connections, and closes those that only wait for a next request.
  package func stopListening() {
    if let fd = listener?.descriptor.raw { loop.deregister(fd) }
    listener = nil
    isListening = false
    for case let connection? in connections where connection.stage == .http && connection.unsentCount == 0 {
      if connection.exchange?.isAnswering == false { drop(connection) }
    }
  }

  private func accept() {
    do {
      // The queue is left to the next turns where it is long, so that the open connections are heard in between.
      for _ in 0..<256 {
        guard let descriptor = try listener?.accept() else { return }
        if count >= settings.connections { continue }
        add(Connection(descriptor, peer: nil, now: now))
      }
    } catch {
      // Mostly out of descriptors: the next tick tries again.
      log.warning("can't accept connections for a moment", ["error": error])
      if let fd = listener?.descriptor.raw { loop.deregister(fd) }
      isListening = false
    }
  }

  private func add(_ connection: Connection) {
    configure(connection.fd)
    do {
      try register(connection)
      connection.exchange = Exchange(limits: settings.http)
    } catch {
      log.warning("a connection can't be watched", ["error": error])
    }
  }

  private func configure(_ fd: Int32) {
    var on: Int32 = 1
    setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Enters a connection into the table and begins to watch it.
  func register(_ connection: Connection) throws(SystemError) {
    try loop.register(
      connection.fd, for: connection.interest, target: target, token: UInt64(connection.slot))
    while connections.count <= connection.slot { connections.append(nil) }
    connections[connection.slot] = connection
    count += 1
  }

  // MARK: Driving

  /// Takes what the loop reports. Events may come of it: `next()` until there is none.
  package func ready(_ token: UInt64, _ readiness: Readiness) {
    if token == Self.listenerToken { return accept() }
    guard connections.indices.contains(Int(token)), let connection = connections[Int(token)] else { return }
    if readiness.contains(.writable) { write(connection) }
    if !readiness.isDisjoint(with: [.readable, .closed]) { receive(connection) }
  }

  /// To be called once a second: time-outs, pings, and a listener that could not accept.
  package func tick() {
    now += 1
    refreshDate()
    if !isListening, let fd = listener?.descriptor.raw {
      isListening = (try? loop.register(fd, for: .readable, target: target, token: Self.listenerToken)) != nil
    }
    for connection in connections {
      if let connection { check(connection) }
    }
  }

  private func refreshDate() {
    date.removeAll(keepingCapacity: true)
    HTTPDate.append(Int64(time(nil)), to: &date)
  }

  /// Forgets a connection and closes its descriptor.
  func drop(_ connection: Connection) {
    guard connection.stage != .closed else { return }
    connection.stage = .closed
    remove(connection)
    events.append(.closed(connection))
  }

  /// Takes a connection out of the table, and its descriptor from it.
  @discardableResult
  func remove(_ connection: Connection) -> Descriptor? {
    loop.deregister(connection.fd)
    connections[connection.slot] = nil
    count -= 1
    if current === connection { (current, offset, end) = (nil, 0, 0) }
    if corked === connection {
      corked = nil
      cork.removeAll(keepingCapacity: true)
    }
    return connection.descriptor.take()
  }
}
