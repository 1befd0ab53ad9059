import Glibc
import HTTPWire
import Reactor
package import WebSocketWire

/// Bytes in, events out.
extension SocketEngine {
  /// The next event; nil where nothing is left to be processed.
  package func next() -> TransportEvent? {
    while true {
      if !events.isEmpty { return events.removeFirst() }
      if current == nil {
        guard !resumed.isEmpty, let connection = resumed.popLast() else { return nil }
        connection.isResumed = false
        resume(processing: connection)
        continue
      }
      guard let connection = current else { return nil }
      // Mostly a message is all that has come.
      let isUsedUp = offset == end && connection.stage == .webSocket
      if !isUsedUp, let event = step(connection) { return event }
      if current === connection { finish(connection) }
    }
  }

  /// Hands on the messages that have come, one after the other, up to what else there may be: `next()` tells of that.
  /// It would tell of messages too, for an event each, which costs more than all else that is done for a short one.
  package func forEachMessage(_ handle: (Connection, WebSocketEvent) -> Void) {
    guard let connection = current, connection.stage == .webSocket else { return }
    do throws(WebSocketError) {
      let bytes = UnsafeMutableRawBufferPointer(start: input.baseAddress, count: end)
      while events.isEmpty, isTaken(connection), let message = decoder.nextWhole(in: bytes, from: &offset) {
        try limitRate(connection)
        handle(connection, message)
        guard current === connection, connection.stage == .webSocket else { return }
      }
    } catch {
      fail(connection, error)
    }
    if events.isEmpty, offset == end { finish(connection) }
  }

  /// Whether `next()` has something to process.
  package var hasEvents: Bool { !events.isEmpty || !resumed.isEmpty || current != nil }

  /// Reads what has come, once: level-triggered readiness tells of more.
  func receive(_ connection: Connection) {
    guard connection.stage != .closed, !connection.isResumed else { return }
    if connection.isPaused, !connection.isPressing {
      // Mostly a pause has ended before anything comes, so that the poller is only told of it now.
      connection.isPressing = true
      return updateInterest(connection)
    }
    // Those that are not read are only heard of when they are gone.
    if connection.isPaused || connection.hasPeerEnded || !connection.unread.isEmpty { return drop(connection) }
    if connection.security != nil || connection.prologue != nil { return receiveRaw(connection) }
    // It finds the socket faster than `read` does, which has to ask the file system's layer.
    let count = SocketTransfer.receive(connection.fd, into: input.baseAddress, readingSize(connection, input.count))
    guard count > 0 else {
      if count < 0, errno == EAGAIN || errno == EINTR { return }
      return count == 0 ? peerEnded(connection) : drop(connection)
    }
    // What comes behind the last word buys no time.
    if connection.stage == .lingering { return }
    if connection.stage != .closing { connection.lastHeard = now }
    connection.unansweredPings = 0
    begin(connection, count)
  }

  /// How much is read at once: no more than may wait, so that a peer that does not read what it is answered leaves no
  /// input behind beside that.
  func readingSize(_ connection: Connection, _ most: Int) -> Int {
    min(most, max(Self.leastRead, settings.unsentBytes - connection.unsentCount))
  }

  /// In bytes: below that the calls cost more than the memory.
  private static let leastRead = 1024

  /// The peer sends no more. Over HTTP it may still read (RFC 9112 section 9.6): it is given what it has asked for.
  func peerEnded(_ connection: Connection) {
    post()
    guard connection.stage != .closed else { return }
    let isOwed = connection.unsentCount > 0 || connection.exchange?.isAnswering ?? false
    guard isOwed, connection.stage == .http || connection.stage == .lingering else { return dismiss(connection) }
    connection.hasPeerEnded = true
    updateInterest(connection)
  }

  /// Ends a connection whose peer has ended, once all that it has sent is processed, and answered.
  func endIfDone(_ connection: Connection) {
    guard connection.hasPeerEnded, connection.stage != .closed, current !== connection, !connection.isResumed,
      connection.unread.isEmpty, connection.exchange?.isAnswering != true
    else { return }
    post()
    guard connection.stage != .closed else { return }
    if connection.stage == .lingering || connection.security == nil {
      if connection.unsentCount == 0 { drop(connection) }
    } else {
      linger(connection)
    }
  }

  func begin(_ connection: Connection, _ count: Int) {
    (current, offset, end) = (connection, 0, count)
    corked = connection.slot
    if let partial = connection.partial {
      swap(&decoder, &partial.decoder)
    } else if !decoder.isAtRest {
      // The last connection has gone in the middle of a message.
      decoder = freshDecoder()
    }
  }

  private func freshDecoder() -> WebSocketDecoder {
    WebSocketDecoder(role: .server, maxMessageBytes: settings.messageBytes)
  }

  /// Leaves the decoder for the next connection: with a message that has come in part its state is kept.
  private func putAwayDecoder(of connection: Connection) {
    guard connection.stage == .webSocket || connection.stage == .closing else { return }
    decoder.forgetHandedOut()
    if decoder.isAtRest {
      connection.partial = nil
    } else {
      let partial = connection.partial ?? PartialMessage(freshDecoder())
      connection.partial = partial
      swap(&decoder, &partial.decoder)
    }
  }

  private func resume(processing connection: Connection) {
    guard connection.stage != .closed, !connection.isPaused else { return }
    let unread = connection.unread
    connection.unread = []
    unread.withUnsafeBytes { input.copyMemory(from: $0) }
    begin(connection, unread.count)
  }

