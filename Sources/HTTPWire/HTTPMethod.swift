/// A request's method (RFC 9110 section 9, RFC 5789).
package enum HTTPMethod: Sendable {
  case get, head, post, put, patch, delete, options, trace, connect
  /// A method that Skein has no name for.
  case other

  init(_ name: RawSpan) {
    let all: [(StaticString, HTTPMethod)] = [
      ("GET", .get), ("POST", .post), ("HEAD", .head), ("PUT", .put), ("PATCH", .patch), ("DELETE", .delete),
      ("OPTIONS", .options), ("TRACE", .trace), ("CONNECT", .connect),
    ]
    self = .other
    // Methods are case-sensitive.
    for (text, method) in all where HTTPText.equals(name, text) { self = method }
  }
}

/// The versions of HTTP that are spoken here.
package enum HTTPVersion: UInt8, Sendable {
  /// HTTP/1.0
  case http10 = 0
  /// HTTP/1.1, and what a later minor version is treated as (RFC 9110 section 2.5).
  case http11 = 1
}
