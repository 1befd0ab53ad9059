import ProxyWire
import SkeinTestKit
import TLSEngine
import Testing
import Transport

@Suite struct ProxyTests {
  private func answer(_ server: EngineServer, _ text: String) async throws -> String {
    let http = try await HTTPTestClient.connect(to: server.port)
    await http.send(text)
    return try await http.next().text
  }

  @Test("fields of a trusted proxy count, for their own request only; those of others do not")
  func fields() async throws {
    for (ranges, first) in [("127.0.0.0/8", "192.0.2.1"), ("10.0.0.0/8", "127.0.0.1")] {
      let server = try await EngineServer { $0.trustedProxies = try #require(AddressRange.list(ranges)) }
      let http = try await HTTPTestClient.connect(to: server.port)
      #expect(try await http.get("/", fields: "X-Forwarded-For: 192.0.2.1\r\n").text == "\(first) false")
      #expect(try await http.get("/").text == "127.0.0.1 false")
    }
  }

  @Test("a PROXY header of a trusted proxy, in pieces of one byte")
  func header() async throws {
    let server = try await EngineServer { settings in
      settings.trustedProxies = try #require(AddressRange.list("127.0.0.1"))
      settings.expectsProxyHeader = true
    }
    let bytes = "PROXY TCP4 192.0.2.1 192.0.2.2 5 6\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
    #expect(try await answer(server, bytes) == "192.0.2.1 false")
    let http = try await HTTPTestClient.connect(to: server.port)
    for byte in bytes.utf8 { await http.socket.send([byte]) }
    #expect(try await http.next().text == "192.0.2.1 false")
    #expect(try await http.get("/", fields: "X-Forwarded-For: 1.1.1.1\r\n").text == "192.0.2.1 false")
    // Without one it is refused.
    let bare = try await TestSocket.connect(to: server.port)
    await bare.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try await bare.receive().isEmpty)
  }

  @Test("a proxy that says nothing is cut off")
  func silent() async throws {
    let server = try await EngineServer { settings in
      settings.trustedProxies = try #require(AddressRange.list("127.0.0.1"))
      settings.expectsProxyHeader = true
      settings.handshakeSeconds = 2
    }
    let socket = try await TestSocket.connect(to: server.port)
    await socket.send("PROXY TCP4 ")
    while await server.first.count == 0 { await Task.yield() }
    for _ in 0..<4 { await server.first.tick() }
    #expect(try await socket.receive().isEmpty)
  }

  @Test("those who are not trusted bring no header")
  func untrusted() async throws {
    let server = try await EngineServer { settings in
      settings.trustedProxies = try #require(AddressRange.list("10.0.0.0/8"))
      settings.expectsProxyHeader = true
    }
    #expect(try await answer(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n") == "127.0.0.1 false")
  }

  @Test("a PROXY header before TLS")
  func beforeTLS() async throws {
    let folder = try TestFolder()
    let certificate = try TestCertificate(in: folder.path)
    let server = try await EngineServer { settings in
      settings.tls = try TLSContextStore(TLSContext.Configuration(certificates: [certificate.files]))
      settings.trustedProxies = try #require(AddressRange.list("127.0.0.1"))
      settings.expectsProxyHeader = true
    }
    let socket = try await TLSTestClient.connect(
      to: server.port, try TLSClientContext(roots: nil), preface: Array("PROXY TCP6 2001:db8::5 ::1 5 6\r\n".utf8))
    try await socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try await socket.receive(until: "2001:db8::5 true").hasPrefix("HTTP/1.1 200 "))
  }
}
