/// What is done in a session over plain HTTP: `/v1/sessions/ID/...`.
enum SessionResource: Equatable {
  case stream, messages, stop, retry, tickets
  /// A call of a tool in an answer: both as the path has them.
  case call(message: String, tool: String)

  /// A media type without its parameters, in lower case (RFC 9110 section 8.3.1).
  static func mediaType(_ value: String) -> String {
    value.prefix { $0 != ";" && $0 != " " && $0 != "\t" }.lowercased()
  }
}
