import Glibc
import SkeinTestKit
import Synchronization
import TLSEngine
import Testing
import Transport

@Suite struct TLSTests {
  private static let upgrade =
    "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

  private let folder: TestFolder
  private let certificate: TestCertificate
  private let store: TLSContextStore
  private let client: TLSClientContext

  init() throws {
    folder = try TestFolder()
    certificate = try TestCertificate(in: folder.path)
    store = try TLSContextStore(TLSContext.Configuration(certificates: [certificate.files]))
    client = try TLSClientContext(roots: nil)
  }

  private func server(_ change: (inout TransportSettings) -> Void = { _ in }) async throws -> EngineServer {
    try await EngineServer { settings in
      settings.tls = store
      change(&settings)
    }
  }

  /// A binary message, masked by zeros.
  private func frame(_ payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x82]
    let width = payload.count < 126 ? 0 : payload.count < 65_536 ? 2 : 8
    bytes.append(0x80 | UInt8(width == 0 ? payload.count : width == 2 ? 126 : 127))
    for place in (0..<width).reversed() { bytes.append(UInt8(truncatingIfNeeded: payload.count >> (8 * place))) }
    return bytes + [0, 0, 0, 0] + payload
  }

  /// The payload of a message as the server sends it.
  private func message(_ client: TLSTestClient) async throws -> [UInt8] {
    let head = try await client.receive(2)
    try #require(head.count == 2 && head[0] == 0x82)
    var count = Int(head[1])
    if count >= 126 {
      count = try await client.receive(count == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
    }
    return try await client.receive(count)
  }

  private func open(_ server: EngineServer) async throws -> TLSTestClient {
    let socket = try await TLSTestClient.connect(to: server.port, client)
    try await socket.send(Self.upgrade)
    #expect(try await socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
    return socket
  }

  @Test("requests one after the other, pipelined, and a close")
  func requests() async throws {
    let server = try await server { $0.hstsSeconds = 300 }
    let socket = try await TLSTestClient.connect(to: server.port, client)
    for _ in 0..<3 {
      try await socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      let answer = try await socket.receive(until: "127.0.0.1 true")
      #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("Strict-Transport-Security: max-age=300\r\n"))
    }
    try await socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    let answers = try await socket.receive(until: "there is no such text")
    #expect(answers.split(separator: "127.0.0.1 true").count == 2)
    #expect(await socket.end == .closed, "a close_notify goes before the end")
  }

  @Test(
    "who closes behind requests is answered first", arguments: [("/", 1), ("/", 3), ("/late", 1), ("/late", 3)],
    [true, false])
  func halfClosed(_ requests: (path: String, count: Int), _ isTold: Bool) async throws {
    let (path, count) = requests
    let server = try await server()
    let socket = try await TLSTestClient.connect(to: server.port, client)
    let requests = String(repeating: "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n", count: count)
    await socket.socket.stayOpen()
    if isTold {
      try await socket.close(after: Array(requests.utf8))
    } else {
      try await socket.send(requests)
      await socket.socket.finishSending()
    }
    let answers = try await socket.receive(until: "there is no such text")
    #expect(answers.split(separator: "127.0.0.1 true").count == count)
    #expect(await socket.end == .closed)
    while await server.first.count > 0 { await Task.yield() }
  }

  @Test("who closes behind messages has them taken first, also on the way to another loop")
  func closeBehindMessages() async throws {
    let server = try await server()
    let socket = try await open(server)
    await socket.socket.stayOpen()
    try await socket.close(after: frame([1]) + frame([2, 2]))
    #expect(try await message(socket) == [1])
    #expect(try await message(socket) == [2, 2])
    #expect(try await socket.receive(1).isEmpty)
    #expect(await socket.end == .closed)
    while await server.second.count > 0 { await Task.yield() }
  }

  @Test("an idle connection is told its end")
  func idle() async throws {
    let server = try await server { $0.keepAliveSeconds = 3 }
    let socket = try await TLSTestClient.connect(to: server.port, client)
    try await socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    _ = try await socket.receive(until: "127.0.0.1 true")
    for _ in 0..<5 { await server.first.tick() }
    #expect(try await socket.receive(1).isEmpty)
    #expect(await socket.end == .closed)
  }

  @Test("a record that comes byte by byte buys no time")
  func slowRecord() async throws {
    let server = try await server { $0.keepAliveSeconds = 3 }
    let socket = try await TLSTestClient.connect(to: server.port, client)
    let record = try await socket.records(of: [UInt8](repeating: 65, count: 100))
    for byte in record.prefix(12) {
      await socket.socket.send([byte])
      await server.first.tick()
    }
    #expect(try await socket.receive(1).isEmpty)
    #expect(await server.first.count == 0)
  }

  @Test("messages of many sizes come back, after the connection has moved to another loop")
  func echo() async throws {
    let server = try await server { $0.messageBytes = 8 << 20 }
    let socket = try await open(server)
    for size in [0, 1, 125, 126, 16_384, 70_000, 3_000_000] {
      let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) }
      try await socket.send(frame(payload))
      #expect(try await message(socket) == payload, "\(size) bytes")
    }
    #expect(await server.first.count == 0)
    #expect(await server.second.count == 1)
    try await socket.close()
    #expect(try await socket.receive(1).isEmpty)
    #expect(await socket.end == .closed)
  }

  @Test("several messages in one record, the first of which moves the connection")
  func moveWithInput() async throws {
    let server = try await server()
    let socket = try await open(server)
    try await socket.send(frame([1]) + frame([2, 2]) + frame([3, 3, 3]))
    #expect(try await message(socket) == [1])
    #expect(try await message(socket) == [2, 2])
    #expect(try await message(socket) == [3, 3, 3])
  }

  @Test("HTTP without TLS is answered in clear words")
  func plaintext() async throws {
    let server = try await server()
    let http = try await HTTPTestClient.connect(to: server.port)
    let answer = try await http.get("/")
    #expect(answer.status == 400 && answer.text.contains("HTTPS only"))
    #expect(try await http.untilEnd().isEmpty)
  }

  @Test("what is neither TLS nor HTTP is cut off with an alert")
  func garbage() async throws {
    let server = try await server()
    let socket = try await TestSocket.connect(to: server.port)
    await socket.send([0x16, 3, 1, 0, 5, 9, 9, 9, 9, 9])
    // An alert's record (RFC 8446 section 5.1).
    #expect(try await socket.receive().first == 0x15)
    #expect(try await socket.receive().isEmpty)
  }

  @Test("a handshake that takes too long is cut, and hurts nobody")
  func slowHandshake() async throws {
    let server = try await server { $0.handshakeSeconds = 3 }
    let silent = try await TestSocket.connect(to: server.port)
    let slow = try await TestSocket.connect(to: server.port)
    await slow.send([0x16, 3, 1])
    let good = try await TLSTestClient.connect(to: server.port, client)
    for byte in [UInt8(2), 0, 1, 0, 1] {
      await server.first.tick()
      await slow.send([byte])
    }
    #expect(try await silent.receive().isEmpty)
    #expect(try await slow.receive().isEmpty)
    try await good.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try await good.receive(until: "127.0.0.1 true").hasPrefix("HTTP/1.1 200 "))
  }

  @Test("more handshakes at once than a turn does: all get theirs")
  func crowd() async throws {
    let server = try await server { $0.handshakesPerTurn = 1 }
    let port = server.port
    let client = client
    let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<60 {
        group.addTask {
          let socket = try await TLSTestClient.connect(to: port, client)
          try await socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
          return try await socket.receive(until: "127.0.0.1 true").hasPrefix("HTTP/1.1 200 ")
        }
      }
      return try await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(answers == Array(repeating: true, count: 60))
  }

  @Test("who is connected is heard while handshakes wait")
  func fairness() async throws {
    let server = try await server { $0.handshakesPerTurn = 1 }
    let socket = try await TLSTestClient.connect(to: server.port, client)
    let channel = try TLSChannel()
    var strangers: [TestSocket] = []
    for _ in 0..<200 { strangers.append(try await TestSocket.connect(to: server.port)) }
    try await socket.send(Self.upgrade)
    _ = try await socket.receive(until: "\r\n\r\n")
    while await server.first.count <= strangers.count { await Task.yield() }
    // All of it comes in one turn of the loop.
    async let held: Void = server.first.hold()
    while !server.first.isHeld.load(ordering: .acquiring) { await Task.yield() }
    for stranger in strangers {
      _ = try TLSSession(client, channel: channel, host: "localhost")
      await stranger.send(channel.output)
      channel.output = []
    }
    try await socket.send(frame([1]))
    server.first.isHeld.store(false, ordering: .releasing)
    await held
    #expect(try await message(socket) == [1])
    #expect(await server.first.waitingWhenHeard > 150)
    // And they get their answers too.
    for stranger in strangers { #expect(try await stranger.receive().first == 0x16) }
  }

  @Test("another certificate for new connections; the old ones and their tickets go on")
  func reload() async throws {
    let server = try await server()
    let old = try await open(server)
    try await old.send(frame([1]))
    #expect(try await message(old) == [1])
    let ticket = try #require(await old.resumption)
    _ = try TestCertificate(in: folder.path, hosts: ["renewed.test"])
    try store.reload()
    let new = try await TLSTestClient.connect(to: server.port, client)
    #expect(await new.certificateNames == ["renewed.test"])
    try await old.send(frame([2]))
    #expect(try await message(old) == [2])
    let resumed = try await TLSTestClient.connect(to: server.port, client, resuming: ticket)
    #expect(await resumed.isResumed)
    // A broken file changes nothing.
    let file = try #require(fopen(certificate.files.certificate, "w"))
    fclose(file)
    #expect(throws: TLSError.self) { try store.reload() }
    #expect(try await TLSTestClient.connect(to: server.port, client).certificateNames == ["renewed.test"])
  }

  @Test("a client that does not read costs a bounded amount")
  func slowReader() async throws {
    let server = try await server { $0.messageBytes = 1 << 20 }
    let socket = try await open(server)
    try await socket.send(frame([1]))
    #expect(try await message(socket) == [1])
    await socket.socket.setReading(false)
    let payload = [UInt8](repeating: 7, count: 1 << 20)
    let bytes = frame(payload)
    for _ in 0..<24 {
      try await socket.send(bytes)
      // One message more than the bound, since it is answered once it is whole.
      #expect(await server.second.heldBytes < (256 + 1024 + 64) * 1024)
    }
    // What it can't take is left to the client.
    #expect(await socket.socket.unsentCount > 0)
    await socket.socket.setReading(true)
    for place in 0..<24 { #expect(try await message(socket) == payload, "message \(place)") }
  }

  @Test(
    "a listener without TLS sends to the one with it",
    arguments: [
      ("GET /a/b?c=d HTTP/1.1\r\nHost: chat.test:80\r\n\r\n", "https://chat.test:PORT/a/b?c=d"),
      ("GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n", "https://[::1]:PORT/"),
      (
        "POST http://other.test/x HTTP/1.1\r\nHost: other.test\r\nContent-Length: 0\r\n\r\n",
        "https://other.test:PORT/x"
      ),
    ])
  func redirect(_ request: String, _ location: String) async throws {
    let server = try await server { $0.hstsSeconds = 300 }
    let http = try await HTTPTestClient.connect(to: server.redirectPort)
    await http.send(request + request)
    for _ in 0..<2 {
      let answer = try await http.next()
      #expect(answer.status == 308)
      #expect(answer["location"] == location.replacing("PORT", with: "\(server.port)"))
      #expect(answer["strict-transport-security"] == nil, "never without TLS (RFC 6797 section 7.2)")
    }
  }
}