  /// What is left of the input is kept for a connection that is paused; what was sent meanwhile goes out.
  private func finish(_ connection: Connection) {
    if offset < end, connection.stage == .http || connection.stage == .webSocket {
      connection.unread = Array(input[offset..<end])
    }
    (current, offset, end) = (nil, 0, 0)
    putAwayDecoder(of: connection)
    uncork()
    goOn(connection)
    updateInterest(connection)
    endIfDone(connection)
  }

  /// Goes on with what a peer has sent that left too much unread itself, once it has read enough.
  func goOn(_ connection: Connection) {
    guard !connection.unread.isEmpty, !connection.isPaused, !connection.isResumed, !isChoked(connection) else { return }
    connection.isResumed = true
    resumed.append(connection)
  }

  /// Whether the peer leaves so much unread that nothing more of it is taken.
  private func isChoked(_ connection: Connection) -> Bool { backlog(of: connection) >= settings.unsentBytes }

  /// Whether the connection's messages are taken now.
  private func isTaken(_ connection: Connection) -> Bool { !connection.isPaused && !isChoked(connection) }

  /// Processes input up to the next event; nil where it is used up, or the connection is paused.
  private func step(_ connection: Connection) -> TransportEvent? {
    switch connection.stage {
    case .http:
      guard let exchange = connection.exchange, !exchange.isAnswering else {
        pause(connection)
        return nil
      }
      return parse(connection, exchange)
    case .webSocket:
      return isTaken(connection) ? decode(connection).map { .message(connection, $0) } : nil
    case .closing:
      return awaitClose(connection)
    case .streaming, .lingering, .closed:
      offset = end
      return nil
    }
  }

  // MARK: HTTP

  private func parse(_ connection: Connection, _ exchange: Exchange) -> TransportEvent? {
    do throws(HTTPError) {
      let bytes = UnsafeRawBufferPointer(rebasing: input[..<end])
      if exchange.beganAt == nil, offset < end { exchange.beganAt = now }
      while let event = try exchange.parser.next(in: bytes.bytes, from: &offset) {
        switch event {
        case .head(let head):
          exchange.head = head
          exchange.parser.bodyLimit = bodyLimit(head)
          if head.expectsContinue, isWelcome(head.body, exchange) {
            emit(connection) { HTTPResponseHead.appendContinue(to: &$0) }
          }
        case .body(let range):
          exchange.content.append(contentsOf: bytes[range])
        case .end:
          guard let head = exchange.head else { continue }
          exchange.isAnswering = true
          exchange.beganAt = nil
          let content = exchange.content
          exchange.content = []
          noteOrigin(of: head, on: connection)
          // Turned away for where it comes from.
          guard connection.stage == .http else { return nil }
          if let port = connection.redirection {
            redirect(connection, head, to: port)
            // Ended by its answer; else the next request follows.
            guard connection.stage == .http else { return nil }
            continue
          }
          return .request(connection, HTTPRequest(head: head, content: content))
        }
      }
    } catch {
      counts.brokenRequests += 1
      refuse(connection, error)
    }
    return nil
  }

  /// Whether the content that a client asks to send may be taken; where not, it is refused without being sent.
  private func isWelcome(_ body: HTTPBody, _ exchange: Exchange) -> Bool {
    if case .length(let length) = body { length <= exchange.parser.bodyLimit } else { true }
  }

  func refuse(_ connection: Connection, _ error: HTTPError) {
    var response = HTTPResponse.problem(error.status, error.message)
    if error.status == .tooManyRequests || error.status == .serviceUnavailable {
      response.head.add("Retry-After", "5")
    }
    emit(connection) { output in
      response.head.append(
        to: &output, for: HTTPResponseHead.Connection(), content: response.content.span.bytes, date: date)
    }
    linger(connection)
  }

  // MARK: WebSocket

  /// Decodes up to the next message; nil where there is none.
  private func decode(_ connection: Connection) -> WebSocketEvent? {
    do throws(WebSocketError) {
      let bytes = UnsafeMutableRawBufferPointer(start: input.baseAddress, count: end)
      decoder.allowsCompression = connection.deflate != nil
      while let event = try decoder.next(in: bytes, from: &offset) {
        try limitRate(connection)
        switch event.kind {
        case .text, .binary:
          guard event.isCompressed else { return event }
          return try deflate.decompress(event, for: &connection.deflate, limit: settings.messageBytes)
        case .ping: send(.pong, event.payload.bytes, to: connection)
        case .pong: break
        case .close:
          answerClose(connection, event)
          return nil
        }
      }
      try limitRate(connection)
    } catch {
      fail(connection, error)
    }
    return nil
  }

  /// What follows a breach can't be understood: the connection fails at once (RFC 6455 section 7.1.7).
  private func fail(_ connection: Connection, _ error: WebSocketError) {
    count(error)
    emit(connection) { output in WebSocketEncoder.appendClose(error.closeCode, reason: error.message, to: &output) }
    linger(connection)
  }

  /// The peer closes: it is answered with its own code (RFC 6455 section 5.5.1), and the connection ends.
  private func answerClose(_ connection: Connection, _ event: WebSocketEvent) {
    emit(connection) { output in
      WebSocketEncoder.appendClose(event.closeCode == .noStatus ? nil : event.closeCode, to: &output)
    }
    linger(connection)
  }

  /// After our close frame only the peer's is waited for.
  private func awaitClose(_ connection: Connection) -> TransportEvent? {
    let bytes = UnsafeMutableRawBufferPointer(rebasing: input[..<end])
    do throws(WebSocketError) {
      decoder.allowsCompression = connection.deflate != nil
      while let event = try decoder.next(in: bytes, from: &offset) {
        if event.kind == .close { linger(connection) }
      }
    } catch {
      linger(connection)
    }
    return nil
  }
}
