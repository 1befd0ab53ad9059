import SkeinTestKit
import TLSEngine
import Testing
import Transport

/// Responses whose content comes in pieces. A second goes by when a test says so.
@Suite struct StreamTests {
  private func connect(
    _ target: String, to server: EngineServer, method: String = "GET", version: String = "1.1", behind: String = ""
  ) async throws -> HTTPTestClient {
    let client = try await HTTPTestClient.connect(to: server.port)
    await client.send("\(method) \(target) HTTP/\(version)\r\nHost: a\r\n\r\n\(behind)")
    return client
  }

  @Test(arguments: [("1.1", "chunked"), ("1.0", nil)])
  func theContentIsDelimitedAsTheClientUnderstands(version: String, coding: String?) async throws {
    let server = try await EngineServer { _ in }
    // What comes behind the request is not answered, since the connection ends with the stream.
    let client = try await connect(
      "/stream?end", to: server, version: version, behind: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let response = try await client.next()
    #expect(response.status == 200)
    #expect(response.text == "onetwo")
    #expect(response["transfer-encoding"] == coding)
    #expect(response["content-length"] == nil)
    #expect(response["connection"] == "close")
    #expect(try await client.untilEnd() == [])
  }

  @Test func headHasNoContent() async throws {
    let server = try await EngineServer { _ in }
    let client = try await connect("/stream", to: server, method: "HEAD")
    let response = try await client.next(isHead: true)
    #expect(response.status == 200)
    #expect(response["content-type"] == "text/event-stream")
    #expect(try await client.untilEnd() == [])
  }

  @Test func silenceIsBrokenByComments() async throws {
    let server = try await EngineServer { $0.pingSeconds = 3 }
    let client = try await connect("/stream", to: server, version: "1.0")
    var received = ""
    while !received.hasSuffix("two") { received += String(decoding: try await client.socket.receive(), as: UTF8.self) }
    for _ in 0..<4 {
      for _ in 0..<3 {
        #expect(!(await client.socket.hasReceived))
        await server.first.tick()
      }
      #expect(try await client.socket.receive() == Array(":\n\n".utf8))
    }
    #expect(await server.first.count == 1)
    #expect(await server.first.counts.silent == 0)
  }

  /// It costs what may be unsent, and is given up like a WebSocket that leaves two pings unanswered.
  @Test func whoTakesNothingIsGivenUp() async throws {
    // So long that the kernel's own limit, in real time, is far away.
    let server = try await EngineServer { $0.pingSeconds = 100 }
    let client = try await HTTPTestClient.connect(to: server.port, receiveBuffer: 4096)
    await client.socket.setReading(false)
    await client.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n")
    // Until the kernel takes no more.
    var before = -1
    while await server.first.flooded != before || before < 64 {
      before = await server.first.flooded
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(await (1..<70_000).contains(server.first.heldBytes))
    for _ in 0..<299 { await server.first.tick() }
    #expect(await server.first.count == 1)
    for _ in 0..<2 { await server.first.tick() }
    #expect(await server.first.count == 0)
    #expect(await server.first.counts.silent == 1)
    #expect(await server.first.heldBytes == 0)
  }

  @Test func whoReadsSlowlyIsGivenAll() async throws {
    let server = try await EngineServer { _ in }
    let client = try await HTTPTestClient.connect(to: server.port, receiveBuffer: 4096)
    await client.send("GET /flood HTTP/1.0\r\n\r\n")
    var count = 0
    var largest = 0
    while count < 10_000_000 {
      count += try await client.socket.receive().count
      largest = max(largest, await server.first.heldBytes)
    }
    #expect(largest < 70_000)
  }

  @Test(arguments: [true, false])
  func whoLeavesIsNoticed(isReset: Bool) async throws {
    let server = try await EngineServer { _ in }
    let client = try await connect("/stream", to: server)
    _ = try await client.socket.receive()
    #expect(await server.first.count == 1)
    if isReset { await client.socket.reset() } else { await client.socket.finishSending() }
    while await server.first.count > 0 { await Task.yield() }
  }

  // MARK: On the way to another loop

  private static let requests = ["/", "/move", "/", "/late"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()

  @Test func aRequestMovesWithThoseBehindIt() async throws {
    let server = try await EngineServer { _ in }
    let client = try await HTTPTestClient.connect(to: server.port)
    await client.send(Self.requests)
    for text in ["127.0.0.1 false", "moved", "127.0.0.1 false", "127.0.0.1 false"] {
      #expect(try await client.next().text == text)
    }
    #expect(await server.first.count == 0)
    #expect(await server.second.count == 1)
    let stream = try await client.get("/stream?end")
    #expect(stream.text == "onetwo")
    #expect(try await client.untilEnd() == [])
  }

  @Test func aRequestMovesWithItsTLSSession() async throws {
    let folder = try TestFolder()
    let certificate = try TestCertificate(in: folder.path)
    let store = try TLSContextStore(TLSContext.Configuration(certificates: [certificate.files]))
    let server = try await EngineServer { $0.tls = store }
    let client = try await TLSTestClient.connect(
      to: server.port, try TLSClientContext(roots: certificate.files.certificate))
    try await client.send(Self.requests + "GET /stream?end HTTP/1.1\r\nHost: a\r\n\r\n")
    let answers = try await client.receive(until: "there is no such text")
    #expect(answers.split(separator: "127.0.0.1 true").count == 4)
    #expect(answers.contains("moved") && answers.hasSuffix("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"))
    #expect(await client.end == .closed, "a close_notify goes before the end")
  }

  /// Whose peer has said its last before it was answered.
  @Test func aRequestMovesWhosePeerHasEnded() async throws {
    let server = try await EngineServer { _ in }
    let client = try await HTTPTestClient.connect(to: server.port)
    await client.socket.stayOpen()
    await client.send(Self.requests)
    await client.socket.finishSending()
    for text in ["127.0.0.1 false", "moved", "127.0.0.1 false", "127.0.0.1 false"] {
      #expect(try await client.next().text == text)
    }
    while await server.second.count > 0 { await Task.yield() }
  }
}
