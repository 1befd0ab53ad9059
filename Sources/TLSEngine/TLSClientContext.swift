import COpenSSL

/// What a client's sessions have in common.
package final class TLSClientContext: @unchecked Sendable {
  let handle: OpaquePointer

  /// - Parameters:
  ///   - roots: a PEM file of the authorities that are trusted; nil: whoever answers is.
  ///   - maximum: the newest version that is offered.
  package init(roots: String?, maximum: TLSVersion = .tls13) throws(TLSError) {
    handle = try TLSContext.make(TLS_client_method())
    guard openssl_set_greatest_version(handle, maximum.number) == 1 else {
      throw TLSError(.configuration, reasonAfter: "TLS \(maximum.rawValue) is not to be had")
    }
    openssl_set_session_cache(handle, Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL))
    if let roots {
      SSL_CTX_set_verify(handle, SSL_VERIFY_PEER, nil)
      guard SSL_CTX_load_verify_file(handle, roots) == 1 else {
        throw TLSError(.certificate, reasonAfter: "the authorities of \(roots) can't be read")
      }
    }
  }

  deinit { SSL_CTX_free(handle) }
}

/// What a client keeps of a session to resume it.
package final class TLSResumption: @unchecked Sendable {
  let handle: OpaquePointer

  init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { SSL_SESSION_free(handle) }
}
