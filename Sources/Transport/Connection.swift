package import Reactor
import HTTPWire
import WebSocketWire

/// One TCP connection: first HTTP, then perhaps a WebSocket. It belongs to the engine that accepted it, and holds no
/// buffer while nothing is under way.
package final class Connection {
  enum Stage {
    case http
    case webSocket
    /// A response is being sent whose content comes in pieces, the connection's last: what comes is thrown away.
    case streaming
    /// A close frame was sent: what comes is only waited for to end.
    case closing
    /// The last response was sent: what comes is thrown away.
    case lingering
    case closed
  }

  /// Where the connection stands in its engine's table: the number of its descriptor, used again by later connections.
  package let slot: Int
  // First what is looked at for every message, so that it lies together.
  var stage = Stage.http
  var isPaused = false
  /// Whether something has come while it was paused, so that it is watched no more.
  var isPressing = false
  var isResumed = false
  var isDirty = false
  /// Whether the peer has sent its last byte, and is only given what it asked for.
  var hasPeerEnded = false
  var unansweredPings: UInt8 = 0
  var interest: Readiness = .readable
  /// The engine's clock at the last byte from the peer, or at the last change of stage, in seconds.
  var lastHeard: UInt32
  /// What could not be written yet, from `written` on.
  var unsent: [UInt8] = []
  var written = 0
  /// What was received but not processed, since the connection is paused.
  var unread: [UInt8] = []
  /// Nil where the connection is not encrypted.
  var security: Security?
  /// What has come of a PROXY header; nil where none is expected any more.
  var prologue: [UInt8]?
  /// What has come of a WebSocket message or frame; nil between two of them.
  var partial: PartialMessage?
  /// Nil where no compression was agreed on.
  var deflate: WebSocketDeflateContext?
  /// How many frames have come in the second `second` of the engine's clock.
  var frames: UInt32 = 0
  var second: UInt32 = 0

  /// Nil once the connection is gone, or has gone to another engine.
  var descriptor: Descriptor?
  /// Where it comes from, as far as proxies tell.
  var origin: Origin?
  /// Where its requests are sent instead, a port that speaks HTTPS; nil: they are answered.
  var redirection: UInt16?
  /// The request that is being read or answered; nil once the connection is a WebSocket.
  var exchange: Exchange?
  /// Whether the pieces of its stream are sent as chunks; else they end with the connection.
  var isChunked = false
  /// Whether its stream is one of events, which may hold comments.
  var takesComments = true
  /// The network that the connection is counted for; 0: for none.
  var network: UInt64 = 0

  init(_ descriptor: consuming Descriptor, now: UInt32) {
    slot = Int(descriptor.raw)
    self.descriptor = .some(descriptor)
    lastHeard = now
  }

  var fd: Int32 { Int32(slot) }

  /// The other end: the client's, where a trusted proxy tells of it. Asked of the system each time.
  package var peer: SocketAddress? {
    origin?.forwarded ?? origin?.told ?? (descriptor == nil ? nil : SocketAddress(peer: fd))
  }

  /// Whether it is encrypted here, and not by a proxy.
  package var isEncrypted: Bool { security != nil }

  /// Whether it is encrypted.
  package var isSecure: Bool { security != nil }

  /// How much the peer has not taken yet, in bytes.
  package var unsentCount: Int { unsent.count - written }

  /// Adds to what is unsent. What has left is given back, and beyond a little there is room for all at once: an array
  /// that grows leaves holes of all sizes behind, while room that is not used costs nothing.
  /// - Parameter most: what may be unsent, in bytes.
  func keep(_ bytes: [UInt8], most: Int) {
    if written >= Self.worthMoving {
      unsent.removeFirst(written)
      security?.sealed -= written
      written = 0
    }
    let needed = unsent.count + bytes.count
    if needed > unsent.capacity, needed > Self.worthMoving {
      unsent.reserveCapacity(max(needed, most) + Self.worthMoving)
    }
    unsent.append(contentsOf: bytes)
  }

  /// So much memory is worth copying the rest for, in bytes.
  private static let worthMoving = 32 * 1024

  /// Whether more of a stream may be sent on it.
  package var isStreaming: Bool { stage == .streaming }

  /// Whether the connection is an open WebSocket.
  package var isOpenWebSocket: Bool { stage == .webSocket }
}

/// The decoder of a connection that has sent a part of a message. Between messages it needs none of its own.
final class PartialMessage {
  var decoder: WebSocketDecoder

  init(_ decoder: consuming WebSocketDecoder) { self.decoder = decoder }
}

/// One request and its response. Its memory is given back with an upgrade.
final class Exchange {
  var parser: HTTPRequestParser
  var head: HTTPRequestHead?
  var content: [UInt8] = []
  /// Whether a request was handed out that has no response yet.
  var isAnswering = false
  /// Whether the connection's first request was answered.
  var hasAnswered = false
  /// When the request began, in the engine's seconds.
  var beganAt: UInt32?

  /// - Parameter head: a request that was handed out by another engine, and waits for its answer here.
  init(limits: HTTPLimits, answering head: HTTPRequestHead? = nil) {
    parser = HTTPRequestParser(limits: limits)
    self.head = head
    isAnswering = head != nil
  }
}
