import Conversation
import HTTPWire
import JSONWire
import Transport

/// Why a request is not done, as its sender is told (RFC 9457).
struct Problem: Error, Equatable {
  let status: HTTPStatus
  /// The code of the wire protocol.
  let code: String
  /// A sentence for a developer.
  let detail: String
  /// When to try again, in milliseconds.
  var retryAfter: Int?

  init(_ status: HTTPStatus, _ code: String, _ detail: String, retryAfter: Int? = nil) {
    self.status = status
    self.code = code
    self.detail = detail
    self.retryAfter = retryAfter
  }

  /// What a WebSocket would be told by an `error` frame.
  init(_ error: ProtocolError) {
    self.init(
      HTTPStatus(error.code.status.0), error.code.rawValue, error.message, retryAfter: error.retryAfter)
  }

  /// A field, a parameter or the content is not as it has to be.
  static func badField(_ detail: String) -> Problem { Problem(.badRequest, "bad_field", detail) }

  /// There is no such thing, or it is not the caller's: nobody is told which.
  static func notFound(_ detail: String) -> Problem { Problem(.notFound, "not_found", detail) }

  static func unauthenticated(_ detail: String) -> Problem { Problem(.unauthorized, "unauthenticated", detail) }

  static func forbidden(_ detail: String) -> Problem { Problem(.forbidden, "forbidden", detail) }

  /// It contradicts what is there.
  static func conflict(_ detail: String) -> Problem { Problem(.conflict, "conflict", detail) }

  /// The database is away.
  static var unavailable: Problem { Problem(.unavailable(ref: nil)) }

  static var `internal`: Problem { Problem(.internalServerError, "internal", "the server failed; its log says why") }

  var response: HTTPResponse {
    var json = JSONWriter()
    json.beginObject()
    json.key("title")
    json.string("\(status.reason)")
    json.key("status")
    json.int(Int(status.code))
    json.key("code")
    json.string(code)
    json.key("detail")
    json.string(detail)
    if let retryAfter {
      json.key("retry_after_ms")
      json.int(retryAfter)
    }
    json.endObject()
    var head = HTTPResponseHead(status)
    head.add("Content-Type", "application/problem+json")
    head.add("Cache-Control", "no-store")
    if status == .unauthorized { head.add("WWW-Authenticate", "Bearer") }
    if let retryAfter { head.add("Retry-After", number: (retryAfter + 999) / 1000) }
    return HTTPResponse(head, content: json.bytes)
  }
}
