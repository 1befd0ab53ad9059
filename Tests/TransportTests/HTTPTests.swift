import HTTPWire
import SkeinTestKit
import Testing
import Transport

/// HTTP/1.1 over real sockets.
@Suite struct HTTPTests {
  @Test func connectionsAreKept() async throws {
    let engine = try await TestEngine()
    let client = try await HTTPTestClient.connect(to: engine.port)
    for index in 0..<20 {
      let response = try await client.get("/\(index)")
      #expect(response.status == 200)
      #expect(response.text == "/\(index):")
      #expect(response["connection"] == nil)
      #expect(response["date"]?.hasSuffix("GMT") == true)
    }
    let last = try await client.get("/end", fields: "Connection: close\r\n")
    #expect(last["connection"] == "close")
    #expect(try await client.untilEnd() == [])
  }

  @Test func oldClientsAreClosedUnlessTheyAskOtherwise() async throws {
    let engine = try await TestEngine()
    let plain = try await HTTPTestClient.connect(to: engine.port)
    await plain.send("GET /old HTTP/1.0\r\n\r\n")
    #expect(try await plain.next().text == "/old:")
    #expect(try await plain.untilEnd() == [])
    let kept = try await HTTPTestClient.connect(to: engine.port)
    for _ in 0..<2 {
      await kept.send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(try await kept.next()["connection"] == "keep-alive")
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    let engine = try await TestEngine()
    let client = try await HTTPTestClient.connect(to: engine.port)
    var bytes = ""
    for index in 0..<100 {
      // Some are answered later than they could be: those behind them wait.
      let path = index % 10 == 3 ? "/late" : "/\(index)"
      bytes += "POST \(path) HTTP/1.1\r\nHost: t\r\nContent-Length: \("\(index)".utf8.count)\r\n\r\n\(index)"
    }
    await client.send(bytes)
    for index in 0..<100 {
      #expect(try await client.next().text == (index % 10 == 3 ? "\(index)" : "/\(index):\(index)"))
    }
  }

  @Test func everyByteInASegmentOfItsOwn() async throws {
    let engine = try await TestEngine()
    let client = try await HTTPTestClient.connect(to: engine.port)
    let request =
      "POST /slow HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nX: y\r\n\r\n"
    for byte in (request + request).utf8 { await client.socket.send([byte]) }
    for _ in 0..<2 { #expect(try await client.next().text == "/slow:abc") }
  }

  @Test func contentInChunks() async throws {
    let engine = try await TestEngine()
    let client = try await HTTPTestClient.connect(to: engine.port)
    let head = "POST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
    await client.send(head + "5\r\nhello\r\nA\r\n, chunked!\r\n0\r\n\r\n")
    #expect(try await client.next().text == "/c:hello, chunked!")
    await client.send(head + "0\r\n\r\n")
    #expect(try await client.next().text == "/c:")
  }

  @Test func aClientThatWaitsForAContinue() async throws {
    let engine = try await TestEngine { $0.http.bodyBytes = 10 }
    let client = try await HTTPTestClient.connect(to: engine.port)
    let head = "POST /e HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: "
    await client.send(head + "5\r\n\r\n")
    #expect(try await client.next().status == 100)
    await client.send("hello")
    #expect(try await client.next().text == "/e:hello")
    // Refused before it is sent.
    await client.send(head + "11\r\n\r\n")
    let refused = try await client.next()
    #expect(refused.status == 413)
    #expect(try await client.untilEnd() == [])
    let other = try await HTTPTestClient.connect(to: engine.port)
    await other.send("POST /e HTTP/1.1\r\nHost: t\r\nExpect: miracles\r\nContent-Length: 0\r\n\r\n")
    #expect(try await other.next().status == 417)
  }

  @Test(arguments: [
    "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5, 6\r\n\r\nhello!",
    "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: +5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: -5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 0x5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: t\r\nContent-Length : 5\r\n\r\nhello",
    "GET / HTTP/1.1\r\nHost: t\r\n Folded: x\r\n\r\n", "GET / HTTP/1.1\nHost: t\n\n",
    "GET / HTTP/1.1\r\nHost: t\rX: y\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: t\r\n\r\n",
    "GET  / HTTP/1.1\r\nHost: t\r\n\r\n", "GET / HTTP/1.1 \r\nHost: t\r\n\r\n", "GET / HTTQ/1.1\r\nHost: t\r\n\r\n",
    "G@T / HTTP/1.1\r\nHost: t\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\nX\u{0}: y\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: t\r\nX: \u{0}\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\n: y\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: t\r\nno colon\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
    "GET /%zz HTTP/1.1\r\nHost: t\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
  ])
  func shapesOfSmuggling(request: String) async throws {
    let engine = try await TestEngine()
    let client = try await HTTPTestClient.connect(to: engine.port)
    // A request behind it must not be carried out.
    await client.send(request + "GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n")
    let response = try await client.next()
    // 501 is for transfer codings that are not known (RFC 9112 section 6.1).
    #expect(response.status == (request.contains("identity") ? 501 : 400))
    #expect(response["connection"] == "close")
    #expect(response["content-type"] == "application/problem+json")
    #expect(try await client.untilEnd() == [])
  }

  @Test func whatIsTooLarge() async throws {
    let engine = try await TestEngine { $0.http.bodyBytes = 1000 }
    for (request, status) in [
      ("GET /\(String(repeating: "x", count: 9000)) HTTP/1.1\r\nHost: t\r\n\r\n", 414),
      ("GET / HTTP/1.1\r\nHost: t\r\nX: \(String(repeating: "x", count: 17000))\r\n\r\n", 431),
      ("GET / HTTP/1.1\r\nHost: t\r\n\(String(repeating: "X: y\r\n", count: 101))\r\n", 431),
      ("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1001\r\n\r\n", 413),
      ("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
      (
        "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3E9\r\n\(String(repeating: "x", count: 1001))",
        413
      ),
    ] {
      let client = try await HTTPTestClient.connect(to: engine.port)
      await client.send(request)
      let answer = try await client.next().status
      // A length beyond every number may be told as broken as well.
      #expect(answer == status || request.contains("99999") && answer == 400)
      _ = try await client.untilEnd()
    }
  }

  @Test func slowHeadsAndSlowContent() async throws {
    let engine = try await TestEngine { $0.requestSeconds = 1 }
    for request in ["GET / HT", "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc"] {
      let client = try await HTTPTestClient.connect(to: engine.port)
      await client.send(request)
      let dripping = Task {
        while !Task.isCancelled {
          try await Task.sleep(for: .milliseconds(100))
          await client.send("a")
          if request.hasPrefix("POST") { return }
        }
      }
      let response = try await client.next()
      #expect(response.status == 408)
      #expect(response["connection"] == "close")
      dripping.cancel()
    }
  }

  @Test func idleConnectionsAreEnded() async throws {
    let server = try await EngineServer { $0.keepAliveSeconds = 2 }
    let (silent, used) = (
      try await HTTPTestClient.connect(to: server.port), try await HTTPTestClient.connect(to: server.port)
    )
    #expect(try await used.get("/").status == 200)
    #expect(await comesTrue { await server.first.count == 2 })
    for _ in 0..<4 { await server.first.tick() }
    #expect(try await silent.untilEnd() == [])
    #expect(try await used.untilEnd() == [])
  }

  /// A client that sends its last byte and still reads, as `nc -N` does.
  @Test(arguments: ["/large", "/late", "/small"])
  func halfClosedPeersAreAnswered(path: String) async throws {
    // Read from even while much is unsent, so that the end is seen before the response has left.
    let engine = try await TestEngine { $0.unsentBytes = 64 * 1024 * 1024 }
    let client = try await HTTPTestClient.connect(to: engine.port, receiveBuffer: 8192)
    await client.socket.setReading(false)
    await client.send("GET \(path) HTTP/1.1\r\nHost: t\r\n\r\n")
    await client.socket.finishSending()
    try await Task.sleep(for: .milliseconds(200))
    await client.socket.setReading(true)
    let response = try await client.next()
    #expect(response.status == 200)
    #expect(response.body.count == (path == "/large" ? 4 * 1024 * 1024 : path == "/small" ? 7 : 0))
    #expect(try await client.untilEnd() == [])
  }

  /// A slow download goes on for as long as it goes on.
  @Test func aSlowDownloadIsNotCut() async throws {
    let engine = try await TestEngine {
      $0.keepAliveSeconds = 5
      $0.closeSeconds = 5
    }
    for fields in ["", "Connection: close\r\n"] {
      let socket = try await TestSocket.connect(to: engine.port, receiveBuffer: 256 * 1024)
      await socket.read(atPace: 1600)
      await socket.send("GET /huge HTTP/1.1\r\nHost: t\r\n\(fields)\r\n")
      var count = 0
      // Some 10 s, twice as long as silence is borne, and more than the kernel takes at once.
      while count <= 16 * 1024 * 1024 {
        let bytes = try await socket.receive()
        if bytes.isEmpty { break }
        count += bytes.count
      }
      #expect(count > 16 * 1024 * 1024)
    }
  }

  /// Who goes on sending behind an error is not listened to for ever.
  @Test func whoTalksOnIsEnded() async throws {
    let engine = try await TestEngine { $0.closeSeconds = 1 }
    let client = try await HTTPTestClient.connect(to: engine.port)
    await client.socket.stayOpen()
    await client.send("broken\r\n\r\n")
    #expect(try await client.next().status == 400)
    let talking = Task {
      while !Task.isCancelled {
        await client.send("more")
        try await Task.sleep(for: .milliseconds(100))
      }
    }
    #expect(await comesTrue { await engine.connections == 0 })
    talking.cancel()
  }

  @Test func resetsLeaveNothingBehind() async throws {
    let engine = try await TestEngine()
    for request in ["", "GET / HT", "GET /large HTTP/1.1\r\nHost: t\r\n\r\n", "GET /late HTTP/1.1\r\nHost: t\r\n\r\n"] {
      for _ in 0..<10 {
        let socket = try await TestSocket.connect(to: engine.port)
        await socket.send(request)
        await socket.reset()
      }
    }
    let client = try await HTTPTestClient.connect(to: engine.port)
    #expect(await comesTrue { await engine.connections == 1 })
    #expect(try await client.get("/").status == 200)
  }

  @Test func headRequestsHaveNoContent() async throws {
    let engine = try await TestEngine()
    let client = try await HTTPTestClient.connect(to: engine.port)
    let head = try await client.get("/abc", method: "HEAD")
    #expect(head["content-length"] == "5")
    #expect(head.body == [])
    #expect(try await client.get("/abc").text == "/abc:")
  }
}
