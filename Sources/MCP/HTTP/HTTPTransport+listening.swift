import HTTPClient
import HTTPWire
import JSONWire
import Reactor
import Redaction

/// Hearing of changes, on a stream of its own that stays open as long as the session.
extension HTTPTransport {
  private static let firstPause: UInt64 = 1000
  private static let lastPause: UInt64 = 60_000

  func listen(_ session: Session) {
    listener?.cancel()
    listener = loop.task {
      var pause = Self.firstPause
      while !Task.isCancelled, self.session?.number == session.number {
        let began = EventLoop.monotonicMilliseconds()
        let isOffered = await self.hear(session)
        guard isOffered, self.session?.number == session.number else { return }
        self.isListening = false
        // What was said meanwhile was not heard.
        self.changes.increase()
        // One that lasted was cut by somebody between; one that does not would be asked for again and again.
        let lasted = EventLoop.monotonicMilliseconds() >= began + Self.lastPause
        pause = lasted ? Self.firstPause : min(pause * 2, Self.lastPause)
        await self.loop.sleep(milliseconds: pause)
      }
    }
  }

  /// Hears one stream to its end.
  /// - Returns: whether there is such a stream.
  private func hear(_ session: Session) async -> Bool {
    var request: HTTPClientRequest
    let isModern = session.welcome.isModern
    if isModern {
      request = HTTPClientRequest("POST", endpoint.url)
      request.body = MCPMessage.request(
        session.number, "subscriptions/listen", MCPVersion.subscription, isModern: true)
      request.setField("Content-Type", "application/json")
      request.setField("Accept", "application/json, text/event-stream")
      request.setField("Mcp-Method", "subscriptions/listen")
    } else {
      request = HTTPClientRequest("GET", endpoint.url)
      request.setField("Accept", "text/event-stream")
    }
    request.mostBytes = .max
    guard (try? dress(&request, session, isModern: isModern)) != nil else { return true }
    return (try? await hear(request, session)) ?? true
  }

  private func hear(_ request: HTTPClientRequest, _ session: Session) async throws -> Bool {
    try await clients.here.send(request) { reply in
      let status = reply.head.status
      if status == 404, session.id != nil {
        self.forget(session)
        return true
      }
      guard status == 200, reply.head.mediaType == "text/event-stream" else { return status >= 500 }
      self.isListening = true
      self.changes.increase()
      let redaction = self.endpoint.redaction()
      var parser = EventStreamParser(limit: self.limits.messageBytes)
      while let bytes = try await reply.next() {
        var events: [EventStreamEvent] = []
        try parser.parse(bytes, into: &events)
        for event in events {
          guard let messages = try? MCPMessage.parse(event.data, by: redaction) else { continue }
          for message in messages { self.take(message, session) }
        }
      }
      return true
    }
  }
}
