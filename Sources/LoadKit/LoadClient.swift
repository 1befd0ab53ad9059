import HTTPWire
import Reactor
import TLSEngine
import WebSocketWire

/// One WebSocket of a load.
package final class LoadClient {
  enum Stage {
    case connecting, securing, handshaking, open
    /// It speaks whatever its scenario makes it speak.
    case raw
    case closed
  }

  /// Its place among the clients of its engine.
  package let index: Int
  /// When its connection was begun, in nanoseconds of the monotonic clock.
  package let startedAt: UInt64

  let descriptor: Descriptor
  var stage = Stage.connecting
  var session: TLSSession?
  var parser: HTTPResponseParser? = HTTPResponseParser()
  var decoder = WebSocketDecoder(role: .client, maxMessageBytes: 64 << 20)
  var deflate: WebSocketDeflateContext?
  /// What the server has not taken yet, as it goes on the wire.
  var unsent: [UInt8] = []
  var isReady = false
  /// Whether it is among those that are sent to at the end of the turn.
  var isDirty = false
  /// What its descriptor is watched for.
  var interest = Readiness.writable
  var isDeaf = false

  init(_ descriptor: consuming Descriptor, index: Int, startedAt: UInt64) {
    self.descriptor = descriptor
    self.index = index
    self.startedAt = startedAt
  }

  /// Whether it has connected without asking for a WebSocket.
  package var isRaw: Bool { stage == .raw }

  /// Whether its TLS session goes on from an earlier one.
  package var isResumed: Bool { session?.isResumed ?? false }
}
