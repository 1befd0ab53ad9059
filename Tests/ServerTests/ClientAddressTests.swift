import Postgres
import ProxyWire
import Server
import SkeinTestKit
import TLSEngine
import Testing
import Transport

/// The address of a session's client, as it is stored.
@Suite struct ClientAddressTests {
  /// A header of version 2 for a client at 203.0.113.7.
  private static let binaryHeader: [UInt8] =
    [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12]
    + [203, 0, 113, 7, 127, 0, 0, 1, 0xC0, 0, 0x1F, 0x90]

  /// Expects the address for a few sessions, so that some of them are at home on another loop than the one that has accepted them.
  private func expect(
    _ address: String, at server: TestServer, fields: String = "", tls: TLSClientContext? = nil, preface: [UInt8] = []
  ) async throws {
    for _ in 0..<6 {
      let identity = Identity.random()
      let client = try await ChatClient.connect(to: server.port, fields: fields, tls: tls, preface: preface)
      try await client.hello(identity, agent: "script")
      #expect(try await client.ask("hi").text == "This answer was made by a script.")
      let rows = try await server.query(
        "SELECT coalesce(address, '') FROM sessions WHERE public_id = $1", [.text(identity.session)])
      #expect(try rows.count == 1 && rows.text(0, 0) == address, "\(fields)")
      await client.drop()
    }
  }

  @Test func ofTheSocket() async throws {
    let server = try await TestServer.shared()
    try await expect("127.0.0.1", at: server)
    // Nobody is trusted by default.
    try await expect("127.0.0.1", at: server, fields: "X-Forwarded-For: 203.0.113.7\r\n")
  }

  @Test func ofIPv4OnAnIPv6Listener() async throws {
    try await TestServer.with({ $0.host = "::" }) { server in
      try await expect("127.0.0.1", at: server)
    }
  }

  @Test func ofAProxysFields() async throws {
    try await TestServer.with({ $0.transport.trustedProxies = AddressRange.list("127.0.0.0/8") ?? [] }) { server in
      for (fields, address) in [
        ("X-Forwarded-For: 1.2.3.4, 203.0.113.7\r\n", "203.0.113.7"),
        ("Forwarded: for=1.2.3.4, for=\"[2001:db8::7]:4711\";proto=https\r\n", "2001:db8::7"),
        ("X-Forwarded-For: 203.0.113.7\r\nForwarded: for=203.0.113.8\r\n", "127.0.0.1"),
        ("X-Forwarded-For: 203.0.113.7'); DROP TABLE sessions; --\r\n", "127.0.0.1"), ("", "127.0.0.1"),
      ] {
        try await expect(address, at: server, fields: fields)
      }
    }
  }

  @Test func ofAProxysHeader() async throws {
    try await TestServer.with({
      $0.transport.trustedProxies = AddressRange.list("127.0.0.1") ?? []
      $0.transport.expectsProxyHeader = true
    }) { server in
      try await expect("203.0.113.7", at: server, preface: Self.binaryHeader)
      let line = Array("PROXY TCP6 2001:db8::7 ::1 5 6\r\n".utf8)
      try await expect("2001:db8::7", at: server, preface: line)
      // The client's own claim: its address is told, and is no proxy's.
      let fields = "X-Forwarded-For: 1.2.3.4\r\n"
      try await expect("2001:db8::7", at: server, fields: fields, preface: line)
    }
  }

  @Test func overTLS() async throws {
    let folder = try TestFolder()
    let certificate = try TestCertificate(in: folder.path)
    let store = try TLSContextStore(TLSContext.Configuration(certificates: [certificate.files]))
    let client = try TLSClientContext(roots: certificate.files.certificate)
    try await TestServer.with({ $0.transport.tls = store }) { server in
      try await expect("127.0.0.1", at: server, tls: client)
    }
    try await TestServer.with({
      $0.transport.tls = store
      $0.transport.trustedProxies = AddressRange.list("127.0.0.1") ?? []
      $0.transport.expectsProxyHeader = true
    }) { server in
      try await expect("203.0.113.7", at: server, tls: client, preface: Self.binaryHeader)
    }
  }
}
