import Conversation
import Reactor
import Transport
import WebSocketWire

/// Clients from their upgrade, or their request, to their end.
extension Shard {
  /// The client on a connection.
  func client(of connection: Connection) -> Client? {
    guard clients.indices.contains(connection.slot), let client = clients[connection.slot],
      client.connection === connection
    else { return nil }
    return client
  }

  /// The client that a reader of a session belongs to.
  func client(of reader: Reader) -> Client? {
    // A caller's reader belongs to no connection.
    guard reader.token < UInt64(clients.count), let client = clients[Int(reader.token)],
      case .bound(_, let bound) = client.stage, bound === reader
    else {
      return nil
    }
    return client
  }

  func enter(_ client: Client) {
    while clients.count <= client.connection.slot { clients.append(nil) }
    clients[client.connection.slot] = client
  }

  /// A connection is gone: its client leaves its session.
  func forget(_ connection: Connection) {
    guard let client = client(of: connection) else { return }
    clients[connection.slot] = nil
    unbind(client)
  }

  func unbind(_ client: Client) {
    guard case .bound(let session, let reader) = client.stage else { return }
    client.stage = .leaving
    let wasTyping = session.isTyping
    session.remove(reader)
    if wasTyping { markDelivering(session) }
    retire(session)
  }

  func send(_ frame: [UInt8], to client: Client) {
    guard client.isWebSocket else { return tell(frame, to: client) }
    engine.send(.text, frame.span.bytes, to: client.connection)
  }

  func refuse(_ client: Client, _ error: ProtocolError) {
    send(ServerFrame.error(error), to: client)
  }

  /// Closes a client's connection; what is wrong was told by an `error` frame before.
  func leave(_ client: Client, _ code: CloseCode, _ reason: String) {
    guard client.isWebSocket else { return leaveOff(client, reason) }
    unbind(client)
    client.stage = .leaving
    engine.close(client.connection, WebSocketCloseCode(rawValue: code.rawValue), reason)
  }

  /// Closes a client's connection with an `error` frame that says why.
  func dismiss(_ client: Client, _ error: ProtocolError, _ code: CloseCode) {
    refuse(client, error)
    leave(client, code, error.message)
  }

  /// Ends those who have not said `hello` in time.
  func endSlowGreetings() {
    for case let client? in clients {
      guard case .greeting(let deadline) = client.stage, deadline < loop.now else { continue }
      dismiss(client, ProtocolError(.badFrame, "no hello in time"), .helloTimeout)
    }
  }
}
