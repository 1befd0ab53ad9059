import Glibc
import SkeinTestKit
import TLSEngine
import Testing

@Suite struct CertificateTests {
  private func write(_ text: String, _ path: String) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
  }

  @Test("the certificate for a host: exact, wildcard, and the first for all others")
  func serverNames() throws {
    let folder = try TestFolder()
    let names = [["first.test"], ["chat.example.test", "*.example.test"], ["Shop.Example.test"]]
    let certificates = try names.enumerated().map {
      try TestCertificate(in: folder.path, name: "c\($0.offset)", hosts: $0.element).files
    }
    let server = try TLSContext(TLSContext.Configuration(certificates: certificates), tickets: TLSTicketKeys())
    let client = try TLSClientContext(roots: nil)
    let cases: [(host: String, place: Int)] = [
      ("first.test", 0), ("chat.example.test", 1), ("CHAT.example.TEST", 1), ("other.example.test", 1),
      ("shop.example.test", 2), ("a.b.example.test", 0), ("example.test", 0), ("unknown.test", 0), ("", 0),
    ]
    for version in TLSVersion.allCases {
      let client = version == .tls13 ? client : try TLSClientContext(roots: nil, maximum: .tls12)
      for (host, place) in cases {
        let pair = try Pair(server, client, host: host)
        pair.exchange()
        #expect(pair.client.peerCertificate?.names == names[place], "\(host)")
      }
    }
  }

  @Test("two kinds of key for the same names serve together")
  func twoKinds() throws {
    let folder = try TestFolder()
    let rsa = try TestCertificate(in: folder.path, name: "rsa", kind: .rsa2048)
    let p256 = try TestCertificate(in: folder.path, name: "p256")
    let server = try TLSContext(
      TLSContext.Configuration(certificates: [rsa.files, p256.files]), tickets: TLSTicketKeys())
    for trusted in [p256, rsa] {
      let pair = try Pair(server, try TLSClientContext(roots: trusted.files.certificate))
      pair.exchange()
      // The client's own order of preference has ECDSA first; so only that one's authority is satisfied.
      #expect(pair.client.isHandshaking == (trusted.files == rsa.files))
    }
  }

  @Test("what a certificate says")
  func content() throws {
    let folder = try TestFolder()
    let good = try TestCertificate(in: folder.path, hosts: ["a.test", "*.b.test"], remaining: 5000)
    let certificate = try TLSCertificate(file: good.files.certificate)
    #expect(certificate.names == ["a.test", "*.b.test"])
    #expect((86_390...86_500).contains(certificate.age) && (4900...5000).contains(certificate.remaining))
    let expired = try TestCertificate(in: folder.path, name: "expired", remaining: -5)
    #expect(try TLSCertificate(file: expired.files.certificate).remaining < 0)
  }

  @Test("files that can't be used: which, and why")
  func broken() throws {
    let folder = try TestFolder()
    let good = try TestCertificate(in: folder.path).files
    let other = try TestCertificate(in: folder.path, name: "other").files
    let empty = folder.path + "/empty"
    try write("nothing\n", empty)
    let locked = folder.path + "/locked"
    try write(
      """
      -----BEGIN ENCRYPTED PRIVATE KEY-----
      MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiHkJ5B0hWFRAICCAAw
      -----END ENCRYPTED PRIVATE KEY-----
      """, locked)
    let cases: [(TLSCertificateFiles, TLSError.Code)] = [
      (TLSCertificateFiles(certificate: folder.path + "/none", key: good.key), .certificate),
      (TLSCertificateFiles(certificate: empty, key: good.key), .certificate),
      (TLSCertificateFiles(certificate: good.certificate, key: folder.path + "/none"), .key),
      (TLSCertificateFiles(certificate: good.certificate, key: empty), .key),
      (TLSCertificateFiles(certificate: good.certificate, key: locked), .key),
      (TLSCertificateFiles(certificate: good.certificate, key: other.key), .keyMismatch),
    ]
    for (files, code) in cases {
      let error = #expect(throws: TLSError.self) {
        _ = try TLSContext(TLSContext.Configuration(certificates: [files]), tickets: TLSTicketKeys())
      }
      #expect(error?.code == code, "\(files)")
    }
    #expect(throws: TLSError.self) { _ = try TLSContext(TLSContext.Configuration(), tickets: TLSTicketKeys()) }
  }

  @Test("a store keeps the old certificate while the new one is broken")
  func store() throws {
    let folder = try TestFolder()
    let first = try TestCertificate(in: folder.path, hosts: ["one.test"])
    let store = try TLSContextStore(TLSContext.Configuration(certificates: [first.files]))
    let client = try TLSClientContext(roots: nil)
    func names() throws -> [String]? {
      let pair = try Pair(store.current, client)
      pair.exchange()
      return pair.client.peerCertificate?.names
    }
    _ = try TestCertificate(in: folder.path, hosts: ["two.test"])
    #expect(try names() == ["one.test"])
    try store.reload()
    #expect(try names() == ["two.test"])
    try write("broken", first.files.certificate)
    #expect(throws: TLSError.self) { try store.reload() }
    #expect(try names() == ["two.test"])
  }
}
