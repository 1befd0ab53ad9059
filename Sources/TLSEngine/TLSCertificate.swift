import COpenSSL

/// The files of one certificate, both PEM.
package struct TLSCertificateFiles: Sendable, Equatable {
  /// The certificate, and behind it the chain up to its root.
  package var certificate: String
  /// Its private key, without a passphrase.
  package var key: String

  package init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}

/// What a certificate says of itself.
package struct TLSCertificate: Sendable, Equatable {
  /// The DNS names that it is for (subjectAltName, RFC 5280 section 4.2.1.6).
  package let names: [String]
  /// How many seconds ago it began to be valid; negative where it is not yet.
  package let age: Int64
  /// In how many seconds it expires; negative where it has.
  package let remaining: Int64

  /// Reads the first certificate of a file.
  package init(file: String) throws(TLSError) {
    ERR_clear_error()
    guard let source = BIO_new_file(file, "re") else {
      throw TLSError(.certificate, reasonAfter: "the certificate \(file) can't be opened")
    }
    defer { BIO_free(source) }
    // The library would ask on the terminal for a passphrase.
    guard let certificate = PEM_read_bio_X509(source, nil, { _, _, _, _ in -1 }, nil) else {
      throw TLSError(.certificate, reasonAfter: "there is no certificate in \(file)")
    }
    defer { X509_free(certificate) }
    self.init(certificate)
  }

  init(_ certificate: OpaquePointer) {
    names = Self.names(of: certificate)
    age = Self.seconds(from: X509_get0_notBefore(certificate), to: nil)
    remaining = Self.seconds(from: nil, to: X509_get0_notAfter(certificate))
  }

  private static func names(of certificate: OpaquePointer) -> [String] {
    guard let found = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
    let all = OpaquePointer(found)
    defer { GENERAL_NAMES_free(all) }
    return (0..<openssl_name_count(all)).compactMap { place in
      var count: Int32 = 0
      guard let bytes = openssl_dns_name(all, place, &count) else { return nil }
      return String(decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
    }
  }

  /// nil is now.
  private static func seconds(from start: UnsafePointer<ASN1_TIME>?, to end: UnsafePointer<ASN1_TIME>?) -> Int64 {
    var days: Int32 = 0
    var seconds: Int32 = 0
    guard ASN1_TIME_diff(&days, &seconds, start, end) == 1 else { return -1 }
    return Int64(days) * 86_400 + Int64(seconds)
  }
}
