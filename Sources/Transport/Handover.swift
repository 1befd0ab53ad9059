import Reactor
import Synchronization

/// A WebSocket on its way from one loop to another: its descriptor, and the bytes that are under way in it. Closed where
/// nobody takes it.
package final class Handover: Sendable {
  private let descriptor: Mutex<Descriptor?>
  let unread: [UInt8]
  let unsent: [UInt8]
  let peer: SocketAddress?

  init(_ descriptor: consuming Descriptor, unread: [UInt8], unsent: [UInt8], peer: SocketAddress?) {
    self.descriptor = Mutex(descriptor)
    self.unread = unread
    self.unsent = unsent
    self.peer = peer
  }

  /// The descriptor, for the first who asks.
  func take() -> Descriptor? {
    descriptor.withLock { $0.take() }
  }
}
