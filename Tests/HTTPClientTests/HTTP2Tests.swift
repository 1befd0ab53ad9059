import HTTPClient
import HTTPWire
import Reactor
import SkeinTestKit
import Testing

/// Requests at once over one connection, of a real server of HTTP/2.
@Suite(.enabled(if: HTTP2Front.isInstalled, "nghttp2-proxy is not installed"))
struct HTTP2Tests {
  /// Runs `body` with a client and a service behind a server with TLS, and closes all of them.
  private func with(
    offersHTTP2: Bool = true, requestsPerConnection: Int? = nil,
    _ respond: @escaping @Sendable (ServiceRequest) -> [ServiceStep],
    _ body: (HTTPClient, ScriptedService, HTTP2Front) async throws -> Void
  ) async throws {
    let service = try await ScriptedService(respond)
    let front = try await HTTP2Front(
      before: service, offersHTTP2: offersHTTP2, requestsPerConnection: requestsPerConnection)
    var settings = HTTPClientSettings()
    settings.authorities = front.authorities
    let client = HTTPClient(loop: try TestLoop.shared(), settings: settings)
    do {
      try await body(client, service, front)
    } catch {
      Issue.record(error)
    }
    #expect(await client.count == 0)
    await client.close()
    await service.close()
    front.kill()
  }

  /// Two pieces, the second when the service lets go.
  private static let held = ServiceScript.stream(["one ", "two"], holdAt: 1)

  /// Asks so many times at once; calls `between` when each has its first piece.
  /// - Returns: what each one was answered, and why where it has no end.
  private func ask(
    _ client: HTTPClient, _ url: String, times: Int, leaving: Int = 0, between: () async throws -> Void
  ) async throws -> [(text: String, version: String, error: HTTPClientError.Code?)] {
    let (arrivals, arrive) = AsyncStream.makeStream(of: Void.self)
    return try await withThrowingTaskGroup(of: (String, String, HTTPClientError.Code?).self) { group in
      for number in 0..<times {
        group.addTask {
          var (text, version) = ("", "")
          do {
            try await client.send(HTTPClientRequest("GET", "\(url)/\(number)")) { answer in
              version = answer.head.version
              text += String(decoding: try await answer.next() ?? [], as: UTF8.self)
              arrive.yield()
              if number < leaving { return }
              while let piece = try await answer.next() { text += String(decoding: piece, as: UTF8.self) }
            }
            return (text, version, nil)
          } catch let error as HTTPClientError {
            arrive.yield()
            return (text, version, error.code)
          }
        }
      }
      var iterator = arrivals.makeAsyncIterator()
      for _ in 0..<times { _ = await iterator.next() }
      try await between()
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  @Test func manyAtOnceShareOneConnection() async throws {
    try await with { _ in
      Self.held
    } _: { client, service, front in
      // All of them have begun, and none has ended.
      let answers = try await ask(client, front.url, times: 20) { await service.letGo() }
      #expect(answers.allSatisfy { $0.text == "one two" && $0.version == "2" && $0.error == nil })
      let (_, content) = try await client.fetch(HTTPClientRequest("POST", front.url, body: [0x31]))
      #expect(content.elementsEqual("one two".utf8))
      let asked = await service.requests
      #expect(asked.count == 21 && asked.allSatisfy { $0.frontVersion == "2" } && asked.last?.content == [0x31])
      #expect(Set(asked.map(\.frontConnection)).count == 1)
    }
  }

  @Test func whoLeavesEndsOnlyItsOwn() async throws {
    try await with { _ in
      Self.held
    } _: { client, service, front in
      let answers = try await ask(client, front.url, times: 8, leaving: 3) {
        await service.until { $0.abandoned == 3 }
        await service.letGo()
      }
      #expect(
        answers.map(\.text).sorted() == Array(repeating: "one ", count: 3) + Array(repeating: "one two", count: 5))
      _ = try await client.fetch(HTTPClientRequest("GET", front.url))
      #expect(Set(await service.requests.map(\.frontConnection)).count == 1)
      #expect(await service.abandoned == 3)
    }
  }

  @Test func aSlowReaderHoldsUpNobody() async throws {
    let large = String(repeating: "x", count: 3_000_000)
    try await with { request in
      request.head.path == "/large" ? ServiceScript.whole(large) : ServiceScript.whole("small")
    } _: { client, service, front in
      try await client.send(HTTPClientRequest("GET", front.url + "/large")) { answer in
        var count = try await answer.next()?.count ?? 0
        for _ in 0..<20 {
          let (_, content) = try await client.fetch(HTTPClientRequest("GET", front.url + "/small"))
          #expect(content.elementsEqual("small".utf8))
        }
        while let piece = try await answer.next() { count += piece.count }
        #expect(count == large.utf8.count)
      }
      #expect(Set(await service.requests.map(\.frontConnection)).count == 1)
    }
  }

  /// Those that a connection has taken it answers; the others come by another one.
  @Test func aConnectionThatTakesNoMore() async throws {
    try await with(requestsPerConnection: 3) { _ in
      Self.held
    } _: { client, service, front in
      let answers = try await ask(client, front.url, times: 3) { await service.letGo() }
      #expect(answers.allSatisfy { $0.text == "one two" && $0.version == "2" && $0.error == nil })
      for _ in 0..<7 {
        let (_, content) = try await client.fetch(HTTPClientRequest("GET", front.url))
        #expect(content.elementsEqual("one two".utf8))
      }
      let connections = await service.requests.map(\.frontConnection)
      #expect(connections.count == 10 && Set(connections).count == 4, "\(connections)")
    }
  }

  @Test func aConnectionThatIsCutEndsAllOfItsAnswers() async throws {
    try await with { _ in
      Self.held
    } _: { client, service, front in
      let answers = try await ask(client, front.url, times: 5) { front.kill() }
      #expect(answers.allSatisfy { $0.text == "one " && $0.error == .cut }, "\(answers)")
      try await front.startAgain()
      await service.letGo()
      let (head, content) = try await client.fetch(HTTPClientRequest("GET", front.url))
      #expect(head.version == "2" && content.elementsEqual("one two".utf8))
    }
  }

  @Test func whereItIsNotOfferedEachHasItsOwn() async throws {
    try await with(offersHTTP2: false) { _ in
      Self.held
    } _: { client, service, front in
      let answers = try await ask(client, front.url, times: 6) { await service.letGo() }
      #expect(answers.allSatisfy { $0.text == "one two" && $0.version == "1.1" && $0.error == nil })
      let asked = await service.requests
      #expect(asked.allSatisfy { $0.frontVersion == "1.1" } && Set(asked.map(\.frontConnection)).count == 6)
    }
  }
}
