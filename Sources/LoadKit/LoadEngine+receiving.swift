import Glibc
import Reactor
import WebSocketWire

/// What comes in.
extension LoadEngine {
  func receive(_ client: LoadClient) {
    guard let bytes = takeInput(client) else { return }
    current = client
    defer {
      current = nil
      uncork(client)
    }
    var offset = 0
    if client.stage == .raw { return scenario.receivedRaw(UnsafeRawBufferPointer(bytes), client, self) }
    if client.stage == .handshaking { readAnswer(client, bytes, &offset) }
    guard client.stage == .open else { return }
    do throws(WebSocketError) {
      while let event = try client.decoder.next(in: bytes, from: &offset) {
        try handle(event, client)
        guard client.stage == .open, !isDone else { return }
      }
    } catch {
      fail("the server breaks the WebSocket protocol: \(error.message)")
    }
  }

  private func handle(_ event: WebSocketEvent, _ client: LoadClient) throws(WebSocketError) {
    switch event.kind {
    case .text, .binary:
      guard event.isCompressed, let deflate else { return scenario.received(event.payload, client, self) }
      let plain = try deflate.decompress(event, for: &client.deflate, limit: 64 << 20)
      scenario.received(plain.payload, client, self)
    case .ping: send(.pong, event.payload.bytes, to: client)
    case .pong: break
    case .close:
      let reason = String(decoding: event.payload, as: UTF8.self)
      lost(client, "closed connection \(client.index): \(event.closeCode.rawValue) \(reason)")
    }
  }

  /// What has come for a client, decrypted; nil where there is nothing to be handled.
  private func takeInput(_ client: LoadClient) -> UnsafeMutableRawBufferPointer? {
    let room = client.session == nil ? input : security?.input ?? input
    let count = SocketTransfer.receive(client.descriptor.raw, into: room.baseAddress, room.count)
    guard count > 0 else {
      if count < 0, errno == EAGAIN || errno == EINTR { return nil }
      lost(client, "ended connection \(client.index)")
      return nil
    }
    bytesReceived += count
    let bytes = UnsafeMutableRawBufferPointer(rebasing: room[..<count])
    return client.session == nil ? bytes : decrypt(client, UnsafeRawBufferPointer(bytes))
  }

  func lost(_ client: LoadClient, _ what: String) {
    if scenario.lost(client, self) { return }
    fail("the server \(what) (\(readyCount) of \(clients.count) were ready)")
  }
}
