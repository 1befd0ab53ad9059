import Glibc
package import HTTPWire

/// Responses whose content comes in pieces, for as long as it takes: streams of server-sent events (WHATWG HTML section
/// 9.2), and files that are made while they are sent. A peer that is slow is told of by `backlog` and `.drained`, as with
/// a WebSocket.
extension SocketEngine {
  /// Answers the request that the connection waits with by a head; the content follows with `stream`. The connection
  /// ends with it. A peer that has sent its last byte counts as gone, since nothing else tells that of a reader.
  /// - Parameter isOfEvents: whether a comment may be sent where nothing else is.
  /// - Returns: whether content may follow; else the connection ends: the request was HEAD, or its peer is gone.
  package func beginStream(_ connection: Connection, _ head: HTTPResponseHead, isOfEvents: Bool = true) -> Bool {
    guard connection.stage == .http, let exchange = connection.exchange, exchange.isAnswering,
      let request = exchange.head
    else { return false }
    if connection.hasPeerEnded {
      dismiss(connection)
      return false
    }
    var head = head
    addSecurity(to: &head, on: connection)
    var body = HTTPBody.none
    emit(connection) { output in
      let wire = HTTPResponseHead.Connection(answering: request, closing: true)
      body = head.append(to: &output, for: wire, body: .chunked, date: date).body
    }
    if body == .none {
      linger(connection)
      return false
    }
    connection.stage = .streaming
    connection.isChunked = body == .chunked
    connection.takesComments = isOfEvents
    connection.exchange = nil
    connection.unread = []
    connection.isPaused = false
    connection.lastHeard = now
    limitSilence(of: connection)
    updateInterest(connection)
    return connection.stage == .streaming
  }

  /// Sends a piece of a stream's content.
  package func stream(_ piece: borrowing RawSpan, to connection: Connection) {
    guard connection.stage == .streaming else { return }
    let piece = copy piece
    // What is unsent before it tells since when the peer takes nothing.
    if connection.unsent.isEmpty { connection.lastHeard = now }
    emit(connection) { output in
      if connection.isChunked {
        HTTPResponseHead.appendChunk(piece, to: &output)
      } else {
        piece.withUnsafeBytes { output.append(contentsOf: $0) }
      }
    }
  }

  /// Ends a stream, and its connection once the peer has read it.
  package func endStream(_ connection: Connection) {
    guard connection.stage == .streaming else { return }
    if connection.isChunked { emit(connection) { HTTPResponseHead.appendLastChunk(to: &$0) } }
    linger(connection)
  }

  /// Cuts a stream off, so that nobody takes what has come of it for the whole: without its last chunk, and by a reset,
  /// since the end of the connection itself is what tells a client without chunks that it has all.
  package func abortStream(_ connection: Connection) {
    guard connection.stage == .streaming else { return }
    var reset = Glibc.linger(l_onoff: 1, l_linger: 0)
    setsockopt(connection.fd, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<Glibc.linger>.size))
    drop(connection)
  }

  /// Once a second: a stream of events without traffic is given a comment, so that nobody in between takes it for dead; a peer
  /// that takes nothing for as long as two pings of a WebSocket may be left unanswered is given up.
  func checkStream(_ connection: Connection) {
    let silence = now - connection.lastHeard
    guard settings.pingSeconds > 0, silence >= settings.pingSeconds else { return }
    if connection.unsentCount == 0 {
      guard connection.takesComments else { return }
      let comment: [UInt8] = [UInt8(ascii: ":"), 0x0A, 0x0A]
      stream(comment.span.bytes, to: connection)
    } else if silence >= 3 * settings.pingSeconds {
      counts.silent += 1
      drop(connection)
    }
  }

  /// Has the kernel give up a peer that has vanished: what it holds for the peer is no longer seen from here.
  private func limitSilence(of connection: Connection) {
    guard settings.pingSeconds > 0 else { return }
    var milliseconds = 3 * settings.pingSeconds * 1000
    setsockopt(
      connection.fd, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, socklen_t(MemoryLayout<UInt32>.size))
  }
}
