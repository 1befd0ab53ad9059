import Conversation
import HTTPWire
import Reactor
import Store
import Transport
import WebSocketWire

/// Which request goes where.
extension Shard {
  func route(_ request: HTTPRequest, from connection: Connection) {
    if request.head.path == "/v1/socket" { return openSocket(request.head, on: connection) }
    if serve(request, from: connection) { return }
    switch request.head.decodedPath {
    case "/docs/api"?: engine.respond(connection, .moved(to: "../api.html"))
    case let path? where path == "/README.md" || path.hasPrefix("/docs/"):
      engine.respond(connection, node.documents.respond(to: request.head))
    default: engine.respond(connection, page(request.head))
    }
  }

  /// Whether new clients should be sent here: the same on whichever loop is asked.
  var readiness: HTTPResponse {
    if node.health.isEnding { return .plain(.serviceUnavailable, "ending\n") }
    guard peers.allSatisfy({ $0.store.isAvailable }) else { return .plain(.serviceUnavailable, "no database\n") }
    guard peers.allSatisfy({ $0.store.takesChanges }) else {
      return .plain(.serviceUnavailable, "the database takes no changes\n")
    }
    return .plain(.ok, "ready\n")
  }

  private func openSocket(_ request: HTTPRequestHead, on connection: Connection) {
    guard !isDraining else {
      var response = HTTPResponse.plain(.serviceUnavailable, "the server restarts\n")
      response.head.add("Retry-After", "1")
      return engine.respond(connection, response)
    }
    do {
      engine.upgrade(connection, try WebSocketHandshake(judging: request, subprotocols: ["skein.v1"]))
    } catch {
      return engine.respond(
        connection, HTTPResponse(error.head, content: Array("\(error.message)\n".utf8)))
    }
    // Browsers can't read a refused upgrade: the reason is told on the open socket.
    func refuse(_ error: ProtocolError, _ code: CloseCode) {
      engine.send(.text, ServerFrame.error(error).span.bytes, to: connection)
      engine.close(connection, WebSocketCloseCode(rawValue: code.rawValue), error.message)
    }
    guard let site = directory.site(request.queryValue("site")) else {
      return refuse(ProtocolError(.notFound, "there is no such site"), .notFound)
    }
    guard admit(request, to: site, on: connection) != nil else { return refuse(.foreignOrigin, .forbidden) }
    let deadline = loop.now + node.settings.helloSeconds * 1000
    enter(Client(connection, stage: .greeting(deadline: deadline), passport: Passport(site: site)))
  }
}

extension HTTPResponse {
  /// A page is somewhere else: a path relative to the one that was asked for.
  fileprivate static func moved(to place: StaticString) -> HTTPResponse {
    var head = HTTPResponseHead(.permanentRedirect)
    head.add("Location", place)
    return HTTPResponse(head)
  }

  static func plain(_ status: HTTPStatus, _ text: String) -> HTTPResponse {
    var head = HTTPResponseHead(status)
    head.add("Content-Type", "text/plain; charset=utf-8")
    head.add("Cache-Control", "no-store")
    return HTTPResponse(head, content: Array(text.utf8))
  }
}
