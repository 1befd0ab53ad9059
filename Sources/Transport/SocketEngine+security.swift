import Glibc
import HTTPWire
import Log
import Reactor
import TLSEngine

/// TLS between the descriptor and the codecs: what comes is decrypted into the engine's input, what goes is encrypted as
/// late as possible, a turn's worth at once.
extension SocketEngine {
  /// How much is read at once from a connection whose bytes are not the codecs' own. Decrypted it fits into the input
  /// together with a record that had come in part.
  static let rawBytes = 32 * 1024

  /// Begins TLS on a connection that was accepted.
  func secure(_ connection: Connection, _ store: TLSContextStore) throws(TLSError) {
    connection.security = Security(try TLSSession(store.current, channel: try takeChannel()), now: now)
  }

  private func takeChannel() throws(TLSError) -> TLSChannel {
    if let channel { return channel }
    let made = try TLSChannel()
    channel = made
    return made
  }

  /// Goes on with the TLS session of a connection that comes from another engine; false where that can't be.
  func resume(_ session: TLSSession?, on connection: Connection) -> Bool {
    guard let session else { return true }
    guard !raw.isEmpty, let channel = try? takeChannel() else { return false }
    session.move(to: channel)
    let security = Security(session, now: now)
    security.hasBegun = true
    connection.security = security
    return true
  }

  /// Whether a connection takes too long to say what goes before its first request.
  func isOverdue(_ connection: Connection) -> Bool {
    if connection.prologue != nil { return now - connection.lastHeard > settings.handshakeSeconds }
    guard let security = connection.security, security.session.isHandshaking, connection.stage == .http else {
      return false
    }
    return now - security.beganAt > settings.handshakeSeconds
  }

  /// Adds what browsers are told of TLS (RFC 6797 section 7.2: only over TLS).
  func addSecurity(to head: inout HTTPResponseHead, on connection: Connection) {
    guard connection.security != nil, settings.hstsSeconds > 0 else { return }
    try? head.add("Strict-Transport-Security", text: "max-age=\(settings.hstsSeconds)")
  }

  /// Reads what has come on a connection that speaks TLS, or begins with a PROXY header.
  func receiveRaw(_ connection: Connection) {
    guard connection.security?.isQueued != true else { return drop(connection) }
    guard admit(connection) else { return }
    let count = SocketTransfer.receive(connection.fd, into: raw.baseAddress, readingSize(connection, Self.rawBytes))
    guard count > 0 else {
      if count < 0, errno == EAGAIN || errno == EINTR { return }
      return count == 0 ? peerEnded(connection) : drop(connection)
    }
    var bytes = UnsafeRawBufferPointer(rebasing: raw[..<count])
    if connection.prologue != nil {
      guard let rest = takeProxyHeader(connection, bytes), !rest.isEmpty else { return }
      bytes = rest
    }
    // What comes behind the last word buys no time.
    if connection.stage == .lingering { return }
    guard let security = connection.security else {
      heard(connection)
      input.copyMemory(from: bytes)
      return begin(connection, bytes.count)
    }
    decrypt(bytes, connection, security)
  }

  private func heard(_ connection: Connection) {
    if connection.stage != .closing { connection.lastHeard = now }
    connection.unansweredPings = 0
  }

  private func decrypt(_ bytes: UnsafeRawBufferPointer, _ connection: Connection, _ security: Security) {
    if !security.hasBegun {
      security.hasBegun = true
      // A record of TLS begins with its kind, which is no letter (RFC 8446 section 5.1); a request of HTTP with one.
      if let first = bytes.first, isLetter(first) {
        connection.security = nil
        return refuse(connection, HTTPError(.badRequest, "this port speaks HTTPS only"))
      }
    }
    let received = security.session.receive(bytes, into: input)
    collect(connection, security)
    switch received.end {
    case .failed(let error):
      log.debug("a TLS connection has failed", ["error": error])
      return linger(connection)
    case .closed:
      connection.hasPeerEnded = true
      updateInterest(connection)
    case nil: break
    }
    guard received.count > 0 else { return endIfDone(connection) }
    // Only now, so that a record that never gets whole buys no time.
    heard(connection)
    begin(connection, received.count)
  }

