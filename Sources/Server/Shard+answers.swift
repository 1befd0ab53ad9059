import Conversation
import HTTPWire
import Reactor
import Transport

/// What is told to those who have come by plain HTTP: the frames that a WebSocket would be sent. The first of them is
/// the answer to the request, or begins a stream.
extension Shard {
  func tell(_ frame: [UInt8], to client: Client) {
    if !client.isStreaming {
      guard !client.passport.errand.isBrief, !ServerFrame.type(of: frame).elementsEqual("error".utf8) else {
        return answer(client, RequestAnswer(frame))
      }
      // It is shown the answer alone, at its end.
      if case .send(_, .answer) = client.passport.errand { return }
      guard engine.beginStream(client.connection, .eventStream(for: client.passport.reader)) else { return end(client) }
      client.isStreaming = true
    }
    var position: Position?
    if case .bound(_, let reader) = client.stage { position = reader.position }
    event.removeAll(keepingCapacity: event.capacity <= 1 << 20)
    ServerSentEvent.append(frame, position: position, to: &event)
    engine.stream(event.span.bytes, to: client.connection)
  }

  func answer(_ client: Client, _ answer: RequestAnswer) {
    engine.respond(client.connection, HTTPResponse(answer).addressed(to: client.passport))
    end(client)
  }

  /// A client is told no more: its connection goes on to the next request, or ends with its stream.
  func end(_ client: Client) {
    guard self.client(of: client.connection) === client else { return }
    unbind(client)
    client.stage = .leaving
    clients[client.connection.slot] = nil
    engine.endStream(client.connection)
  }

  /// A client can't be told more here: it has to come again.
  func leaveOff(_ client: Client, _ reason: String) {
    guard self.client(of: client.connection) === client else { return }
    if !client.isStreaming { refuse(client, ProtocolError(.unavailable, reason, retryAfter: 1000)) }
    end(client)
  }
}

extension HTTPResponseHead {
  /// Of a stream of events that nobody in between is to keep, or to hold back.
  static func eventStream(for reader: String?) -> HTTPResponseHead {
    var head = HTTPResponseHead(.ok)
    head.add("Content-Type", "text/event-stream")
    head.add("Cache-Control", "no-store")
    head.add("X-Accel-Buffering", "no")
    head.allow(reader)
    return head
  }
}

extension HTTPResponse {
  init(_ answer: RequestAnswer) {
    var head = HTTPResponseHead(HTTPStatus(answer.status))
    head.add("Content-Type", answer.isProblem ? "application/problem+json" : "application/json")
    head.add("Cache-Control", "no-store")
    if answer.status == 401 { head.add("WWW-Authenticate", "Bearer") }
    if let seconds = answer.retryAfter { head.add("Retry-After", number: seconds) }
    self.init(head, content: answer.content)
  }
}
