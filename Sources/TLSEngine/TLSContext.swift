import COpenSSL

/// What a server's sessions have in common: certificates, versions, ciphers, ticket keys. It never changes: other
/// certificates are another context. All threads may use it.
package final class TLSContext: @unchecked Sendable {
  /// What a context is made of.
  package struct Configuration: Sendable {
    /// The first is for those who name no host, or one that no certificate names.
    package var certificates: [TLSCertificateFiles]
    package var minimum = TLSVersion.tls12

    package init(certificates: [TLSCertificateFiles] = []) { self.certificates = certificates }
  }

  /// One entry for each set of names; it may hold a certificate for each kind of key.
  private struct Entry {
    let handle: OpaquePointer
    let names: [String]
    var kinds: Set<Int32>
  }

  let handle: OpaquePointer
  let names: TLSNames<OpaquePointer>
  let tickets: TLSTicketKeys
  private let entries: [Entry]

  /// Reads the certificates.
  /// - Parameters:
  ///   - configuration: at least one certificate.
  ///   - tickets: shared by all contexts whose tickets are to be good for each other, such as those before and after a
  ///     change of certificates.
  package init(_ configuration: Configuration, tickets: TLSTicketKeys) throws(TLSError) {
    var entries: [Entry] = []
    var names = TLSNames<OpaquePointer>()
    do throws(TLSError) {
      for files in configuration.certificates { try Self.add(files, configuration, to: &entries) }
      guard let first = entries.first else { throw TLSError(.configuration, "TLS needs a certificate") }
      for entry in entries {
        for name in entry.names { names.enter(name, entry.handle) }
      }
      handle = first.handle
    } catch {
      for entry in entries { SSL_CTX_free(entry.handle) }
      throw error
    }
    self.entries = entries
    self.names = names
    self.tickets = tickets
    for entry in entries { setCallbacks(entry.handle) }
  }

  deinit {
    for entry in entries { SSL_CTX_free(entry.handle) }
  }

  private static func add(
    _ files: TLSCertificateFiles, _ configuration: Configuration, to entries: inout [Entry]
  ) throws(TLSError) {
    let names = try TLSCertificate(file: files.certificate).names
    // Two certificates of the same names and different kinds of key serve together: the client chooses.
    let fresh = try make(configuration)
    do throws(TLSError) {
      let kind = try load(files, into: fresh)
      let place = entries.firstIndex { Set($0.names) == Set(names) && !$0.kinds.contains(kind) }
      if let place, !names.isEmpty {
        _ = try load(files, into: entries[place].handle)
        entries[place].kinds.insert(kind)
        SSL_CTX_free(fresh)
      } else {
        entries.append(Entry(handle: fresh, names: names, kinds: [kind]))
      }
    } catch {
      SSL_CTX_free(fresh)
      throw error
    }
  }

  /// Reads a certificate with its chain and key.
  /// - Returns: the kind of key.
  private static func load(_ files: TLSCertificateFiles, into handle: OpaquePointer) throws(TLSError) -> Int32 {
    ERR_clear_error()
    guard SSL_CTX_use_certificate_chain_file(handle, files.certificate) == 1 else {
      throw TLSError(.certificate, reasonAfter: "the certificate \(files.certificate) can't be used")
    }
    guard let source = BIO_new_file(files.key, "re") else {
      throw TLSError(.key, reasonAfter: "the key \(files.key) can't be opened")
    }
    defer { BIO_free(source) }
    guard let key = PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in -1 }, nil) else {
      throw TLSError(.key, reasonAfter: "there is no key without a passphrase in \(files.key)")
    }
    defer { EVP_PKEY_free(key) }
    guard X509_check_private_key(SSL_CTX_get0_certificate(handle), key) == 1 else {
      ERR_clear_error()
      throw TLSError(.keyMismatch, "the key \(files.key) does not belong to the certificate \(files.certificate)")
    }
    guard SSL_CTX_use_PrivateKey(handle, key) == 1 else {
      throw TLSError(.key, reasonAfter: "the key \(files.key) can't be used")
    }
    return EVP_PKEY_get_base_id(key)
  }

  private static func make(_ configuration: Configuration) throws(TLSError) -> OpaquePointer {
    let handle = try TLSContext.make(TLS_server_method())
    openssl_prefer_server_ciphers(handle)
    guard openssl_set_least_version(handle, configuration.minimum.number) == 1 else {
      SSL_CTX_free(handle)
      throw TLSError(.configuration, reasonAfter: "TLS \(configuration.minimum.rawValue) is not to be had")
    }
    return handle
  }

  /// What servers and clients have in common.
  static func make(_ method: OpaquePointer?) throws(TLSError) -> OpaquePointer {
    guard let handle = SSL_CTX_new(method) else { throw TLSError(.library, reasonAfter: "OpenSSL can't begin") }
    // The library would ask on the terminal for a passphrase.
    SSL_CTX_set_default_passwd_cb(handle) { _, _, _, _ in -1 }
    // A renegotiation costs the server more than the client, and compression tells secrets (RFC 7525 section 3.3).
    openssl_set_modes(handle)
    // With forward secrecy and authenticated encryption only (RFC 9325 section 4.2); those of TLS 1.3 all are such.
    guard SSL_CTX_set_cipher_list(handle, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1,
      openssl_set_groups(handle, "X25519:P-256:P-384") == 1,
      openssl_set_least_version(handle, TLSVersion.tls12.number) == 1
    else {
      SSL_CTX_free(handle)
      throw TLSError(.library, reasonAfter: "OpenSSL lacks the ciphers")
    }
    return handle
  }
}
