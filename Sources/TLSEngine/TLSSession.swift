import COpenSSL

/// One end of a TLS connection: bytes in, bytes out. What is to be sent to the peer is left in the channel's `output`,
/// also where a call fails (an alert). Between calls it holds no buffers, but for a record that has come in part.
///
/// One thread at a time uses it; it goes to another by `move`.
package final class TLSSession: @unchecked Sendable {
  /// Why nothing more is received.
  package enum End: Equatable, Sendable {
    /// The peer has closed with a close_notify (RFC 8446 section 6.1).
    case closed
    case failed(TLSError)
  }

  /// What was received.
  package struct Received {
    /// How much was written to the buffer, in bytes.
    package var count = 0
    /// Nil while more may come.
    package var end: End?
  }

  /// The room that `receive` needs in its output beyond the length of its input, in bytes: one record.
  package static let recordBytes = 17 * 1024

  private let handle: OpaquePointer
  /// Held, since callbacks use it.
  private let owner: AnyObject
  private var channel: TLSChannel
  /// Whether the handshake is still under way.
  package private(set) var isHandshaking = true
  private var hasFailed = false

  /// The server's end.
  package init(_ context: TLSContext, channel: TLSChannel) throws(TLSError) {
    handle = try Self.make(context.handle, channel)
    owner = context
    self.channel = channel
    SSL_set_accept_state(handle)
  }

  /// The client's end. Its first bytes are in the channel's output.
  /// - Parameters:
  ///   - host: the server's name; empty: none is told.
  ///   - protocols: what is offered (ALPN), the best first.
  package init(
    _ context: TLSClientContext, channel: TLSChannel, host: String, protocols: [String] = ["http/1.1"],
    resuming: TLSResumption? = nil
  ) throws(TLSError) {
    handle = try Self.make(context.handle, channel)
    owner = context
    self.channel = channel
    if !host.isEmpty {
      _ = openssl_set_server_name(handle, host)
      _ = SSL_set1_host(handle, host)
    }
    let offers = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    if !offers.isEmpty { SSL_set_alpn_protos(handle, offers, UInt32(offers.count)) }
    if let resuming { SSL_set_session(handle, resuming.handle) }
    SSL_set_connect_state(handle)
    ERR_clear_error()
    SSL_do_handshake(handle)
  }

  deinit {
    // The library would forbid to resume a session that was not closed, which TLS no longer asks for (RFC 5246 section
    // 7.2.1).
    SSL_set_shutdown(handle, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
    SSL_free(handle)
  }

  private static func make(_ context: OpaquePointer, _ channel: TLSChannel) throws(TLSError) -> OpaquePointer {
    ERR_clear_error()
    guard let handle = SSL_new(context) else { throw TLSError(.library, reasonAfter: "a TLS session can't begin") }
    attach(handle, to: channel)
    return handle
  }

  private static func attach(_ handle: OpaquePointer, to channel: TLSChannel) {
    // One reference for each direction.
    BIO_up_ref(channel.bio)
    BIO_up_ref(channel.bio)
    SSL_set0_rbio(handle, channel.bio)
    SSL_set0_wbio(handle, channel.bio)
  }

  /// Goes on with another loop's channel; between calls, after the handshake.
  package func move(to channel: TLSChannel) {
    Self.attach(handle, to: channel)
    self.channel = channel
  }

  // MARK: Transfer

  /// Takes what has come from the peer, all of it, and decrypts it; shakes hands meanwhile.
  /// - Parameter output: with room for the input and `recordBytes` more.
  package func receive(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Received {
    guard !hasFailed else { return Received(end: .closed) }
    assert(output.count >= input.count + Self.recordBytes)
    return channel.feeding(input) {
      var received = Received()
      ERR_clear_error()
      while received.count < output.count {
        var count = 0
        let result = SSL_read_ex(
          handle, output.baseAddress.map { $0 + received.count }, output.count - received.count, &count)
        if result == 1 {
          received.count += count
          continue
        }
        switch SSL_get_error(handle, result) {
        case SSL_ERROR_WANT_READ: break
        case SSL_ERROR_ZERO_RETURN: received.end = .closed
        default:
          hasFailed = true
          received.end = .failed(
            isHandshaking
              ? TLSError(.handshake, reasonAfter: "the TLS handshake failed")
              : TLSError(.record, reasonAfter: "the TLS connection is broken"))
        }
        break
      }
      if isHandshaking { isHandshaking = SSL_is_init_finished(handle) == 0 }
      return received
    }
  }

  /// Encrypts what is to be sent.
  package func send(_ bytes: borrowing RawSpan) throws(TLSError) {
    guard !bytes.isEmpty, !hasFailed else { return }
    ERR_clear_error()
    let isWritten = bytes.withUnsafeBytes { bytes in
      var written = 0
      return SSL_write_ex(handle, bytes.baseAddress, bytes.count, &written) == 1 && written == bytes.count
    }
    guard isWritten else {
      hasFailed = true
      throw TLSError(.record, reasonAfter: "nothing can be encrypted")
    }
  }

  /// Says that nothing more will be sent (close_notify).
  package func close() {
    guard !hasFailed, !isHandshaking else { return }
    ERR_clear_error()
    SSL_shutdown(handle)
    ERR_clear_error()
  }

  // MARK: What was agreed

  /// The version that is spoken.
  package var version: TLSVersion? {
    switch SSL_version(handle) {
    case TLS1_2_VERSION: .tls12
    case TLS1_3_VERSION: .tls13
    default: nil
    }
  }

  /// The protocol inside that was agreed on (ALPN); nil for none.
  package var applicationProtocol: String? {
    var text: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    SSL_get0_alpn_selected(handle, &text, &count)
    return count == 0 ? nil : String(decoding: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self)
  }

  /// Whether an earlier session was resumed.
  package var isResumed: Bool { SSL_session_reused(handle) == 1 }

  /// The cipher's name.
  package var cipher: String? {
    SSL_CIPHER_get_name(SSL_get_current_cipher(handle)).map { String(cString: $0) }
  }

  /// The peer's certificate, if it has shown one.
  package var peerCertificate: TLSCertificate? {
    SSL_get0_peer_certificate(handle).map { TLSCertificate($0) }
  }

  /// For a client: what the next session can resume; nil where the server gave no ticket.
  package var resumption: TLSResumption? {
    guard let session = SSL_get1_session(handle) else { return nil }
    let resumption = TLSResumption(owning: session)
    return SSL_SESSION_is_resumable(session) == 1 ? resumption : nil
  }
}
