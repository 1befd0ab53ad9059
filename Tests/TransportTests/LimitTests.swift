import ProxyWire
import SkeinTestKit
import Testing
import Transport
import WebSocketWire

/// The limits of an engine: what a peer is told, and that it is counted. A second goes by when a test says so.
@Suite struct LimitTests {
  private func socket(to server: EngineServer) async throws -> ChatClient {
    try await ChatClient.connect(to: server.port, target: "/socket", subprotocols: [])
  }

  @Test func beyondAllConnectionsOneIsTold() async throws {
    let server = try await EngineServer { $0.connections = 2 }
    let open = [try await HTTPTestClient.connect(to: server.port), try await HTTPTestClient.connect(to: server.port)]
    for client in open { #expect(try await client.get("/").status == 200) }
    let late = try await HTTPTestClient.connect(to: server.port)
    let answer = try await late.next()
    #expect(answer.status == 503)
    #expect(answer["retry-after"] == "5")
    #expect(await server.first.counts.full == 1)
    // The others go on, and a place that is left is taken.
    #expect(try await open[1].get("/").status == 200)
    await late.socket.close()
    await open[0].socket.close()
    while await server.first.count > 1 { await Task.yield() }
    let next = try await HTTPTestClient.connect(to: server.port)
    #expect(try await next.get("/").status == 200)
  }

  @Test func anAddressHasSoMany() async throws {
    let server = try await EngineServer { $0.connectionsPerAddress = 2 }
    let open = [try await HTTPTestClient.connect(to: server.port), try await HTTPTestClient.connect(to: server.port)]
    for client in open { #expect(try await client.get("/").status == 200) }
    let late = try await HTTPTestClient.connect(to: server.port)
    #expect(try await late.next().status == 429)
    #expect(await server.first.counts.crowdedAddresses == 1)
    await late.socket.close()
    await open[0].socket.close()
    while await server.first.count > 1 { await Task.yield() }
    let next = try await HTTPTestClient.connect(to: server.port)
    #expect(try await next.get("/").status == 200)
  }

  @Test func anAddressCannotFillTheTableWithRefusals() async throws {
    let server = try await EngineServer { $0.connectionsPerAddress = 1 }
    var clients: [TestSocket] = []
    for _ in 0..<200 {
      let socket = try await TestSocket.connect(to: server.port)
      await socket.stayOpen()
      clients.append(socket)
    }
    while await server.first.counts.crowdedAddresses < 199 { await Task.yield() }
    #expect(await server.first.count < 100)
  }

  @Test func clientsBehindAProxyAreCountedEachByItself() async throws {
    let server = try await EngineServer { settings in
      settings.trustedProxies = try #require(AddressRange.list("127.0.0.1"))
      settings.connectionsPerAddress = 1
    }
    let clients = [
      try await HTTPTestClient.connect(to: server.port), try await HTTPTestClient.connect(to: server.port),
      try await HTTPTestClient.connect(to: server.port),
    ]
    func ask(_ client: HTTPTestClient, for address: String) async throws -> Int {
      try await client.get("/", fields: "X-Forwarded-For: \(address)\r\n").status
    }
    #expect(try await ask(clients[0], for: "192.0.2.1") == 200)
    #expect(try await ask(clients[1], for: "2001:db8::1") == 200)
    // The same network of 64 bits.
    #expect(try await ask(clients[2], for: "2001:db8::2") == 429)
    // A connection counts for whoever it speaks for.
    #expect(try await ask(clients[1], for: "192.0.2.2") == 200)
    let next = try await HTTPTestClient.connect(to: server.port)
    #expect(try await ask(next, for: "2001:db8::3") == 200)
  }

  @Test func aConnectionThatMovesIsCountedWhereItIs() async throws {
    let server = try await EngineServer { $0.connectionsPerAddress = 1 }
    let client = try await socket(to: server)
    await client.send(text: "on")
    #expect(try await client.nextMessage().text == "on")
    // The first loop has room again; so has the second for nobody of that address but the one it has.
    let other = try await HTTPTestClient.connect(to: server.port)
    #expect(try await other.get("/").status == 200)
    await client.send(text: "still")
    #expect(try await client.nextMessage().text == "still")
  }

  @Test("too many frames in a second close with 4429", arguments: [WebSocketOpcode.text, .ping, .continuation])
  func frames(opcode: WebSocketOpcode) async throws {
    let server = try await EngineServer { $0.framesPerSecond = 10 }
    let client = try await socket(to: server)
    // With its first message it moves to the loop where it stays.
    await client.send(text: "on")
    #expect(try await client.nextMessage().text == "on")
    await server.second.tick()
    var bytes: [UInt8] = []
    let nothing: [UInt8] = []
    if opcode == .continuation {
      // A message that never ends, in empty pieces.
      bytes += [0x01, 0x80, 0, 0, 0, 0]
      for _ in 0..<10 { bytes += [0x00, 0x80, 0, 0, 0, 0] }
    } else {
      for _ in 0..<11 { WebSocketEncoder.append(opcode, nothing.span.bytes, maskKey: 7, to: &bytes) }
    }
    await client.socket.send(bytes)
    let expected = TestClientError.closed(code: 4429, reason: "more than 10 frames a second")
    await #expect(throws: expected) { while true { _ = try await client.nextMessage() } }
    let counts = [await server.first.counts, await server.second.counts]
    #expect(counts.map(\.tooFast).reduce(0, +) == 1)
  }

  @Test func eachSecondIsANewOne() async throws {
    let server = try await EngineServer { $0.framesPerSecond = 3 }
    let client = try await socket(to: server)
    for _ in 0..<5 {
      for text in ["a", "b", "c"] {
        await client.send(text: text)
        #expect(try await client.nextMessage().text == text)
      }
      await server.first.tick()
      await server.second.tick()
    }
  }

  @Test func slowRequestsAreToldAndCounted() async throws {
    let server = try await EngineServer {
      $0.requestSeconds = 3
      $0.closeSeconds = 2
    }
    let client = try await HTTPTestClient.connect(to: server.port)
    await client.socket.stayOpen()
    await client.send("GET / HTTP/1.1\r\n")
    while await server.first.count == 0 { await Task.yield() }
    for _ in 0..<3 {
      await client.send("X: y\r\n")
      // What has come is read before the second is over.
      _ = try await HTTPTestClient.connect(to: server.port).get("/")
      await server.first.tick()
    }
    await server.first.tick()
    #expect(try await client.next().status == 408)
    #expect(await server.first.counts.slowRequests == 1)
  }

  @Test func idleAndSilentPeersAreCounted() async throws {
    let server = try await EngineServer {
      $0.keepAliveSeconds = 2
      $0.pingSeconds = 2
    }
    let idle = try await HTTPTestClient.connect(to: server.port)
    #expect(try await idle.get("/").status == 200)
    let silent = try await TestSocket.connect(to: server.port)
    await silent.stayOpen()
    var bytes: [UInt8] = []
    WebSocketClientHandshake().appendRequest(host: "t", target: "/socket", to: &bytes)
    await silent.send(bytes)
    _ = try await silent.receive()
    for _ in 0..<10 { await server.first.tick() }
    let counts = await server.first.counts
    #expect(counts.idle == 1)
    #expect(counts.silent == 1)
    #expect(await server.first.count == 0)
  }

  @Test func breachesAreCounted() async throws {
    let server = try await EngineServer { $0.messageBytes = 100 }
    let http = try await HTTPTestClient.connect(to: server.port)
    await http.send("GET\r\n\r\n")
    #expect(try await http.next().status == 400)
    let big = try await socket(to: server)
    await big.send(.text, [UInt8](repeating: 0x61, count: 101))
    await #expect(throws: TestClientError.self) { try await big.nextMessage() }
    let broken = try await socket(to: server)
    await broken.socket.send([0xFF, 0x80, 0, 0, 0, 0])
    await #expect(throws: TestClientError.self) { try await broken.nextMessage() }
    let counts = await server.first.counts
    #expect(counts.brokenRequests == 1)
    #expect(counts.tooBig == 1)
    #expect(counts.brokenFrames == 1)
  }
}
