import HTTPClient
import Reactor
import Server
import SkeinTestKit
import TLSEngine
import Testing
import Transport

/// Requests over TLS: whose certificate does not prove whom it should is told nothing.
@Suite struct EncryptedRequestTests {
  /// The status of what is answered, or why nothing is.
  private func ask(_ url: String, authorities: String?) async throws -> Result<Int, HTTPClientError> {
    var settings = HTTPClientSettings()
    settings.authorities = authorities
    let client = HTTPClient(loop: try TestLoop.shared(), settings: settings)
    let result: Result<Int, HTTPClientError>
    do {
      result = .success(try await client.fetch(HTTPClientRequest("GET", url)).head.status)
    } catch let error as HTTPClientError {
      result = .failure(error)
    }
    await client.close()
    return result
  }

  @Test func certificatesAreVerified() async throws {
    let folder = try TestFolder()
    let files = try TestCertificate(in: folder.path).files
    let other = try TestCertificate(in: folder.path, name: "other").files
    let store = try TLSContextStore(TLSContext.Configuration(certificates: [files]))
    try await TestServer.with {
      $0.transport.tls = store
    } _: { server in
      let url = "https://localhost:\(server.port)/health/live"
      let trusted = try await ask(url, authorities: files.certificate)
      #expect(trusted == .success(200))
      let own = "https://127.0.0.1:\(server.port)/health/live"
      // The last is for another name.
      let others: [(String, String?)] = [(url, nil), (url, other.certificate), (own, files.certificate)]
      for (url, authorities) in others {
        guard case .failure(let error) = try await ask(url, authorities: authorities) else {
          Issue.record("\(url) was believed")
          continue
        }
        #expect(error.code == .untrusted)
      }
    }
  }
}
