import HTTPWire
import Reactor
import WebSocketWire

/// One WebSocket of a load.
package final class LoadClient {
  enum Stage {
    case connecting, handshaking, open, closed
  }

  /// Its place among the clients of its engine.
  package let index: Int
  /// When its connection was begun, in nanoseconds of the monotonic clock.
  package let startedAt: UInt64

  let descriptor: Descriptor
  var stage = Stage.connecting
  var parser: HTTPResponseParser? = HTTPResponseParser()
  var decoder = WebSocketDecoder(role: .client, maxMessageBytes: 64 << 20)
  /// What the server has not taken yet.
  var unsent: [UInt8] = []
  var isReady = false
  var isWaitingToWrite = false

  init(_ descriptor: consuming Descriptor, index: Int, startedAt: UInt64) {
    self.descriptor = descriptor
    self.index = index
    self.startedAt = startedAt
  }
}
