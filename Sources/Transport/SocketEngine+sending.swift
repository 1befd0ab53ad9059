import Glibc
import Reactor
package import WebSocketWire

/// What a connection is sent in a turn: a part of the engine's buffer.
struct Parcel {
  /// The connection's slot, which is its descriptor too. A connection that goes posts its parcels first.
  let slot: Int
  let start: Int
  var end: Int

  var size: Int { end - start }
}

/// What goes out. A connection is corked while its input is processed, or while it is filled: all that is sent to it
/// meanwhile leaves with one write, from a buffer that the loop's connections share.
extension SocketEngine {
  /// How much the outbox holds before it leaves in the middle of a turn: as much as stays in the processor's cache.
  private static let outboxBytes = 64 * 1024
  /// How many connections' parcels it holds at most: their peers go on while the next ones' input is processed, where
  /// after a long turn all would be given work at once and then none.
  private static let outboxParcels = 32

  /// Sends one frame; a message is compressed where that was agreed on and pays.
  package func send(_ opcode: WebSocketOpcode, _ payload: borrowing RawSpan, to connection: Connection) {
    guard connection.stage == .webSocket else { return }
    let payload = copy payload
    if connection.deflate != nil, !opcode.isControl {
      return emit(connection) { output in deflate.append(opcode, payload, for: &connection.deflate, to: &output) }
    }
    emit(connection) { output in WebSocketEncoder.append(opcode, payload, to: &output) }
  }

  /// Collects what is sent to a connection until `uncork`.
  package func cork(_ connection: Connection) {
    uncork()
    if connection.stage != .closed { corked = connection.slot }
  }

  /// Ends collecting: what was collected leaves at the end of the turn.
  package func uncork() {
    guard let slot = corked else { return }
    corked = nil
    guard cork.count > corkStart else { return }
    if settings.tls != nil, let connection = connections[slot], connection.security != nil {
      post()
      sealCork(connection)
      guard cork.count > corkStart else { return }
    }
    outbox.append(Parcel(slot: slot, start: corkStart, end: cork.count))
    corkStart = cork.count
    if corkStart >= Self.outboxBytes || outbox.count >= Self.outboxParcels { post() }
  }

  /// Sends what the outbox holds. It goes before all that is unsent.
  func post() {
    guard !outbox.isEmpty else { return }
    swap(&outbox, &leaving)
    // Under a name of its own, which holds it once for all parcels.
    let bytes = cork
    bytes.withUnsafeBytes { bytes in
      for place in leaving.indices {
        let parcel = leaving[place]
        guard parcel.size > 0 else { continue }
        let count = SocketTransfer.send(Int32(parcel.slot), bytes.baseAddress.map { $0 + parcel.start }, parcel.size)
        if count < parcel.size { keepRest(ofParcelAt: place, sent: count) }
      }
    }
    leaving.removeAll(keepingCapacity: true)
    if cork.count > corkStart {
      cork.removeFirst(corkStart)
    } else {
      // A giant answer must not keep its memory for ever.
      cork.removeAll(keepingCapacity: cork.capacity <= 1 << 20)
    }
    corkStart = 0
  }

  /// The peer did not take a parcel whole: what is left of it, and its later ones, wait to be sent.
  /// - Parameter sent: what `send` has answered.
  private func keepRest(ofParcelAt place: Int, sent: Int) {
    let parcel = leaving[place]
    guard let connection = connections[parcel.slot] else { return }
    let isBroken = sent < 0 && errno != EAGAIN && errno != EINTR
    var rest = Array(cork[parcel.start + max(0, sent)..<parcel.end])
    for later in leaving[(place + 1)...].indices where leaving[later].slot == parcel.slot {
      rest += cork[leaving[later].start..<leaving[later].end]
      leaving[later].end = leaving[later].start
    }
    if isBroken { return drop(connection) }
    connection.security?.sealed += rest.count
    if connection.unsent.isEmpty {
      connection.keep(rest, most: settings.unsentBytes)
    } else {
      connection.unsent.insert(contentsOf: rest, at: 0)
    }
    updateInterest(connection)
  }

  /// How much waits to be sent to a connection, in bytes.
  package func backlog(of connection: Connection) -> Int {
    connection.unsentCount + (corked == connection.slot ? cork.count - corkStart : 0)
  }

