package import Reactor

extension HTTPClient {
  /// Makes a request, and hands its answer to `body` when the head of that is there. When `body` ends, or the task is
  /// cancelled, what is left of the exchange is broken off at once.
  /// - Throws: `HTTPClientError`; `CancellationError`; and what `body` does.
  package nonisolated func send<Result>(
    _ request: HTTPClientRequest, _ body: (HTTPClientAnswer) async throws -> Result
  ) async throws -> Result {
    let id = try await begin(request)
    do {
      let result = try await withTaskCancellationHandler {
        let head = try await head(of: id)
        return try await body(HTTPClientAnswer(client: self, id: id, head: head))
      } onCancel: {
        abandon(id)
      }
      await release(id)
      return result
    } catch {
      await release(id)
      throw error
    }
  }

  /// Makes a request and takes its whole answer.
  package nonisolated func fetch(_ request: HTTPClientRequest) async throws -> (head: HTTPClientHead, content: [UInt8])
  {
    try await send(request) { answer in
      var content: [UInt8] = []
      while let piece = try await answer.next() { content += piece }
      return (answer.head, content)
    }
  }

  /// Lets an exchange go, from any thread; at once where that is the loop's.
  private nonisolated func abandon(_ id: UInt64) {
    if loop.isCurrent { return assumeIsolated { $0.release(id) } }
    Task { await release(id) }
  }
}

/// An answer that is being received.
package struct HTTPClientAnswer: Sendable {
  private let client: HTTPClient
  private let id: UInt64
  package let head: HTTPClientHead

  init(client: HTTPClient, id: UInt64, head: HTTPClientHead) {
    self.client = client
    self.id = id
    self.head = head
  }

  /// The next piece of the content, as large as it has come; nil at the end. As long as nobody asks no more is read
  /// than the client's buffer takes.
  package func next() async throws -> [UInt8]? { try await client.next(of: id) }

  /// Nothing that matters follows: when the exchange is let go, its end is waited for a second, so that the connection
  /// can be used again.
  package func leave() async { await client.leave(id) }
}

/// The clients of a process, one on each loop.
package struct HTTPClients: Sendable {
  private let clients: [HTTPClient]

  package init(_ loops: [EventLoop], settings: HTTPClientSettings = HTTPClientSettings()) {
    clients = loops.map { HTTPClient(loop: $0, settings: settings) }
  }

  /// The one of the caller's loop; elsewhere the first.
  package var here: HTTPClient { clients.first { $0.loop.isCurrent } ?? clients[0] }

  package func close() async {
    for client in clients { await client.close() }
  }
}
