import HTTPClient
import HTTPWire
import Reactor
import SkeinTestKit
import Testing

/// Requests to a scripted service over real sockets.
@Suite struct HTTPClientTests {
  /// Runs `body` with a client and a service, and closes both.
  private func with(
    _ change: (inout HTTPClientSettings) -> Void = { _ in },
    _ respond: @escaping @Sendable (ServiceRequest) -> [ServiceStep],
    _ body: (HTTPClient, ScriptedService) async throws -> Void
  ) async throws {
    var settings = HTTPClientSettings()
    change(&settings)
    let service = try await ScriptedService(respond)
    let client = HTTPClient(loop: try TestLoop.shared(), settings: settings)
    do {
      try await body(client, service)
    } catch {
      await client.close()
      await service.close()
      throw error
    }
    #expect(await client.count == 0)
    await client.close()
    await service.close()
  }

  private func failure(_ client: HTTPClient, _ request: HTTPClientRequest) async -> HTTPClientError.Code? {
    do {
      _ = try await client.fetch(request)
      return nil
    } catch {
      return (error as? HTTPClientError)?.code
    }
  }

  @Test func aRequestThatMayNotComeTwiceDoesNot() async throws {
    try await with { _ in
    } _: { request in
      request.head.path == "/cut" ? [.close] : ServiceScript.whole("{}")
    } _: { client, service in
      for mayRepeat in [true, false] {
        let before = await service.requests.count
        _ = try await client.fetch(HTTPClientRequest("POST", service.url + "/kept", body: [0x31]))
        var request = HTTPClientRequest("POST", service.url + "/cut", body: [0x31])
        request.mayRepeat = mayRepeat
        #expect(await failure(client, request) == .cut)
        #expect(await service.requests.count - before == (mayRepeat ? 3 : 2))
      }
    }
  }

  @Test func aRequestIsAnsweredAndItsConnectionUsedAgain() async throws {
    try await with { _ in
    } _: { request in
      ServiceScript.whole(201, "{\"n\":\(request.number)}", fields: ["X-Kind: test", "x-kind: other"])
    } _: { client, service in
      for number in 1...3 {
        var request = HTTPClientRequest("POST", service.url + "/a?b=c", body: Array("body \(number)".utf8))
        #expect(request.setField("X-Ask", "yes") && request.setField("x-ask", "no"))
        #expect(!request.setField("X Ask", "") && !request.setField("X-Ask", "a\r\nb"))
        let (head, content) = try await client.fetch(request)
        #expect(head.status == 201 && head["x-kind"] == "test" && head.mediaType == "application/json")
        #expect(head.version == "1.1" && content.elementsEqual("{\"n\":\(number)}".utf8))
      }
      let asked = await service.requests
      #expect(asked.map { String(decoding: $0.content, as: UTF8.self) } == ["body 1", "body 2", "body 3"])
      #expect(asked.allSatisfy { $0.head.path == "/a" && $0.head.fields["x-ask"] == "no" })
      #expect(asked.allSatisfy { $0.head.fields["content-type"] == nil && $0.head.fields["expect"] == nil })
      #expect(await service.connections == 1)
    }
  }

