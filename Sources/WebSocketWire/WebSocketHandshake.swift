package import HTTPWire

/// Why an upgrade is refused.
package struct WebSocketRefusal: Error, Equatable, Sendable {
  /// The status of the answer: 400, 405, 426 or 500.
  package let status: HTTPStatus
  /// A sentence for a developer.
  package let message: String

  init(_ status: HTTPStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  /// The answer, with what a client needs to do better (RFC 6455 section 4.4).
  package var head: HTTPResponseHead {
    var head = HTTPResponseHead(status)
    if status == .upgradeRequired {
      head.add("Upgrade", "websocket")
      head.add("Sec-WebSocket-Version", "13")
    }
    if status == .methodNotAllowed { head.add("Allow", "GET") }
    return head
  }
}

/// The server's side of an opening handshake (RFC 6455 section 4.2): a request that has been found right.
package struct WebSocketHandshake: Sendable {
  /// The subprotocol that both speak: the client's first choice among the server's.
  package let subprotocol: String?
  /// The extensions that the client offers, the best for it first.
  package let offeredExtensions: [WebSocketExtension]

  private let accept: String

  /// Whether a request asks for a WebSocket at all; any other is an ordinary request.
  package static func isWanted(by request: HTTPRequestHead) -> Bool {
    request.version == .http11 && request.fields.list("upgrade", contains: "websocket")
  }

  /// Judges a request. `subprotocols` are those that the server speaks.
  package init(judging request: HTTPRequestHead, subprotocols: [String]) throws(WebSocketRefusal) {
    let fields = request.fields
    guard request.method == .get else { throw WebSocketRefusal(.methodNotAllowed, "a WebSocket is opened by GET") }
    guard request.version == .http11 else { throw WebSocketRefusal(.badRequest, "a WebSocket needs HTTP/1.1") }
    guard fields.list("upgrade", contains: "websocket") else {
      throw WebSocketRefusal(.upgradeRequired, "this resource is a WebSocket")
    }
    guard fields.list("connection", contains: "upgrade") else {
      throw WebSocketRefusal(.badRequest, "Connection does not name Upgrade")
    }
    guard request.body == .none || request.body == .length(0) else {
      throw WebSocketRefusal(.badRequest, "an upgrade with content")
    }
    guard fields.combined("sec-websocket-version") == "13" else {
      throw WebSocketRefusal(.upgradeRequired, "only version 13 of WebSocket is spoken here")
    }
    guard fields.count(of: "sec-websocket-key") == 1, let key = fields["sec-websocket-key"],
      WebSocketKey.isValid(Array(key.utf8))
    else { throw WebSocketRefusal(.badRequest, "Sec-WebSocket-Key is not 16 bytes in base64") }
    guard let accept = WebSocketKey.accept(key.utf8) else {
      throw WebSocketRefusal(.internalServerError, "SHA-1 is not available")
    }
    self.accept = accept
    subprotocol = try WebSocketHandshake.choose(fields.elements("sec-websocket-protocol"), subprotocols)
    guard let offered = WebSocketExtension.list(fields.combined("sec-websocket-extensions") ?? "") else {
      throw WebSocketRefusal(.badRequest, "Sec-WebSocket-Extensions is broken")
    }
    offeredExtensions = offered
  }

  /// The answer that opens the WebSocket; `extensions` are those that have been agreed on.
  package func head(extensions: [WebSocketExtension] = []) throws(HTTPError) -> HTTPResponseHead {
    var head = HTTPResponseHead(.switchingProtocols)
    head.add("Upgrade", "websocket")
    head.add("Connection", "Upgrade")
    try head.add("Sec-WebSocket-Accept", text: accept)
    if let subprotocol { try head.add("Sec-WebSocket-Protocol", text: subprotocol) }
    if !extensions.isEmpty {
      let text = extensions.map(\.description).joined(separator: ", ")
      try head.add("Sec-WebSocket-Extensions", text: text)
    }
    return head
  }

  private static func choose(_ offered: [String], _ spoken: [String]) throws(WebSocketRefusal) -> String? {
    for (index, name) in offered.enumerated() {
      guard HTTPSyntax.isToken(name), !offered[..<index].contains(name) else {
        throw WebSocketRefusal(.badRequest, "Sec-WebSocket-Protocol is broken")
      }
    }
    return offered.first { spoken.contains($0) }
  }
}
