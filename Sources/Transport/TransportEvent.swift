package import HTTPWire
package import WebSocketWire

/// What has happened on a connection.
package enum TransportEvent {
  /// A whole request. It is to be answered by `respond` or `upgrade`; the next one waits until then. Held apart, so that
  /// the event of a message, which is far more frequent, is small to hand on.
  indirect case request(Connection, HTTPRequest)
  /// A message. Its payload is valid until the engine is called again.
  case message(Connection, WebSocketEvent)
  /// Everything that was sent has left: there is room for more.
  case drained(Connection)
  /// The connection is gone, for whatever reason. No event of it follows.
  case closed(Connection)
}

/// A request with its content.
package struct HTTPRequest: Sendable {
  package let head: HTTPRequestHead
  package let content: [UInt8]
}

/// A response with its content.
package struct HTTPResponse: Sendable {
  package var head: HTTPResponseHead
  package var content: [UInt8]

  package init(_ head: HTTPResponseHead, content: [UInt8] = []) {
    self.head = head
    self.content = content
  }

  /// A problem in the form of RFC 9457.
  package static func problem(_ status: HTTPStatus, _ detail: String) -> HTTPResponse {
    var head = HTTPResponseHead(status)
    head.add("Content-Type", "application/problem+json")
    head.add("Cache-Control", "no-store")
    let escaped = detail.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline }
    let content = "{\"status\":\(status.code),\"title\":\"\(status.reason)\",\"detail\":\"\(escaped)\"}"
    return HTTPResponse(head, content: Array(content.utf8))
  }
}
