import HTTPWire
package import Reactor
package import WebSocketWire

/// Answers, upgrades, pauses and time-outs.
extension SocketEngine {
  /// Answers the request that the connection waits with. Later requests on it go on.
  package func respond(_ connection: Connection, _ response: HTTPResponse) {
    guard connection.stage == .http, let exchange = connection.exchange, exchange.isAnswering, let head = exchange.head
    else { return }
    exchange.isAnswering = false
    exchange.hasAnswered = true
    exchange.head = nil
    var response = response
    addSecurity(to: &response.head, on: connection)
    var keepsAlive = false
    emit(connection) { output in
      keepsAlive = response.head.append(
        to: &output, for: HTTPResponseHead.Connection(answering: head, closing: isStopping),
        content: response.content.span.bytes, date: date)
    }
    connection.lastHeard = now
    if keepsAlive { resume(connection) } else { linger(connection) }
  }

  /// Answers an upgrade request: the connection is a WebSocket from now on.
  package func upgrade(_ connection: Connection, _ handshake: WebSocketHandshake) {
    guard connection.stage == .http, let exchange = connection.exchange, exchange.isAnswering,
      let request = exchange.head
    else { return }
    let deflate = WebSocketDeflate.agree(on: handshake.offeredExtensions, settings.deflate)
    let extensions = deflate.map { [$0.answer] } ?? []
    guard var head = try? handshake.head(extensions: extensions) else {
      return respond(connection, .problem(.internalServerError, ""))
    }
    addSecurity(to: &head, on: connection)
    emit(connection) { output in
      head.append(to: &output, for: HTTPResponseHead.Connection(answering: request), body: .none, date: date)
    }
    connection.exchange = nil
    open(connection, deflate.map { WebSocketDeflateContext($0.agreed, role: .server) })
    connection.lastHeard = now
    resume(connection)
  }

  private func open(_ connection: Connection, _ deflate: consuming WebSocketDeflateContext?) {
    connection.stage = .webSocket
    connection.deflate = deflate
  }

  /// Takes no more input of a connection; what is left of the present input is kept.
  package func pause(_ connection: Connection) {
    guard !connection.isPaused else { return }
    connection.isPaused = true
    connection.isPressing = false
  }

  /// Goes on with a paused connection.
  package func resume(_ connection: Connection) {
    guard connection.isPaused, connection.stage != .closed else { return }
    connection.isPaused = false
    updateInterest(connection)
    if !connection.unread.isEmpty, !connection.isResumed {
      connection.isResumed = true
      resumed.append(connection)
    }
    endIfDone(connection)
  }

  /// Hands a connection over to another loop's engine: a WebSocket between two messages, any other with the request
  /// that waits for its answer.
  package func release(_ connection: Connection) -> Handover? {
    let stage = connection.stage
    let request = stage == .http && connection.exchange?.isAnswering == true ? connection.exchange?.head : nil
    guard stage == .webSocket || request != nil else { return nil }
    if current === connection {
      connection.unread = Array(input[offset..<end])
      uncork()
    }
    post()
    seal(connection)
    guard connection.stage == stage else { return nil }
    connection.stage = .closed
    let network = connection.network
    guard let descriptor = remove(connection) else { return nil }
    return Handover(
      descriptor, request: request, deflate: connection.deflate.take(), unread: connection.unread,
      unsent: Array(connection.unsent[connection.written...]), session: connection.security?.session,
      hasPeerEnded: connection.hasPeerEnded, origin: connection.origin, network: network)
  }

  /// Takes over a connection. It is paused until `resume`.
  package func adopt(_ handover: Handover) throws(SystemError) -> Connection? {
    guard let descriptor = handover.take() else { return nil }
    let connection = Connection(descriptor, now: now)
    if handover.told != nil || handover.forwarded != nil {
      connection.origin = Origin(told: handover.told, forwarded: handover.forwarded)
    }
    guard resume(handover.session, on: connection) else { return nil }
    if let request = handover.request {
      connection.exchange = Exchange(limits: settings.http, answering: request)
    } else {
      open(connection, handover.takeDeflate())
    }
    connection.unread = handover.unread
    connection.hasPeerEnded = handover.hasPeerEnded
    connection.isPaused = true
    if !connection.unread.isEmpty || connection.hasPeerEnded { connection.interest = [] }
    try register(connection)
    enter(connection, handover.network)
    if !handover.unsent.isEmpty {
      connection.security?.sealed = handover.unsent.count
      emit(connection) { $0 = handover.unsent }
    }
    return connection
  }

  /// Time-outs of one connection, once a second.
  func check(_ connection: Connection) {
    let silence = now - connection.lastHeard
    if isOverdue(connection) {
      counts.slowHandshakes += 1
      return drop(connection)
    }
    switch connection.stage {
    case .http:
      guard let exchange = connection.exchange, !exchange.isAnswering else { return }
      if let beganAt = exchange.beganAt {
        if now - beganAt > settings.requestSeconds { time(out: connection) }
      } else if silence > settings.keepAliveSeconds {
        counts.idle += 1
        dismiss(connection)
      }
    case .webSocket:
      guard settings.pingSeconds > 0,
        silence >= settings.pingSeconds * (UInt32(connection.unansweredPings) + 1)
      else { return }
      if connection.unansweredPings == 2 {
        counts.silent += 1
        return drop(connection)
      }
      connection.unansweredPings += 1
      let nothing: [UInt8] = []
      send(.ping, nothing.span.bytes, to: connection)
    case .streaming: checkStream(connection)
    case .closing, .lingering:
      // The kernel takes megabytes at once, so that a slow reader of a last response seems silent for long.
      let isReading = connection.stage == .lingering && connection.unsentCount > 0
      if silence > (isReading ? max(settings.keepAliveSeconds, settings.closeSeconds) : settings.closeSeconds) {
        counts.abandoned += 1
        drop(connection)
      }
    case .closed: break
    }
  }

  private func time(out connection: Connection) {
    counts.slowRequests += 1
    refuse(connection, HTTPError(.requestTimeout, "the request took too long to arrive"))
  }
}
