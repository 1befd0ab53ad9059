import Glibc
import Reactor
package import WebSocketWire

/// What goes out. A connection is corked while its input is processed, or while it is filled: all that is sent to it
/// meanwhile leaves with one write, from a buffer that the loop's connections share.
extension SocketEngine {
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
    if connection.stage != .closed { corked = connection }
  }

  /// Sends what was collected.
  package func uncork() {
    guard let connection = corked else { return }
    corked = nil
    guard !cork.isEmpty else { return }
    if connection.security != nil { sealCork(connection) }
    guard !cork.isEmpty else { return }
    let count = cork.withUnsafeBytes { Glibc.write(connection.fd, $0.baseAddress, $0.count) }
    if count < cork.count {
      if count < 0, errno != EAGAIN, errno != EINTR {
        cork.removeAll(keepingCapacity: true)
        return drop(connection)
      }
      connection.unsent = Array(cork[max(0, count)...])
      connection.written = 0
      connection.security?.sealed = connection.unsent.count
      updateInterest(connection)
    }
    // A giant answer must not keep its memory for ever.
    cork.removeAll(keepingCapacity: cork.capacity <= 1 << 20)
  }

  /// How much waits to be sent to a connection, in bytes.
  package func backlog(of connection: Connection) -> Int {
    connection.unsentCount + (corked === connection ? cork.count : 0)
  }

  /// Sends what is left to be sent at the end of a turn.
  package func flush() {
    uncork()
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
  func emit(_ connection: Connection, _ append: (inout [UInt8]) -> Void) {
    guard connection.stage != .closed else { return }
    if corked === connection, connection.unsent.isEmpty { return append(&cork) }
    append(&connection.unsent)
    if !connection.isDirty {
      connection.isDirty = true
      dirty.append(connection)
    }
  }

  /// Writes what is unsent, as far as the peer takes it.
  func write(_ connection: Connection) {
    seal(connection)
    guard connection.stage != .closed, connection.written < connection.unsent.count else { return }
    let count = connection.unsent.withUnsafeBytes { bytes in
      Glibc.write(
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
    if corked === connection { uncork() }
    sayGoodbye(connection)
    if connection.stage != .closed, connection.unsent.isEmpty { shutdown(connection.fd, Int32(SHUT_WR)) }
    updateInterest(connection)
  }

  /// Waits for what the connection needs next: to read, unless it is paused or leaves too much unread itself; to write,
  /// where something is unsent.
  func updateInterest(_ connection: Connection) {
    guard connection.stage != .closed else { return }
    var interest: Readiness = []
    let isWaiting = connection.isPaused || connection.security?.isQueued == true
    let isWanted = !isWaiting && connection.unsentCount < settings.unsentBytes && connection.unread.isEmpty
    if isWanted || connection.stage == .lingering, !connection.hasPeerEnded { interest.insert(.readable) }
    if connection.written < connection.unsent.count { interest.insert(.writable) }
    if connection.unsentCount >= settings.unsentBytes, connection.interest.contains(.readable),
      !interest.contains(.readable)
    {
      counts.choked += 1
    }
    guard interest != connection.interest else { return }
    connection.interest = interest
    do { try loop.modify(connection.fd, for: interest) } catch { drop(connection) }
  }
}
