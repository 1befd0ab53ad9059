import HTTPWire
import Reactor
import TLSEngine
import Synchronization
import WebSocketWire

/// A connection on its way from one loop to another: its descriptor, its TLS session, the bytes that are under way in it,
/// and the request that it waits with, or the context of its compression. Closed where nobody takes it.
package final class Handover: Sendable {
  private let descriptor: Mutex<Descriptor?>
  private let deflate: Mutex<WebSocketDeflateContext?>
  /// What is to be answered; nil for a WebSocket.
  let request: HTTPRequestHead?
  let unread: [UInt8]
  let unsent: [UInt8]
  let session: TLSSession?
  /// Whether the peer has said that nothing more follows.
  let hasPeerEnded: Bool
  /// The other end, where a proxy has told it: by a PROXY header, and by the fields of the present request.
  let told: SocketAddress?
  let forwarded: SocketAddress?
  /// The network that the connection is counted for; 0: for none.
  let network: UInt64

  init(
    _ descriptor: consuming Descriptor, request: HTTPRequestHead?, deflate: consuming WebSocketDeflateContext?,
    unread: [UInt8], unsent: [UInt8], session: TLSSession?, hasPeerEnded: Bool, origin: Origin?, network: UInt64
  ) {
    self.descriptor = Mutex(descriptor)
    self.deflate = Mutex(deflate)
    self.request = request
    self.unread = unread
    self.unsent = unsent
    self.session = session
    self.hasPeerEnded = hasPeerEnded
    told = origin?.told
    forwarded = origin?.forwarded
    self.network = network
  }

  /// The descriptor, for the first who asks.
  func take() -> Descriptor? {
    descriptor.withLock { $0.take() }
  }

  /// The context of its compression, for the first who asks.
  func takeDeflate() -> WebSocketDeflateContext? {
    deflate.withLock { $0.take() }
  }
}
