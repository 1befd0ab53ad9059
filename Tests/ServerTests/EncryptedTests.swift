import JSONWire
import Server
import SkeinTestKit
import TLSEngine
import Testing
import Transport

/// The conversation over TLS.
@Suite struct EncryptedTests {
  @Test("answers stream, a reader comes back by its position, and a stop is told")
  func conversation() async throws {
    let folder = try TestFolder()
    let files = try TestCertificate(in: folder.path).files
    let store = try TLSContextStore(TLSContext.Configuration(certificates: [files]))
    let tls = try TLSClientContext(roots: files.certificate)
    let server = try await TestServer { $0.transport.tls = store }
    let identity = Identity.random()
    let writer = try await ChatClient.connect(to: server.port, tls: tls)
    try await writer.hello(identity, agent: "script")
    let answer = try await writer.ask("/script {\"chunks\":400,\"bytes\":700}")
    #expect(answer.content.count == 400 * 700)
    #expect(try await server.stored(identity.session) == writer.transcript.asStored)

    await writer.say("/script {\"chunks\":200,\"bytes\":300,\"interval_ms\":2}")
    try await writer.until { $0.from("assistant").last?.content.count ?? 0 > 3000 && $0.from("assistant").count == 2 }
    await writer.drop()
    let reader = try await ChatClient.connect(to: server.port, transcript: await writer.transcript, tls: tls)
    #expect(try await reader.hello(identity, resumes: true)["resumed"] == true)
    try await reader.until { $0.from("assistant").last?.status == "complete" && $0.from("assistant").count == 2 }
    #expect(try await server.stored(identity.session) == reader.transcript.asStored)
    async let stopped: Void = server.stop()
    #expect(try await reader.untilClosed() == 1012)
    await reader.drop()
    await stopped
  }
}
