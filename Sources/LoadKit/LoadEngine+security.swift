import TLSEngine

/// Clients that connect by TLS.
extension LoadEngine {
  /// Begins to shake hands. False where the connection is not by TLS.
  func secure(_ client: LoadClient) -> Bool {
    guard let security else { return false }
    client.stage = .securing
    do throws(TLSError) {
      client.session = try security.begin(client.index)
      transmitSealed(client)
    } catch {
      fail("\(error)")
    }
    return true
  }

  /// What has come, as it was before it was encrypted; nil where that is nothing.
  func decrypt(_ client: LoadClient, _ bytes: UnsafeRawBufferPointer) -> UnsafeMutableRawBufferPointer? {
    guard let session = client.session else { return nil }
    let received = session.receive(bytes, into: input)
    transmitSealed(client)
    if case .failed(let error)? = received.end {
      fail("\(error)")
      return nil
    }
    if client.stage == .securing, !session.isHandshaking { begin(client) }
    if received.count == 0 {
      if received.end != nil { lost(client, "ended connection \(client.index)") }
      return nil
    }
    return UnsafeMutableRawBufferPointer(rebasing: input[..<received.count])
  }

  /// Encrypts and sends.
  func seal(_ client: LoadClient, _ bytes: [UInt8]) {
    do throws(TLSError) {
      try client.session?.send(bytes.span.bytes)
      transmitSealed(client)
    } catch {
      fail("\(error)")
    }
  }

  /// Sends what the client's session has left to be sent.
  private func transmitSealed(_ client: LoadClient) {
    guard let channel = security?.channel, !channel.output.isEmpty else { return }
    transmit(client, channel.output)
    channel.output.removeAll(keepingCapacity: true)
  }
}