  /// Sends what is left to be sent at the end of a turn.
  package func flush() {
    uncork()
    post()
    handshakes = 0
    deflate.trim()
    guard !dirty.isEmpty else { return }
    let connections = dirty
    dirty.removeAll(keepingCapacity: true)
    for connection in connections {
      connection.isDirty = false
      write(connection)
    }
  }

  /// Closes a WebSocket with a close frame; its end is told as `closed` like any other.
  package func close(_ connection: Connection, _ code: WebSocketCloseCode, _ reason: String) {
    guard connection.stage == .webSocket else { return }
    emit(connection) { output in WebSocketEncoder.appendClose(code, reason: reason, to: &output) }
    connection.stage = .closing
    connection.isPaused = false
    connection.unread = []
    connection.lastHeard = now
    updateInterest(connection)
  }

  /// Appends to what the connection is sent.
  @inline(__always)
  func emit(_ connection: Connection, _ append: (inout [UInt8]) -> Void) {
    guard connection.stage != .closed else { return }
    if corked == connection.slot, connection.unsent.isEmpty { append(&cork) } else { emitLater(connection, append) }
  }

  private func emitLater(_ connection: Connection, _ append: (inout [UInt8]) -> Void) {
    spill.removeAll(keepingCapacity: spill.capacity <= 1 << 20)
    append(&spill)
    connection.keep(spill, most: settings.unsentBytes)
    if !connection.isDirty {
      connection.isDirty = true
      dirty.append(connection)
    }
  }

  /// Writes what is unsent, as far as the peer takes it.
  func write(_ connection: Connection) {
    post()
    seal(connection)
    guard connection.stage != .closed, connection.written < connection.unsent.count else { return }
    let count = connection.unsent.withUnsafeBytes { bytes in
      SocketTransfer.send(
        connection.fd, bytes.baseAddress.map { $0 + connection.written }, bytes.count - connection.written)
    }
    if count < 0 {
      if errno != EAGAIN, errno != EINTR { return drop(connection) }
    } else {
      connection.written += count
      // One that takes its response slowly is not silent.
      if connection.stage != .webSocket, connection.stage != .closing { connection.lastHeard = now }
    }
    if connection.written == connection.unsent.count {
      connection.unsent = []
      connection.written = 0
      connection.security?.sealed = 0
      endIfDone(connection)
      guard connection.stage != .closed, connection.unsent.isEmpty else { return }
      if connection.stage == .lingering {
        shutdown(connection.fd, Int32(SHUT_WR))
      } else {
        events.append(.drained(connection))
      }
    }
    updateInterest(connection)
    goOn(connection)
  }

  /// Ends a connection once its last bytes have left: the peer is given time to read them before the descriptor closes.
  func linger(_ connection: Connection) {
    guard connection.stage != .closed else { return }
    connection.stage = .lingering
    connection.lastHeard = now
    connection.exchange = nil
    connection.unread = []
    offset = current === connection ? end : offset
    if corked == connection.slot { uncork() }
    post()
    sayGoodbye(connection)
    if connection.stage != .closed, connection.unsent.isEmpty { shutdown(connection.fd, Int32(SHUT_WR)) }
    updateInterest(connection)
  }

  /// Waits for what the connection needs next: to read, unless it sends in a pause or leaves too much unread itself; to
  /// write, where something is unsent.
  func updateInterest(_ connection: Connection) {
    guard connection.stage != .closed else { return }
    let isWaiting = connection.isPaused && connection.isPressing || connection.security?.isQueued == true
    let isWanted = !isWaiting && connection.unsentCount < settings.unsentBytes && connection.unread.isEmpty
    let interest = Readiness(
      forReading: (isWanted || connection.stage == .lingering) && !connection.hasPeerEnded,
      forWriting: connection.written < connection.unsent.count)
    // Mostly nothing changes: this is asked after every message.
    guard interest.rawValue != connection.interest.rawValue else { return }
    if connection.unsentCount >= settings.unsentBytes, connection.interest.isForReading, !interest.isForReading {
      counts.choked += 1
    }
    connection.interest = interest
    do { try loop.modify(connection.fd, for: interest) } catch { drop(connection) }
  }
}
