/// A request's method (RFC 9110 section 9, RFC 5789).
package enum HTTPMethod: Sendable {
  case get, head, post, put, patch, delete, options, trace, connect
  /// A method that Skein has no name for.
  case other

  /// The method of a name; methods are case-sensitive.
  init(_ name: RawSpan) {
    func isNamed(_ text: StaticString) -> Bool { HTTPText.equals(name, text) }
    if isNamed("GET") {
      self = .get
    } else if isNamed("POST") {
      self = .post
    } else if isNamed("HEAD") {
      self = .head
    } else if isNamed("PUT") {
      self = .put
    } else if isNamed("PATCH") {
      self = .patch
    } else if isNamed("DELETE") {
      self = .delete
    } else if isNamed("OPTIONS") {
      self = .options
    } else if isNamed("TRACE") {
      self = .trace
    } else if isNamed("CONNECT") {
      self = .connect
    } else {
      self = .other
    }
  }
}

extension HTTPMethod {
  /// Its name, as in the field `Allow`.
  package var name: String {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .patch: "PATCH"
    case .delete: "DELETE"
    case .options: "OPTIONS"
    case .trace: "TRACE"
    case .connect: "CONNECT"
    case .other: "?"
    }
  }
}

/// The versions of HTTP that are spoken here.
package enum HTTPVersion: UInt8, Sendable {
  /// HTTP/1.0
  case http10 = 0
  /// HTTP/1.1, and what a later minor version is treated as (RFC 9110 section 2.5).
  case http11 = 1
}
