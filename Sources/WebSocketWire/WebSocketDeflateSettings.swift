/// How a server uses permessage-deflate (RFC 7692).
package struct WebSocketDeflateSettings: Sendable {
  /// Whether it is agreed to at all.
  package var isEnabled = false
  /// Whether the server's messages refer to those before: a compressor of its own for each connection, which makes small
  /// messages much smaller. Without, the connections of a loop share one.
  package var serverKeepsContext = false
  /// Whether the clients' messages may refer to those before: a decompressor of its own for each connection. Without, a
  /// client is told not to.
  package var clientKeepsContext = false
  /// Messages of fewer bytes are sent as they are.
  package var threshold = 512
  /// 1, the fastest, to 9, the smallest.
  package var level = 1
  /// How far a connection's own compressor looks back, and its decompressor where the client lets itself be told: 2 to
  /// that many bytes, 9 to 15.
  package var contextWindowBits = 12

  package init() {}
}
