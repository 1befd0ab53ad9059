import COpenSSL

/// Why TLS failed, in words that hold nothing of keys, certificates or what was transferred.
package struct TLSError: Error, Equatable, CustomStringConvertible {
  /// What failed.
  package enum Code: Sendable {
    /// A certificate file can't be read, or holds none.
    case certificate
    /// A key file can't be read, or holds no key without a passphrase.
    case key
    /// A key does not belong to its certificate.
    case keyMismatch
    /// The settings fit together badly.
    case configuration
    /// The handshake failed.
    case handshake
    /// What came after the handshake is not TLS, or was tampered with.
    case record
    /// The library refused, such as for want of memory.
    case library
  }

  package let code: Code
  /// A sentence for an operator.
  package let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// A failure with the library's own reason; the thread's list of errors is empty afterwards.
  init(_ code: Code, reasonAfter sentence: String) {
    self.code = code
    message = TLSError.takeReason().map { "\(sentence): \($0)" } ?? sentence
  }

  package var description: String { message }

  /// The reason of the first error that the library noted in this thread. Only its fixed phrases are taken: the data that
  /// it may append can quote files or the peer.
  private static func takeReason() -> String? {
    let first = ERR_get_error()
    ERR_clear_error()
    return ERR_reason_error_string(first).map { String(cString: $0) }
  }
}
