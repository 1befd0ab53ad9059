/// A peer's breach that ends the connection: `closeCode` is what it is told.
package struct WebSocketError: Error, Equatable, Sendable {
  /// 1002, 1007 or 1009; 4429 by an engine.
  package let closeCode: WebSocketCloseCode
  /// A sentence for a developer, short enough for a close frame.
  package let message: String

  /// An error of a code.
  package init(_ closeCode: WebSocketCloseCode, _ message: String) {
    self.closeCode = closeCode
    self.message = message
  }

  /// 1002: the framing is broken.
  static func framing(_ message: String) -> WebSocketError { WebSocketError(.protocolError, message) }
}

extension WebSocketError: CustomStringConvertible {
  /// The code and the sentence.
  package var description: String { "\(closeCode.rawValue) \(message)" }
}
