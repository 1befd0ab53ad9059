import COpenSSL
import Glibc
package import TLSEngine

/// A certificate that signs itself, for tests, as PEM files.
package struct TestCertificate: Sendable {
  /// The kind of its key.
  package enum Kind: Sendable {
    case p256
    case rsa2048
  }

  package let files: TLSCertificateFiles

  /// Makes the certificate, or puts another in its place.
  /// - Parameters:
  ///   - folder: where its files go.
  ///   - name: what they are called.
  ///   - hosts: the names that it is for.
  ///   - remaining: in how many seconds it expires.
  package init(
    in folder: String, name: String = "server", hosts: [String] = ["localhost"], kind: Kind = .p256,
    remaining: Int = 86_400
  ) throws {
    files = TLSCertificateFiles(certificate: "\(folder)/\(name).pem", key: "\(folder)/\(name).key")
    guard let key = Self.makeKey(kind), let certificate = X509_new() else { throw Failure() }
    defer {
      EVP_PKEY_free(key)
      X509_free(certificate)
    }
    X509_set_version(certificate, 2)
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), .random(in: 1...UInt64(Int64.max)))
    X509_gmtime_adj(X509_getm_notBefore(certificate), -86_400)
    X509_gmtime_adj(X509_getm_notAfter(certificate), remaining)
    X509_set_pubkey(certificate, key)
    let subject = X509_get_subject_name(certificate)
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, "skein tests", -1, -1, 0)
    X509_set_issuer_name(certificate, subject)
    try Self.add(NID_basic_constraints, "critical,CA:TRUE", to: certificate)
    if !hosts.isEmpty {
      try Self.add(NID_subject_alt_name, hosts.map { "DNS:\($0)" }.joined(separator: ","), to: certificate)
    }
    guard X509_sign(certificate, key, EVP_sha256()) > 0 else { throw Failure() }
    try Self.write(files.certificate) { PEM_write_bio_X509($0, certificate) }
    try Self.write(files.key) { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
  }

  /// OpenSSL has refused.
  package struct Failure: Error {}

  private static func makeKey(_ kind: Kind) -> OpaquePointer? {
    let maker = EVP_PKEY_CTX_new_id(kind == .p256 ? EVP_PKEY_EC : EVP_PKEY_RSA, nil)
    defer { EVP_PKEY_CTX_free(maker) }
    guard EVP_PKEY_keygen_init(maker) == 1 else { return nil }
    if kind == .p256, EVP_PKEY_CTX_set_ec_paramgen_curve_nid(maker, NID_X9_62_prime256v1) != 1 { return nil }
    var key: OpaquePointer?
    return EVP_PKEY_keygen(maker, &key) == 1 ? key : nil
  }

  private static func add(_ kind: Int32, _ value: String, to certificate: OpaquePointer) throws {
    guard let entry = X509V3_EXT_conf_nid(nil, nil, kind, value) else { throw Failure() }
    defer { X509_EXTENSION_free(entry) }
    guard X509_add_ext(certificate, entry, -1) == 1 else { throw Failure() }
  }

  private static func write(_ path: String, _ body: (OpaquePointer) -> Int32) throws {
    guard let file = BIO_new_file(path, "we") else { throw Failure() }
    defer { BIO_free(file) }
    guard body(file) == 1 else { throw Failure() }
  }
}
