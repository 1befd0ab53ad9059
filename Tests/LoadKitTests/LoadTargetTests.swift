import Testing

@testable import LoadKit

@Suite struct LoadTargetTests {
  @Test(arguments: [
    ("ws://127.0.0.1:9001/", "127.0.0.1", 9001, "/"), ("ws://localhost:80", "127.0.0.1", 80, "/"),
    ("ws://10.1.2.3/v1/socket?site=x", "10.1.2.3", 80, "/v1/socket?site=x"),
  ])
  func good(url: String, host: String, port: UInt16, path: String) throws {
    let target = try LoadTarget(url: url)
    #expect(target.host == host)
    #expect(target.port == port)
    #expect(target.path == path)
  }

  @Test(arguments: [
    ("ws://127.0.0.1/", false, 80), ("wss://127.0.0.1/", true, 443), ("wss://localhost:8443/x", true, 8443),
  ])
  func schemes(url: String, isSecure: Bool, port: UInt16) throws {
    let target = try LoadTarget(url: url)
    #expect(target.isSecure == isSecure)
    #expect(target.port == port)
    #expect(LoadTarget(target, path: "/v1/socket").isSecure == isSecure)
  }

  @Test(arguments: ["http://127.0.0.1/", "ws://example.org/", "ws://127.0.0.1:x/", "ws://127.0.0.1:70000/", "ws://"])
  func bad(url: String) {
    #expect(throws: LoadError.self) { try LoadTarget(url: url) }
  }
}
