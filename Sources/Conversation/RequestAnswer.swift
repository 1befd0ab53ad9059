import Calendar
import JSONWire

/// The answer to a request over plain HTTP: what a WebSocket would be told by a frame.
package struct RequestAnswer: Sendable, Equatable {
  /// The status (RFC 9110 section 15).
  package let status: UInt16
  /// JSON: the frame, or for an `error` a problem (RFC 9457).
  package let content: [UInt8]
  /// When to try again, in seconds.
  package private(set) var retryAfter: Int?

  package var isProblem: Bool { status >= 400 }

  /// - Parameter frame: of this server's making.
  package init(_ frame: [UInt8]) {
    let value = (try? JSONValue(parsing: frame)) ?? .null
    switch value["type"]?.string {
    case "error":
      let code = ProtocolError.Code(rawValue: value["code"]?.string ?? "") ?? .internal
      let (status, title) = code.status
      var json = JSONWriter()
      json.beginObject()
      json.key("title")
      json.string(title)
      json.key("status")
      json.int(Int(status))
      json.key("code")
      json.string(code.rawValue)
      json.key("detail")
      json.string(value["message"]?.string ?? "")
      json.optional("ref", value["ref"]?.string)
      if let milliseconds = value["retry_after_ms"]?.int {
        json.key("retry_after_ms")
        json.int(milliseconds)
        retryAfter = Int((milliseconds + 999) / 1000)
      }
      json.endObject()
      (self.status, content) = (status, json.bytes)
    case "message.accepted": (status, content) = (value["duplicate"] == .bool(true) ? 200 : 202, frame)
    case "run.stopping": (status, content) = (202, frame)
    default: (status, content) = (200, frame)
    }
  }

  /// A ticket that was made.
  /// - Parameter expiresAt: in milliseconds since 1970.
  package init(ticket: String, expiresAt: Int64) {
    var json = JSONWriter()
    json.beginObject()
    json.key("ticket")
    json.string(ticket)
    json.key("expires_at")
    json.timestamp(expiresAt)
    json.endObject()
    (status, content) = (201, json.bytes)
  }
}

extension ProtocolError.Code {
  /// The status of the answer to a request, and its phrase (RFC 9110 section 15, RFC 6585 section 4).
  package var status: (UInt16, String) {
    switch self {
    case .badFrame, .unknownType, .badField: (400, "Bad Request")
    case .unauthenticated, .tokenExpired: (401, "Unauthorized")
    case .forbidden: (403, "Forbidden")
    case .notFound: (404, "Not Found")
    case .busy: (409, "Conflict")
    case .tooLarge: (413, "Content Too Large")
    case .rateLimited: (429, "Too Many Requests")
    case .unavailable: (503, "Service Unavailable")
    case .agentFailed, .internal: (500, "Internal Server Error")
    }
  }
}
