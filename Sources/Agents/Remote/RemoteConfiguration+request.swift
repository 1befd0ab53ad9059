import Conversation
import HTTPClient
import JSONWire

extension RemoteConfiguration {
  /// What asks the service.
  /// - Parameters:
  ///   - run: a name for this answer.
  ///   - now: in seconds since 1970.
  /// - Throws: where its key or its secret is not there.
  func request(
    for prompt: ModelPrompt, in session: SessionID, context: [UInt8], run: String, now: Int64
  ) throws(ModelFailure) -> HTTPClientRequest {
    let data = (try? JSONValue(parsing: context)) ?? .object(JSONObject())
    let body: JSONValue
    switch format {
    case .agui:
      let messages = prompt.turns.enumerated().map { index, turn in
        Self.message(turn, [("id", .string("\(run)-\(index)"))])
      }
      body = [
        "threadId": .string(session.text), "runId": .string(run), "state": [:], "messages": .array(messages),
        "tools": [], "context": [], "forwardedProps": ["context": data],
      ]
    case .text:
      body = [
        "session": .string(session.text), "run": .string(run), "context": data,
        "messages": .array(prompt.turns.map { Self.message($0, []) }),
      ]
    }
    let content = body.bytes
    var request = try service.request(content)
    request.setField("Accept", format == .agui ? "text/event-stream" : "text/plain")
    if let secret = try secret.read() {
      request.setField(RequestSignature.field, RequestSignature.value(content, secret: secret, now: now))
    }
    return request
  }

  private static func message(_ turn: Turn, _ members: [(String, JSONValue)]) -> JSONValue {
    let role = turn.role == .user ? "user" : "assistant"
    return .object(JSONObject(members + [("role", .string(role)), ("content", .string(turn.text))]))
  }
}
