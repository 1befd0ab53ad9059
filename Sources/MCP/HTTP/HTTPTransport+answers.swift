import HTTPClient
import HTTPWire
import JSONWire
import Redaction
import Reactor

/// Reading answers.
extension HTTPTransport {
  /// A place in a stream of events that was cut before it said what was asked.
  struct Place {
    let lastEventID: String
    /// How long to wait before it is read on, in milliseconds.
    let pause: UInt64
  }

  struct Answer {
    let head: HTTPClientHead
    var result: Result<JSONObject, MCPError>?
    var place: Place?
  }

  /// Sends a request, and reads until there is an answer to the message of that id.
  func receive(_ request: HTTPClientRequest, _ id: Int64, _ session: Session?) async throws -> Answer {
    try await clients.here.send(request) { reply in
      let status = reply.head.status
      guard (200..<300).contains(status) else { throw try await self.refusal(reply, session) }
      if reply.head.mediaType == "text/event-stream" { return try await self.stream(reply, id, session) }
      let content = try await self.content(of: reply)
      guard reply.head.mediaType == "application/json" else {
        let type = self.endpoint.redaction().clean(reply.head.mediaType).prefix(100)
        throw MCPError(.malformed, "an answer of type \(type)")
      }
      for message in try MCPMessage.parse(content, by: self.endpoint.redaction()) {
        if case .response(id, let result) = message { return Answer(head: reply.head, result: result) }
      }
      throw MCPError(.malformed, "an answer to something else")
    }
  }

  /// Reads a stream on that was cut (Last-Event-ID, revisions up to 2025-11-25).
  func resume(_ place: Place, _ id: Int64, _ session: Session?, _ milliseconds: UInt64) async throws -> Answer {
    await loop.sleep(milliseconds: place.pause)
    try Task.checkCancellation()
    var request = HTTPClientRequest("GET", endpoint.url)
    request.setField("Accept", "text/event-stream")
    request.setField("Last-Event-ID", place.lastEventID)
    try dress(&request, session)
    request.totalMilliseconds = milliseconds
    return try await receive(request, id, session)
  }

  private func stream(_ reply: HTTPClientAnswer, _ id: Int64, _ session: Session?) async throws -> Answer {
    var parser = EventStreamParser(limit: limits.messageBytes)
    let redaction = endpoint.redaction()
    var answer = Answer(head: reply.head)
    while answer.result == nil {
      var events: [EventStreamEvent] = []
      let bytes = try await reply.next()
      if let bytes {
        do {
          try parser.parse(bytes, into: &events)
        } catch {
          throw MCPError(.tooLarge, "a message of more than \(limits.messageBytes) bytes")
        }
      } else {
        parser.finish().map { events.append($0) }
      }
      for event in events where !event.data.isEmpty {
        for message in try MCPMessage.parse(event.data, by: redaction) {
          if case .response(id, let result) = message { answer.result = result } else { take(message, session) }
        }
      }
      guard bytes != nil else { break }
    }
    if answer.result == nil, session?.welcome.isModern == false, !parser.lastEventID.isEmpty {
      let pause = min(max(parser.retryMilliseconds ?? 1000, 50), 60_000)
      answer.place = Place(lastEventID: parser.lastEventID, pause: pause)
    }
    return answer
  }

  /// Something that comes beside the answer.
  func take(_ message: MCPMessage, _ session: Session?) {
    switch message {
    case .notification("notifications/tools/list_changed"): changes.increase()
    case .request(let id, let method):
      // Servers of the modern era have nothing to ask.
      guard let session, !session.welcome.isModern else { return }
      loop.task { try? await self.post(MCPMessage.answer(to: id, method), session) }
    case .notification, .response: break
    }
  }

  /// What an answer means that is no success. Of `unavailable`, the number is HTTP's status where another era's
  /// greeting may do better.
  func refusal(_ reply: HTTPClientAnswer, _ session: Session?) async throws -> MCPError {
    let status = reply.head.status
    if status == 401 || status == 403 {
      return MCPError(.unauthorized, "it answers with HTTP \(status)")
    }
    if status == 404, let session, session.id != nil { return MCPError(.ended, "the session is over", number: 404) }
    let content = (try? await content(of: reply)) ?? []
    if let value = (try? JSONValue(parsing: content)).map(endpoint.redaction().clean), let error = value["error"],
      let number = error["code"]?.int
    {
      let text = String((error["message"]?.string ?? "").prefix(2000))
      return MCPError(.refused, text, number: number, data: error["data"])
    }
    let isForAnother = (400..<500).contains(status) && status != 429 && status != 408
    return MCPError(.unavailable, "it answers with HTTP \(status)", number: isForAnother ? Int64(status) : nil)
  }

  private func content(of reply: HTTPClientAnswer) async throws -> [UInt8] {
    var content: [UInt8] = []
    while let piece = try await reply.next() {
      content += piece
      guard content.count <= limits.messageBytes else {
        throw MCPError(.tooLarge, "a message of more than \(limits.messageBytes) bytes")
      }
    }
    return content
  }
}

extension MCPError {
  /// Why a request of HTTP failed, as a matter of tools.
  init(_ error: HTTPClientError) {
    let code: Code =
      switch error.code {
      case .badURL, .unreachable, .refusedAddress, .untrusted: .unavailable
      case .timedOut: .timedOut
      case .cut: .ended
      case .tooLarge: .tooLarge
      case .malformed: .malformed
      case .closed: .closed
      }
    self.init(code, error.detail)
  }
}
