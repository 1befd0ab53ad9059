import Glibc
import Reactor
import WebSocketWire

/// What goes out.
extension LoadEngine {
  /// Sends a text message.
  package func send(_ text: [UInt8], to client: LoadClient) {
    send(.text, text.span.bytes, to: client)
  }

  /// Sends a binary message.
  package func send(binary bytes: [UInt8], to client: LoadClient) {
    send(.binary, bytes.span.bytes, to: client)
  }

  /// Sends frames that are encoded already.
  package func send(frames: [UInt8], to client: LoadClient) {
    if current === client {
      cork.append(contentsOf: frames)
    } else {
      deliver(client, frames)
    }
  }

  func send(_ opcode: WebSocketOpcode, _ payload: RawSpan, to client: LoadClient) {
    maskState ^= maskState << 13
    maskState ^= maskState >> 17
    maskState ^= maskState << 5
    if current === client {
      WebSocketEncoder.append(opcode, payload, maskKey: maskState, to: &cork)
    } else {
      single.removeAll(keepingCapacity: true)
      WebSocketEncoder.append(opcode, payload, maskKey: maskState, to: &single)
      deliver(client, single)
    }
  }

  func uncork(_ client: LoadClient) {
    guard !cork.isEmpty else { return }
    if client.stage != .closed { deliver(client, cork) }
    cork.removeAll(keepingCapacity: true)
  }

  private func deliver(_ client: LoadClient, _ bytes: [UInt8]) {
    if client.session == nil { transmit(client, bytes) } else { seal(client, bytes) }
  }

  /// Sends bytes as they go on the wire, behind those that wait.
  func transmit(_ client: LoadClient, _ bytes: [UInt8]) {
    if options.gathersSends { note(client) }
    guard client.unsent.isEmpty, !client.isDirty else { return client.unsent.append(contentsOf: bytes) }
    let count = bytes.withUnsafeBytes {
      SocketTransfer.send(client.descriptor.raw, $0.baseAddress, $0.count)
    }
    if count == bytes.count {
      bytesSent += count
    } else if noteWritten(client, count) {
      client.unsent = Array(bytes[max(0, count)...])
      watch(client)
    }
  }

  private func note(_ client: LoadClient) {
    guard !client.isDirty else { return }
    client.isDirty = true
    dirty.append(client)
  }

  package func turnEnded() {
    guard !dirty.isEmpty else { return }
    for client in dirty {
      client.isDirty = false
      if client.stage != .closed { flush(client) }
    }
    dirty.removeAll(keepingCapacity: true)
  }

  /// Sends what waits.
  func flush(_ client: LoadClient) {
    if client.unsent.isEmpty {
      if client.isDeaf { scenario.writable(client, self) } else { watch(client) }
      return
    }
    let count = client.unsent.withUnsafeBytes {
      SocketTransfer.send(client.descriptor.raw, $0.baseAddress, $0.count)
    }
    guard noteWritten(client, count) else { return }
    if count == client.unsent.count {
      client.unsent.removeAll(keepingCapacity: options.gathersSends)
    } else {
      client.unsent.removeFirst(max(0, count))
    }
    watch(client)
  }

  /// False where the connection is gone.
  private func noteWritten(_ client: LoadClient, _ count: Int) -> Bool {
    if count < 0, errno != EAGAIN, errno != EINTR {
      lost(client, "ended connection \(client.index)")
      return false
    }
    bytesSent += max(0, count)
    return true
  }

  /// Waits for what the client needs next.
  func watch(_ client: LoadClient) {
    guard client.stage != .closed else { return }
    var interest: Readiness = client.isDeaf ? [] : .readable
    if client.isDeaf || !client.unsent.isEmpty { interest.insert(.writable) }
    guard interest != client.interest else { return }
    client.interest = interest
    do { try loop.modify(client.descriptor.raw, for: interest) } catch { fail("\(error)") }
  }

  /// Reads nothing more for a client; its scenario is told whenever it can be sent more.
  package func deafen(_ client: LoadClient) {
    client.isDeaf = true
    watch(client)
  }
}
