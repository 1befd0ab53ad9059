import HTTPWire
import Transport

/// What there is of a session over plain HTTP: `/v1/sessions/ID/...`.
enum SessionResource: String {
  case stream, messages, stop, retry, tickets

  /// The methods that it knows, for the field `Allow`.
  var methods: StaticString { self == .stream ? "GET, HEAD" : "POST" }

  func allows(_ method: HTTPMethod) -> Bool {
    self == .stream ? method == .get || method == .head : method == .post
  }

  /// Whether a content is of a kind that it reads.
  func takes(_ request: HTTPRequest) -> Bool {
    guard self == .messages || self == .stop || self == .retry, !request.content.isEmpty else { return true }
    return request.head.fields["content-type"].map(Self.mediaType) == "application/json"
  }

  /// A media type without its parameters, in lower case (RFC 9110 section 8.3.1).
  static func mediaType(_ value: String) -> String {
    value.prefix { $0 != ";" && $0 != " " && $0 != "\t" }.lowercased()
  }
}
