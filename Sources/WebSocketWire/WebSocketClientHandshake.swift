package import HTTPWire

/// Why a server's answer opens no WebSocket.
package struct WebSocketHandshakeError: Error, Equatable, Sendable {
  /// The answer's status.
  package let status: HTTPStatus
  /// A sentence for a developer.
  package let message: String
}

/// The client's side of an opening handshake (RFC 6455 section 4.1), for the test kit and load generators.
package struct WebSocketClientHandshake: Sendable {
  /// The key that was sent.
  package let key: String
  /// The only right answer to it: one handshake may open many connections.
  private let accept: String?
  private let subprotocols: [String]
  private let deflate: WebSocketDeflateOffer?

  /// A handshake with a new random key. `deflate` is what is offered of permessage-deflate.
  package init(subprotocols: [String] = [], deflate: WebSocketDeflateOffer? = nil) {
    key = WebSocketKey.make()
    accept = WebSocketKey.accept(key.utf8)
    self.subprotocols = subprotocols
    self.deflate = deflate
  }

  /// Appends the request. `host` is host and port, `target` path and query; `fields` are lines of further fields, each
  /// with its CR LF. All are the caller's own and not checked.
  package func appendRequest(host: String, target: String, fields: String = "", to output: inout [UInt8]) {
    var text = "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    text += "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: 13\r\n"
    if !subprotocols.isEmpty { text += "Sec-WebSocket-Protocol: \(subprotocols.joined(separator: ", "))\r\n" }
    if let deflate { text += "Sec-WebSocket-Extensions: \(deflate.asExtension)\r\n" }
    output.append(contentsOf: (text + fields + "\r\n").utf8)
  }

  /// Judges the answer. Returns the subprotocol, nil where the server has chosen none.
  @discardableResult
  package func check(_ answer: HTTPReceivedHead) throws(WebSocketHandshakeError) -> String? {
    func refuse(_ message: String) -> WebSocketHandshakeError {
      WebSocketHandshakeError(status: answer.status, message: message)
    }
    guard answer.status == .switchingProtocols else { throw refuse("the server answered \(answer.status.code)") }
    guard answer.fields.list("upgrade", contains: "websocket"), answer.fields.list("connection", contains: "upgrade")
    else { throw refuse("the answer names no upgrade to websocket") }
    guard answer.fields.count(of: "sec-websocket-accept") == 1,
      let accept, answer.fields["sec-websocket-accept"] == accept
    else { throw refuse("Sec-WebSocket-Accept is wrong") }
    _ = try agreed(answer)
    guard let chosen = answer.fields["sec-websocket-protocol"] else { return nil }
    guard subprotocols.contains(chosen) else { throw refuse("a subprotocol that was not offered") }
    return chosen
  }

  /// What an answer agrees to of permessage-deflate; nil for nothing.
  package func agreed(_ answer: HTTPReceivedHead) throws(WebSocketHandshakeError) -> WebSocketDeflate? {
    guard let list = WebSocketExtension.list(answer.fields.combined("sec-websocket-extensions") ?? "") else {
      throw WebSocketHandshakeError(status: answer.status, message: "Sec-WebSocket-Extensions is broken")
    }
    guard let first = list.first else { return nil }
    guard let deflate, list.count == 1, let agreed = WebSocketDeflate(answer: first, to: deflate) else {
      throw WebSocketHandshakeError(status: answer.status, message: "an extension that was not offered")
    }
    return agreed
  }
}