  @Test func aLargeBodyAndALargeAnswerArriveWhole() async throws {
    let piece = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try await with {
      $0.bufferBytes = 32 * 1024
    } _: { _ in
      ServiceScript.stream(Array(repeating: piece, count: 100))
    } _: { client, service in
      let body = (0..<900_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      try await client.send(HTTPClientRequest("POST", service.url, body: body)) { answer in
        var (count, most) = (0, 0)
        while let bytes = try await answer.next() {
          for (place, byte) in bytes.enumerated() where byte != piece[(count + place) % piece.count] {
            Issue.record("wrong at \(count + place)")
            return
          }
          count += bytes.count
          most = max(most, bytes.count)
        }
        // No more waits for its reader than the buffer, and what libcurl reads at once.
        #expect(count == 6_000_000 && most <= 32 * 1024 + 16 * 1024)
      }
      #expect(await service.requests.first?.content == body)
    }
  }

  static let faults: [(name: String, steps: [ServiceStep], code: HTTPClientError.Code)] = [
    ("closed before the head", [.close], .cut),
    ("reset before the head", [.reset], .cut),
    ("cut in the content", ServiceScript.stream(["some"], end: .close), .cut),
    ("reset in the content", ServiceScript.stream(["some"], end: .reset), .cut),
    ("no HTTP", [.send(Array("220 mail.example ESMTP\r\n".utf8)), .close], .malformed),
    ("silence before the head", [.wait], .timedOut),
    ("silence in the content", ServiceScript.stream(["some"], end: .wait), .timedOut),
    (
      "a giant head", [.send(Array("HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 90_000))\r\n\r\n".utf8))],
      .tooLarge
    ),
    ("a giant content", ServiceScript.stream([String(repeating: "x", count: 200_000)]), .tooLarge),
  ]

  @Test(arguments: faults.indices) func aFaultIsToldByItsKind(_ index: Int) async throws {
    let (name, steps, code) = Self.faults[index]
    try await with { _ in
    } _: { _ in
      steps
    } _: { client, service in
      var request = HTTPClientRequest("GET", service.url)
      // The others have all the time.
      if code == .timedOut { request.silenceMilliseconds = 300 }
      request.mostBytes = 100_000
      #expect(await failure(client, request) == code, "\(name)")
    }
  }

  @Test func nobodyThere() async throws {
    try await with { _ in
    } _: { _ in
      []
    } _: { client, service in
      await service.close()
      #expect(await failure(client, HTTPClientRequest("GET", "http://127.0.0.1:1/")) == .unreachable)
      #expect(await failure(client, HTTPClientRequest("GET", "ftp://127.0.0.1/")) == .badURL)
      #expect(await failure(client, HTTPClientRequest("GET", "http://")) == .badURL)
    }
  }

  @Test func theWholeMayTakeOnlySoLong() async throws {
    try await with { _ in
    } _: { _ in
      ServiceScript.stream(Array(repeating: "x", count: 1000), pause: 20)
    } _: { client, service in
      var request = HTTPClientRequest("GET", service.url)
      request.totalMilliseconds = 200
      #expect(await failure(client, request) == .timedOut)
    }
  }

  @Test func whatOnlyAnnouncesIsNoAnswer() async throws {
    try await with { _ in
    } _: { _ in
      [.send(Array("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".utf8))] + ServiceScript.whole("end")
    } _: { client, service in
      let (head, content) = try await client.fetch(HTTPClientRequest("GET", service.url))
      #expect(head.status == 200 && head["link"] == nil && content.elementsEqual("end".utf8))
    }
  }

  @Test func aCancelledRequestIsBrokenOffAtOnce() async throws {
    try await with { _ in
    } _: { request in
      request.head.path == "/silent" ? [.wait] : ServiceScript.stream(["one"], end: .wait)
    } _: { client, service in
      for path in ["/silent", "/trails-off"] {
        let before = await service.abandoned
        let asked = await service.requests.count
        let task = Task { try await client.fetch(HTTPClientRequest("GET", service.url + path)) }
        await service.until { $0.requests.count > asked }
        task.cancel()
        await service.until { $0.abandoned > before }
        await #expect(throws: CancellationError.self) { _ = try await task.value }
      }
    }
  }

  @Test func whoLeavesInTheMiddleEndsTheRequest() async throws {
    try await with { _ in
    } _: { _ in
      ServiceScript.stream(["one"], end: .wait)
    } _: { client, service in
      let first = try await client.send(HTTPClientRequest("GET", service.url)) { try await $0.next() }
      #expect(first?.elementsEqual("one".utf8) == true)
      await service.until { $0.abandoned == 1 }
    }
  }

  @Test func anAnswerThatIsLeftAtItsEndKeepsItsConnection() async throws {
    try await with {
      $0.leavingMilliseconds = 600_000
    } _: { _ in
      ServiceScript.stream(["one", "two"], pause: 20)
    } _: { client, service in
      for _ in 0..<3 {
        try await client.send(HTTPClientRequest("GET", service.url)) { answer in
          _ = try await answer.next()
          await answer.leave()
        }
        #expect(await comesTrue { await client.count == 0 })
      }
      #expect(await service.connections == 1)
      #expect(await service.abandoned == 0)
    }
  }

  @Test func theMachinesOwnAddressesAreRefusedWhereOnlyPublicOnesMayBe() async throws {
    try await with {
      $0.reach = .publicInternet
    } _: { _ in
      ServiceScript.whole("secret")
    } _: { client, service in
      for host in ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "[::ffff:127.0.0.1]"] {
        let request = HTTPClientRequest("GET", "http://\(host):\(service.port)/")
        #expect(await failure(client, request) == .refusedAddress, "\(host)")
      }
      #expect(await service.connections == 0)
    }
  }

  @Test func aProxyIsAskedForOthers() async throws {
    let proxy = try await ScriptedService { _ in ServiceScript.whole("by proxy") }
    try await with {
      $0.proxy = proxy.url
    } _: { _ in
      ServiceScript.whole("directly")
    } _: { client, service in
      let (_, content) = try await client.fetch(HTTPClientRequest("GET", "http://model.invalid/v1"))
      #expect(content.elementsEqual("by proxy".utf8))
      let (_, own) = try await client.fetch(HTTPClientRequest("GET", service.url))
      #expect(own.elementsEqual("directly".utf8))
    }
    await proxy.close()
  }

  @Test func manyAtOnce() async throws {
    try await with { _ in
    } _: { request in
      ServiceScript.stream((0..<20).map { "\(request.head.path) \($0)\n" }, pause: 2)
    } _: { client, service in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask {
            let (_, content) = try await client.fetch(HTTPClientRequest("GET", service.url + "/\(number)"))
            #expect(content.elementsEqual((0..<20).map { "/\(number) \($0)\n" }.joined().utf8))
          }
        }
        try await group.waitForAll()
      }
    }
  }
}
