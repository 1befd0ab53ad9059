import Deflate

/// What one connection needs to know to compress and decompress. It holds memory only for a side that keeps its context,
/// from that side's first message on.
package struct WebSocketDeflateContext: ~Copyable, Sendable {
  /// What was agreed on in the handshake.
  package let agreed: WebSocketDeflate
  let role: WebSocketDecoder.Role
  var deflater: Deflater?
  var inflater: Inflater?

  /// The context of a new connection. `role` is the side that this is.
  package init(_ agreed: WebSocketDeflate, role: WebSocketDecoder.Role) {
    self.agreed = agreed
    self.role = role
  }

  var sendsWithContext: Bool { role == .server ? agreed.serverKeepsContext : agreed.clientKeepsContext }
  var receivesWithContext: Bool { role == .server ? agreed.clientKeepsContext : agreed.serverKeepsContext }
  var sendingBits: UInt8 { role == .server ? agreed.serverWindowBits : agreed.clientWindowBits }
  var receivingBits: UInt8 { role == .server ? agreed.clientWindowBits : agreed.serverWindowBits }

  /// Lends the connection's own compressor, which may not be made yet.
  mutating func withDeflater(_ body: (inout Deflater?) -> Bool) -> Bool { body(&deflater) }

  /// Lends the connection's own decompressor, which may not be made yet.
  mutating func withInflater(_ body: (inout Inflater?) throws(WebSocketError) -> Void) throws(WebSocketError) {
    try body(&inflater)
  }
}
