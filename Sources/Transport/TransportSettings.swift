package import HTTPWire
package import ProxyWire
package import TLSEngine
package import WebSocketWire

/// The bounds of a socket engine.
package struct TransportSettings: Sendable {
  /// Connections at once on one loop.
  package var connections = 19_000
  /// Connections at once of one IPv4 address, or of one IPv6 network of 64 bits, on one loop; 0: as many as there may
  /// be at all.
  package var connectionsPerAddress = 1000
  /// WebSocket frames, control frames and fragments too, that a peer may send in a second; 0: as many as it can.
  package var framesPerSecond: UInt32 = 500
  package var http = HTTPLimits()
  /// The largest WebSocket message, in bytes, before it is compressed.
  package var messageBytes = 256 * 1024
  /// Compression of WebSocket messages.
  package var deflate = WebSocketDeflateSettings()
  /// How long a request may take to arrive, in seconds.
  package var requestSeconds: UInt32 = 15
  /// How long a connection may stay between two requests, in seconds.
  package var keepAliveSeconds: UInt32 = 60
  /// After how much silence of a WebSocket peer it is sent a ping, in seconds; it is given up after two that it leaves
  /// unanswered. 0: never.
  package var pingSeconds: UInt32 = 25
  /// How long a closing connection is waited for, in seconds.
  package var closeSeconds: UInt32 = 5
  /// A peer that leaves so much unread is no longer read from, in bytes.
  package var unsentBytes = 256 * 1024
  /// The certificates, where connections are encrypted; nil: they are not.
  package var tls: TLSContextStore?
  /// How long a TLS handshake may take, and a PROXY header before it, in seconds.
  package var handshakeSeconds: UInt32 = 10
  /// How many TLS handshakes a loop goes on with in one turn.
  package var handshakesPerTurn = 4
  /// For how long browsers are told to use HTTPS only (RFC 6797), in seconds; 0: they are not told.
  package var hstsSeconds = 0
  /// The proxies whose word about clients is taken.
  package var trustedProxies: [AddressRange] = []
  /// Whether connections of trusted proxies begin with a PROXY header.
  package var expectsProxyHeader = false

  package init() {}
}
