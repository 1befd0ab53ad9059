import SkeinTestKit
import TLSEngine
import Testing

@Suite struct HandshakeTests {
  @Test(
    "both versions, both kinds of key, in pieces of any size",
    arguments: [TLSVersion.tls12, .tls13], [1, 7, 32 * 1024])
  func versions(_ version: TLSVersion, _ piece: Int) throws {
    let folder = try TestFolder()
    for kind in [TestCertificate.Kind.p256, .rsa2048] {
      let (server, client) = try contexts(folder, kind: kind, maximum: version)
      let pair = try Pair(server, client)
      #expect(pair.server.isHandshaking && pair.client.isHandshaking)
      pair.exchange(piece: piece)
      #expect(!pair.server.isHandshaking && !pair.client.isHandshaking)
      #expect(pair.clientEnd == nil && pair.serverEnd == nil)
      #expect(pair.server.version == version && pair.client.version == version)
      #expect(pair.server.applicationProtocol == "http/1.1" && pair.client.applicationProtocol == "http/1.1")
      #expect(pair.server.cipher?.contains("GCM") == true || pair.server.cipher?.contains("CHACHA20") == true)
    }
  }

  @Test("an old client is refused where 1.3 is the least")
  func minimum() throws {
    let folder = try TestFolder()
    let (server, client) = try contexts(folder, minimum: .tls13, maximum: .tls12)
    let pair = try Pair(server, client)
    pair.exchange()
    guard case .failed(let error) = pair.serverEnd else {
      Issue.record("\(String(describing: pair.serverEnd))")
      return
    }
    #expect(error.code == .handshake)
    #expect(error.message == "the TLS handshake failed: unsupported protocol")
    // The client is told by an alert.
    #expect(pair.clientEnd != nil && pair.client.isHandshaking)
  }

  @Test("protocols: ours among others, none, and only others")
  func protocols() throws {
    let folder = try TestFolder()
    let (server, client) = try contexts(folder)
    let several = try Pair(server, client, protocols: ["h2", "http/1.1"])
    several.exchange()
    #expect(several.client.applicationProtocol == "http/1.1")
    let none = try Pair(server, client, protocols: [])
    none.exchange()
    #expect(!none.client.isHandshaking && none.client.applicationProtocol == nil)
    let other = try Pair(server, client, protocols: ["h2", "http/1.0"])
    other.exchange()
    #expect(other.serverEnd != nil && other.client.isHandshaking)
  }

  @Test("what is no TLS fails, and says so without quoting it")
  func garbage() throws {
    let folder = try TestFolder()
    let (server, client) = try contexts(folder)
    let pair = try Pair(server, client)
    pair.carry(Array("\u{16}secret, secret, secret".utf8), 5, to: pair.server) { pair.serverEnd = pair.serverEnd ?? $1 }
    guard case .failed(let error) = pair.serverEnd else {
      Issue.record("taken")
      return
    }
    #expect(!error.message.contains("secret") && error.code == .handshake)
  }

  @Test("a client that trusts another authority refuses")
  func trust() throws {
    let folder = try TestFolder()
    let (server, _) = try contexts(folder)
    let stranger = try TestCertificate(in: folder.path, name: "stranger")
    let pair = try Pair(server, try TLSClientContext(roots: stranger.files.certificate))
    pair.exchange()
    #expect(pair.clientEnd != nil && pair.serverEnd != nil)
  }
}
