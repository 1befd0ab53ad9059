import Glibc
import HTTPWire
import Processes
import Synchronization
import TLSEngine

/// A server with TLS before a scripted service (nghttpx of Debian's nghttp2-proxy), which speaks HTTP/2 where it is told
/// to. Each request goes on to the service as HTTP/1.1, and says which connection it has come by.
package final class HTTP2Front: Sendable {
  package let port: UInt16
  /// The file of the authority that its certificate is of.
  package let authorities: String
  private let folder: TestFolder
  private let arguments: [String]
  private let process = Mutex<pid_t>(0)

  private static let program = "/usr/sbin/nghttpx"

  /// Whether there is one on this machine.
  package static var isInstalled: Bool { access(program, X_OK) == 0 }

  /// - Parameters:
  ///   - service: what is behind it.
  ///   - offersHTTP2: whether it agrees to HTTP/2, or to HTTP/1.1 alone.
  ///   - requests: after so many a connection takes no more (GOAWAY), and ends when those are answered.
  package init(before service: ScriptedService, offersHTTP2: Bool = true, requestsPerConnection requests: Int? = nil)
    async throws
  {
    folder = try TestFolder("skein-http2")
    port = try SecondServer.freePort()
    let files = try TestCertificate(in: folder.path).files
    authorities = files.certificate
    var arguments = [
      Self.program, "--conf=/dev/null", "--single-process", "--workers=1", "--no-ocsp",
      "--errorlog-file=/dev/null", "--frontend=127.0.0.1,\(port)", "--backend=127.0.0.1,\(service.port)",
      "--npn-list=\(offersHTTP2 ? "h2" : "http/1.1")",
      // A word of its own for each connection.
      "--add-forwarded=for", "--forwarded-for=obfuscated",
    ]
    if let requests { arguments.append("--frontend-max-requests=\(requests)") }
    self.arguments = arguments + [files.key, files.certificate]
    try await startAgain()
  }

  deinit { end() }

  /// Where it is for clients.
  package var url: String { "https://localhost:\(port)" }

  /// Ends as a crash would, and all connections with it.
  package func kill() { end() }

  /// Has another one at the same port, and waits until it listens.
  package func startAgain() async throws {
    let started = try ChildProcess.start(arguments, environment: [])
    process.withLock { $0 = started }
    let listens = await comesTrue {
      guard let socket = try? await TestSocket.connect(to: port) else { return false }
      await socket.close()
      return true
    }
    guard listens else { throw TestClientError.unexpected("nghttpx does not listen") }
  }

  private func end() {
    process.withLock { process in
      guard process > 0 else { return }
      Glibc.kill(-process, SIGKILL)
      _ = ChildProcess.wait(for: process)
      process = 0
    }
  }
}

extension ServiceRequest {
  /// Which connection of a client to an `HTTP2Front` it has come by.
  package var frontConnection: String? { head.fields["forwarded"] }

  /// The version of HTTP that it has come to an `HTTP2Front` by: `2` or `1.1`.
  package var frontVersion: String? {
    head.fields["via"]?.split(separator: " ").first.map { String($0) }
  }
}
