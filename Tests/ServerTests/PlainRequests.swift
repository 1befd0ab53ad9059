import HTTPWire
import JSONWire
import SkeinTestKit

extension HTTPTestClient {
  /// Posts for a session, and takes the answer.
  /// - Parameters:
  ///   - content: JSON; nil for none.
  ///   - fields: further header lines, each with its CR LF.
  func post(
    _ resource: String, _ identity: Identity, _ content: JSONValue? = nil, query: String = "", fields: String = ""
  ) async throws -> HTTPTestResponse {
    await send("POST \(identity.path(resource, query)) HTTP/1.1\r\nHost: test\r\n\(identity.bearer)\(fields)")
    let bytes = content?.bytes ?? []
    if content != nil { await send("Content-Type: application/json\r\n") }
    await send("Content-Length: \(bytes.count)\r\n\r\n")
    await socket.send(bytes)
    return try await next()
  }
}

extension HTTPTestResponse {
  var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
}

extension Identity {
  var bearer: String { "Authorization: Bearer \(token)\r\n" }

  /// Where a part of the session is; a session that is made is the script agent's.
  func path(_ resource: String, _ query: String = "") -> String {
    "/v1/sessions/\(session)/\(resource)?agent=script" + (query.isEmpty ? "" : "&\(query)")
  }
}

extension TestServer {
  /// A connection for requests.
  func http() async throws -> HTTPTestClient { try await HTTPTestClient.connect(to: port) }

  /// A stream of a session's events.
  func events(
    _ identity: Identity, query: String = "", transcript: Transcript = Transcript(), lastEventID: String = "",
    receiveBuffer: Int32 = 0
  ) async throws -> EventClient {
    try await EventClient.open(
      to: port, identity.path("stream", query), fields: identity.bearer, transcript: transcript,
      lastEventID: lastEventID, receiveBuffer: receiveBuffer)
  }

  /// A message whose answer is streamed.
  func ask(_ identity: Identity, _ content: String, id: String = JSONValue.messageID()) async throws -> EventClient {
    let message: JSONValue = ["id": .string(id), "content": .string(content)]
    return try await EventClient.open(
      to: port, identity.path("messages"), method: "POST", fields: identity.bearer, content: message.bytes)
  }
}

/// The content of a message.
func message(_ content: String, id: String = JSONValue.messageID(), _ more: [(String, JSONValue)] = []) -> JSONValue {
  .object(JSONObject([("id", .string(id)), ("content", .string(content))] + more))
}
