import Glibc
package import HTTPWire
package import Log
package import Reactor
import TLSEngine
import WebSocketWire

/// The connections of one loop. It is driven by the actor that owns it: readiness goes in, events are taken out one by
/// one with `next()`, and at the end of each turn `flush()` sends what was left to be sent, with one write a connection.
///
/// Nothing here is shared with other loops; a connection moves to another loop only by `release` and `adopt`.
package final class SocketEngine {
  let loop: EventLoop
  let settings: TransportSettings
  let log: Logger
  let target: any ReadinessTarget
  private var doors: [Door] = []
  /// Whether connections end with the answer to their present request.
  private(set) var isStopping = false

  /// The largest content that a request may have, by its route, in bytes.
  let bodyLimit: (HTTPRequestHead) -> Int

  /// By descriptor.
  var connections: [Connection?] = []
  /// Of those that are counted, by network.
  var networks: [UInt64: Int] = [:]
  package internal(set) var counts = TransportCounts()
  var reported = TransportCounts()
  /// How many connections are open.
  package internal(set) var count = 0

  /// One buffer for all that is received on the loop.
  let input: UnsafeMutableRawBufferPointer
  /// The connection whose input is being processed, and the part of the input that is left.
  var current: Connection?
  var offset = 0
  var end = 0
  /// The decoder of the connection whose input is being processed.
  var decoder: WebSocketDecoder

  let deflate: WebSocketDeflatePool

  /// One buffer for what connections are sent in a turn: first the outbox, then what the one that is corked is sent.
  var cork: [UInt8] = []
  /// The slot of the connection that is corked. A number, as in the parcels: holding a connection costs twice as much as
  /// all else that is done to cork it.
  var corked: Int?
  var corkStart = 0
  /// What is being added to what a connection has not sent yet.
  var spill: [UInt8] = []
  /// What leaves together at the end of the turn: the processor does one thing many times rather than many in turns.
  var outbox: [Parcel] = []
  var leaving: [Parcel] = []

  var dirty: [Connection] = []
  var resumed: [Connection] = []
  var events: [TransportEvent] = []
  /// Seconds since the engine began.
  var now: UInt32 = 1
  var date: [UInt8] = []

  /// What encrypted connections read through; nil before the first.
  var channel: TLSChannel?
  /// What was read and is not the codecs' yet: with room for the rest of a PROXY header.
  let raw: UnsafeMutableRawBufferPointer
  /// The TLS handshakes of the present turn, and those that wait for later ones.
  var handshakes = 0
  var waitingHandshakes: [Connection] = []
  var bell: Bell?
  var isBellRinging = false

  static let bellToken = UInt64.max
  /// The first door's; the next ones' are below it.
  static let doorToken = UInt64.max - 1

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
    decoder = WebSocketDecoder(role: .server, maxMessageBytes: settings.messageBytes)
    input = .allocate(byteCount: 64 * 1024, alignment: 64)
    let needsRaw = settings.tls != nil || settings.expectsProxyHeader
    raw = .allocate(byteCount: needsRaw ? 48 * 1024 : 0, alignment: 64)
    refreshDate()
  }

  deinit {
    input.deallocate()
    raw.deallocate()
  }

  // MARK: Accepting

  /// Begins to accept connections.
  /// - Parameter port: where a listener without TLS sends all requests, a port that speaks HTTPS; nil: they are
  ///   answered, with TLS where the settings have certificates.
  package func listen(on listener: consuming Listener, redirectingTo port: UInt16? = nil) throws(SystemError) {
    let door = Door(listener, redirection: port)
    try watch(door, at: doors.count)
    doors.append(door)
  }

  private func watch(_ door: Door, at place: Int) throws(SystemError) {
    try loop.register(
      door.listener.descriptor.raw, for: .readable, target: target, token: Self.doorToken - UInt64(place))
    door.isOpen = true
  }

  /// Accepts no more connections, and closes those that only wait for a request.
  package func stopListening() {
    for door in doors where door.isOpen { loop.deregister(door.listener.descriptor.raw) }
    doors = []
    isStopping = true
    dismiss { _ in true }
  }

  /// Closes the connections that only wait for a next request; from now on each ends with the answer to its present one.
  /// A first request may be on its way here, and is answered.
  package func endExchanges() {
    isStopping = true
    dismiss { $0.hasAnswered }
  }

  /// Closes the connections without a request under way, by what became of those before.
  private func dismiss(where condition: (Exchange) -> Bool) {
    post()
    for case let connection? in connections where connection.stage == .http && connection.unsentCount == 0 {
      if let exchange = connection.exchange, !exchange.isAnswering, condition(exchange) { dismiss(connection) }
    }
  }

  private func accept(at door: Door) {
    do {
      // The queue is left to the next turns where it is long, so that the open connections are heard in between.
      for _ in 0..<256 {
        guard let descriptor = try door.listener.accept() else { return }
        counts.accepted += 1
        if hasRoom { add(Connection(descriptor, now: now), from: door) } else { counts.full += 1 }
      }
    } catch {
      // Mostly out of descriptors: the next tick tries again.
      counts.failedAccepts += 1
      log.warning("can't accept connections for a moment", ["error": error])
      loop.deregister(door.listener.descriptor.raw)
      door.isOpen = false
    }
  }

  private func add(_ connection: Connection, from door: Door) {
    do {
      if expectsProxyHeader(connection) { connection.prologue = [] }
      connection.redirection = door.redirection
      if let tls = settings.tls, door.redirection == nil { try secure(connection, tls) }
      try register(connection)
      connection.exchange = Exchange(limits: settings.http)
      judge(connection)
    } catch {
      log.warning("a connection can't be taken", ["error": "\(error)"])
    }
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
    if token > Self.doorToken - 8 {
      if token == Self.bellToken { return admitHandshakes() }
      let place = Int(Self.doorToken - token)
      if doors.indices.contains(place) { accept(at: doors[place]) }
      return
    }
    guard connections.indices.contains(Int(token)), let connection = connections[Int(token)] else { return }
    if readiness.isForWriting { write(connection) }
    if readiness.isForReading { receive(connection) }
  }

  /// To be called once a second: time-outs, pings, and a listener that could not accept.
  package func tick() {
    now += 1
    refreshDate()
    for (place, door) in doors.enumerated() where !door.isOpen { try? watch(door, at: place) }
    for connection in connections {
      if let connection { check(connection) }
    }
    report()
  }

  private func refreshDate() {
    date.removeAll(keepingCapacity: true)
    HTTPDate.append(Int64(time(nil)), to: &date)
  }

  /// Forgets a connection and closes its descriptor.
  func drop(_ connection: Connection) {
    post()
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
    leave(connection)
    if current === connection { (current, offset, end) = (nil, 0, 0) }
    if corked == connection.slot {
      corked = nil
      cork.removeLast(cork.count - corkStart)
    }
    return connection.descriptor.take()
  }
}
