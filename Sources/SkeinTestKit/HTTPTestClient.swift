package import HTTPWire

/// A response as a test looks at it.
package struct HTTPTestResponse: Sendable {
  package let head: HTTPReceivedHead
  package let body: [UInt8]

  package var status: Int { Int(head.status.code) }
  package var text: String { String(decoding: body, as: UTF8.self) }
  package subscript(name: StaticString) -> String? { head.fields[name] }
}

/// An HTTP/1.1 client that sends whatever bytes a test gives it, and parses the responses.
package actor HTTPTestClient {
  package nonisolated let unownedExecutor: UnownedSerialExecutor
  /// The connection below.
  package nonisolated let socket: TestSocket
  private var parser = HTTPResponseParser()
  private var input: [UInt8] = []

  /// Connects.
  package static func connect(to port: UInt16, receiveBuffer: Int32 = 0) async throws -> HTTPTestClient {
    HTTPTestClient(try await TestSocket.connect(to: port, receiveBuffer: receiveBuffer))
  }

  private init(_ socket: TestSocket) {
    self.socket = socket
    unownedExecutor = socket.unownedExecutor
  }

  /// Sends bytes as they are.
  package func send(_ text: String) async { await socket.send(text) }

  /// Sends a request without content and takes its response.
  /// - Parameter fields: header lines, each with its CR LF.
  package func get(_ target: String, method: String = "GET", fields: String = "") async throws -> HTTPTestResponse {
    await send("\(method) \(target) HTTP/1.1\r\nHost: test\r\n\(fields)\r\n")
    return try await next(isHead: method == "HEAD")
  }

  /// The next response; an interim one (1xx) is a response of its own.
  /// - Parameter isHead: whether it answers a HEAD request.
  package func next(isHead: Bool = false, within limit: UInt64 = TestSocket.patience) async throws -> HTTPTestResponse {
    parser.isHead = isHead
    var head: HTTPReceivedHead?
    var body: [UInt8] = []
    while true {
      var offset = 0
      defer { input.removeFirst(min(offset, input.count)) }
      while let event = try parser.next(in: input.span.bytes, from: &offset) {
        switch event {
        case .head(let new):
          head = new
          if new.status.code < 200 { return HTTPTestResponse(head: new, body: []) }
        case .body(let range): body += input[range]
        case .end:
          if let head { return HTTPTestResponse(head: head, body: body) }
        }
      }
      input.removeFirst(offset)
      offset = 0
      let bytes = try await socket.receive(within: limit)
      if bytes.isEmpty {
        guard let head, parser.mayEnd else { throw TestClientError.closed(code: 1006, reason: "") }
        return HTTPTestResponse(head: head, body: body)
      }
      input += bytes
    }
  }

  /// Takes all that still comes.
  /// - Returns: the bytes behind the last response, once the server has ended the connection.
  package func untilEnd(within limit: UInt64 = TestSocket.patience) async throws -> [UInt8] {
    var rest = input
    input = []
    while true {
      let bytes = try await socket.receive(within: limit)
      if bytes.isEmpty { return rest }
      rest += bytes
    }
  }
}