  private func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }

  /// Takes what the session has to say. It goes before what is not encrypted yet, since it was encrypted before.
  private func collect(_ connection: Connection, _ security: Security) {
    guard let channel, !channel.output.isEmpty else { return }
    if connection.unsent.isEmpty {
      connection.unsent = channel.output
    } else {
      connection.unsent.insert(contentsOf: channel.output, at: security.sealed)
    }
    security.sealed += channel.output.count
    channel.output.removeAll(keepingCapacity: channel.output.capacity <= 64 * 1024)
    if !connection.isDirty {
      connection.isDirty = true
      dirty.append(connection)
    }
  }

  /// Encrypts all that is unsent.
  func seal(_ connection: Connection) {
    guard let security = connection.security, security.sealed < connection.unsent.count else { return }
    do throws(TLSError) {
      // Under a name of its own, as below: a span can't be had of a field of a class without run-time checks.
      let unsent = connection.unsent
      try security.session.send(unsent.span.bytes.extracting(security.sealed...))
      connection.unsent.removeSubrange(security.sealed...)
      collect(connection, security)
    } catch {
      connection.unsent.removeSubrange(security.sealed...)
      log.debug("a TLS connection has failed", ["error": error])
      linger(connection)
    }
  }

  /// Encrypts what was corked for a connection.
  func sealCork(_ connection: Connection) {
    guard let security = connection.security, let channel else { return }
    do throws(TLSError) {
      let plain = cork
      try security.session.send(plain.span.bytes)
      // No copy: the two buffers change their roles each time.
      cork.removeAll(keepingCapacity: cork.capacity <= 1 << 20)
      swap(&cork, &channel.output)
    } catch {
      cork.removeAll(keepingCapacity: true)
      channel.output.removeAll()
      log.debug("a TLS connection has failed", ["error": error])
      drop(connection)
    }
  }

  /// Tells the peer that nothing more follows (close_notify).
  func sayGoodbye(_ connection: Connection) {
    guard let security = connection.security else { return }
    seal(connection)
    security.session.close()
    collect(connection, security)
  }

  /// Drops a connection that nothing is under way on. Over TLS its peer is told that nothing was cut off (RFC 8446
  /// section 6.1), as far as it takes that at once.
  func dismiss(_ connection: Connection) {
    if connection.security != nil {
      sayGoodbye(connection)
      write(connection)
    }
    drop(connection)
  }

  // MARK: Handshakes

  /// Whether the connection may go on now. A handshake costs as much as thousands of messages: so many are done in a
  /// turn, and the others wait for theirs in order.
  private func admit(_ connection: Connection) -> Bool {
    guard let security = connection.security, security.session.isHandshaking, connection.prologue == nil else {
      return true
    }
    if security.isAdmitted {
      security.isAdmitted = false
      return true
    }
    if waitingHandshakes.isEmpty, handshakes < settings.handshakesPerTurn {
      handshakes += 1
      return true
    }
    security.isQueued = true
    waitingHandshakes.append(connection)
    updateInterest(connection)
    ringBell()
    return false
  }

  /// Has the loop come back for those who wait, after it has heard all others.
  private func ringBell() {
    guard !isBellRinging else { return }
    do {
      // It is always ready: watching it makes the next wait end at once.
      if bell == nil { bell = try Bell() }
      if let fd = bell?.fd { try loop.register(fd, for: .readable, target: target, token: Self.bellToken) }
      isBellRinging = true
    } catch {
      for connection in waitingHandshakes { drop(connection) }
      waitingHandshakes.removeAll()
    }
  }

  /// Lets the next ones go on, in the turn to come.
  func admitHandshakes() {
    var admitted = 0
    var place = 0
    while place < waitingHandshakes.count, admitted < settings.handshakesPerTurn {
      let connection = waitingHandshakes[place]
      place += 1
      guard connection.stage != .closed, let security = connection.security else { continue }
      security.isQueued = false
      security.isAdmitted = true
      admitted += 1
      updateInterest(connection)
    }
    waitingHandshakes.removeFirst(place)
    if waitingHandshakes.isEmpty, let fd = bell?.fd {
      loop.deregister(fd)
      isBellRinging = false
    }
  }
}
